package functions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// How the new version is compared with the old one. The old one is the measure,
// not a constant: where production fails already, the fix must get through.
const (
	errorsAtLeast = 3    // failed calls
	worseBy       = 0.05 // of the calls, and
	worseTimes    = 2    // as many
	slowerTimes   = 2
	slowerNeeds   = 50 // calls: the first ones are cold starts
	watchPause    = time.Minute
	leastWatch    = 3 * time.Minute // how late metrics may come
)

// judge says what is wrong with the new version, "" if nothing is.
func judge(old, new store.VersionMetrics) string {
	was, is := old.ErrorRate(), new.ErrorRate()
	switch {
	case new.Errors >= errorsAtLeast && is > was+worseBy && is > worseTimes*was:
		return fmt.Sprintf("%d of its %d calls failed (%.1f%%), and of the old version's %d calls %d did (%.1f%%)", new.Errors, new.Calls, is*100, old.Calls, old.Errors, was*100)
	case new.Calls >= slowerNeeds && old.P90 > 0 && new.P90 > slowerTimes*old.P90:
		return fmt.Sprintf("90%% of its calls take up to %s, and those of the old version %s", new.P90.Round(time.Millisecond), old.P90.Round(time.Millisecond))
	}
	return ""
}

// canary gives the new version its share of the traffic, watches both versions,
// and moves the alias or rolls back. The time counts from when the share is seen
// to be in place, and an interrupted watch goes on with the metrics of all of it.
func (w *work) canary(ctx context.Context) error {
	if w.entry.Since.IsZero() {
		now := w.clock.now()
		if _, err := w.metrics(ctx, w.entry.New, now.Add(-time.Minute), now); err != nil {
			return err // nobody could watch
		}
		share := store.Alias{Version: w.entry.Old, Weights: map[string]float64{w.entry.New: w.entry.Weight}}
		ours := func(a store.Alias) bool { return a.Version == w.entry.Old && len(a.Weights) == 0 }
		if err := w.moveAlias(ctx, ours, share); err != nil {
			return err
		}
		w.entry.Since = w.clock.now().UTC().Truncate(time.Second)
		if err := w.entry.save(ctx, w.destination); err != nil {
			return err
		}
	}
	verdict, why, err := w.watch(ctx)
	if err != nil {
		return err
	}
	switch verdict {
	case "":
		w.result.Outcome = NotEnoughTraffic
		return &fault.Error{Kind: fault.Destination, Message: why,
			Hints: []string{"run the same command again later: it goes on watching", "move the alias all the same: --promote-untested", "or undo it: lamella attach " + w.Function + " --rollback"}}
	case verdictRollback:
		w.result.Reason = why
		return w.undo(ctx, &fault.Error{Kind: fault.Layer, Message: "the new version did worse than the old one and is rolled back: " + why})
	}
	w.entry.Verdict = verdict
	if err := w.entry.save(ctx, w.destination); err != nil {
		return err
	}
	return w.promote(ctx)
}

// watch looks at both versions until the time is over, and says what to do: ""
// if nobody can tell. Metrics that could not be read at the end are no good sign.
func (w *work) watch(ctx context.Context) (verdict, why string, err error) {
	end := w.entry.Since.Add(max(w.options.For, w.before.Timeout+leastWatch))
	for {
		if err := w.stillOurs(ctx); err != nil {
			return "", "", err
		}
		now := w.clock.now()
		old, oldErr := w.metrics(ctx, w.entry.Old, w.entry.Since, now)
		new, newErr := w.metrics(ctx, w.entry.New, w.entry.Since, now)
		err := errors.Join(oldErr, newErr)
		if ctx.Err() != nil {
			return "", "", context.Cause(ctx)
		}
		if err == nil {
			w.result.Old, w.result.New = &old, &new
			if why := judge(old, new); why != "" {
				return verdictRollback, why, nil
			}
		}
		if now.Before(end) {
			if err := w.clock.sleep(ctx, min(watchPause, end.Sub(now))); err != nil {
				return "", "", err
			}
			continue
		}
		switch {
		case err != nil:
			return verdictRollback, "its metrics could not be read: " + err.Error(), nil
		case new.Calls < w.options.minCalls() && !w.options.PromoteUntested:
			return "", fmt.Sprintf("not enough traffic: version %s was called %d times in %s, and a verdict needs %d calls", w.entry.New, new.Calls, now.Sub(w.entry.Since).Round(time.Second), w.options.minCalls()), nil
		}
		return verdictPromote, "", nil
	}
}

// stillOurs refuses to go on if somebody else has moved the alias.
func (w *work) stillOurs(ctx context.Context) error {
	a, err := w.editor.Alias(ctx, w.Function, w.entry.Alias)
	if err != nil || a.Version == w.entry.Old && a.Weights[w.entry.New] > 0 {
		return err
	}
	return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Message: fmt.Sprintf("somebody else has moved alias %s, which now points to version %s", a.Name, a.Version),
		Hints: []string{"undo what is left: lamella attach " + w.Function + " --rollback"}}
}

func (w *work) metrics(ctx context.Context, version string, from, to time.Time) (store.VersionMetrics, error) {
	return w.editor.VersionMetrics(ctx, store.MetricsQuery{Function: w.Function, Alias: w.entry.Alias, Version: version, From: from, To: to})
}
