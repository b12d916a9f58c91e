package functions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/store"
)

// Limits for the new version. They are relative to the old version, so that a fix for a
// failing function can pass.
const (
	minErrors      = 3    // failed calls
	maxErrorRise   = 0.05 // difference of the error rates
	maxErrorFactor = 2    // ratio of the error rates
	maxSlowdown    = 2    // ratio of the 90th percentiles
	minTimedCalls  = 50   // enough to outweigh cold starts
	watchPause     = time.Minute
	metricsDelay   = 3 * time.Minute // delay of CloudWatch metrics
)

// judge returns why the new version is worse, or "" if it is not.
func judge(old, new store.VersionMetrics) string {
	was, is := old.ErrorRate(), new.ErrorRate()
	switch {
	case new.Errors >= minErrors && is > was+maxErrorRise && is > maxErrorFactor*was:
		return fmt.Sprintf("%d of the new version's %d calls failed (%.1f%%), compared to %d of %d for the old version (%.1f%%)", new.Errors, new.Calls, is*100, old.Errors, old.Calls, was*100)
	case new.Calls >= minTimedCalls && old.P90 > 0 && new.P90 > maxSlowdown*old.P90:
		return fmt.Sprintf("90%% of the new version's calls take up to %s, compared to %s for the old version", new.P90.Round(time.Millisecond), old.P90.Round(time.Millisecond))
	}
	return ""
}

// canary sends a share of the traffic to the new version, watches both versions, and moves
// the alias or rolls back. The time starts when the share takes effect. After an
// interruption, canary resumes with the metrics from that time on.
func (w *work) canary(ctx context.Context) error {
	if w.entry.Since.IsZero() {
		now := w.clock.now()
		if _, err := w.metrics(ctx, w.entry.New, now.Add(-time.Minute), now); err != nil {
			return err // without metrics, the canary cannot be watched
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
			Hints: []string{"run the same command again later to keep watching", "or move the alias anyway: --promote-untested", "or roll back: lamella attach " + w.Function + " --rollback"}}
	case verdictRollback:
		w.result.Reason = why
		return w.undo(ctx, &fault.Error{Kind: fault.Layer, Message: "rolled back function " + w.Function + " because " + why})
	}
	w.entry.Verdict = verdict
	if err := w.entry.save(ctx, w.destination); err != nil {
		return err
	}
	return w.promote(ctx)
}

// watch compares both versions until the time is over, and returns the verdict and the
// reason. The verdict is "" if there was not enough traffic, and a rollback if the last
// metrics cannot be read.
func (w *work) watch(ctx context.Context) (verdict, why string, err error) {
	end := w.entry.Since.Add(max(w.options.For, w.before.Timeout+metricsDelay))
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
			return verdictRollback, "the metrics of the new version could not be read: " + err.Error(), nil
		case new.Calls < w.options.minCalls() && !w.options.PromoteUntested:
			return "", fmt.Sprintf("not enough traffic for a verdict: version %s had %d calls in %s, but %d are required", w.entry.New, new.Calls, number.Duration(now.Sub(w.entry.Since).Round(time.Second)), w.options.minCalls()), nil
		}
		return verdictPromote, "", nil
	}
}

// stillOurs returns an error if someone else has moved the alias.
func (w *work) stillOurs(ctx context.Context) error {
	a, err := w.editor.Alias(ctx, w.Function, w.entry.Alias)
	if err != nil || a.Version == w.entry.Old && a.Weights[w.entry.New] > 0 {
		return err
	}
	return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Message: fmt.Sprintf("alias %s of function %s was changed by someone else and now points to version %s", a.Name, w.Function, a.Version),
		Hints: []string{w.undoHint()}}
}

func (w *work) metrics(ctx context.Context, version string, from, to time.Time) (store.VersionMetrics, error) {
	return w.editor.VersionMetrics(ctx, store.MetricsQuery{Function: w.Function, Alias: w.entry.Alias, Version: version, From: from, To: to})
}
