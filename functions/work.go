package functions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// How often a step is decided anew after an answer that leaves it open, and how
// long Lambda is waited for: its own waiters take 300 looks for an update and 26
// minutes for a version with SnapStart.
const (
	tries       = 8
	updateLooks = 300
	lateLooks   = 3
	activeLooks = 312
	activePause = 5 * time.Second
)

// work is what is done to one function.
type work struct {
	Move
	options     Options
	destination publish.Destination
	editor      store.FunctionEditor
	clock       Clock
	to          store.ARN
	entry       *Journal
	result      *Result
}

// attach moves $LATEST, then publishes and moves the alias if asked to. Every
// step looks first whether it is done already, so it may be repeated.
func (w *work) attach(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	if w.entry.Verdict != verdictPromote {
		if _, err := w.update(ctx, w.unchanged, func(layers []string) []string { return with(layers, w.to) }); err != nil {
			return err
		}
	}
	if w.publishes(w.options) {
		if err := w.release(ctx); err != nil || w.result.Outcome != Unchanged {
			return err
		}
	}
	w.entry.Done = true
	w.result.Outcome, w.result.Version = Moved, w.entry.New
	return w.entry.save(ctx, w.destination)
}

// begin writes down what is about to change. A journal of the same attach goes
// on, under the name of this process.
func (w *work) begin(ctx context.Context) error {
	old := w.journal
	if w.entry = old; w.Action != Finish {
		w.entry = &Journal{Function: w.Function, Layer: w.to.Unversioned().String(), From: w.From, To: w.to.Version,
			Started: w.clock.now().UTC().Truncate(time.Second), Publish: w.publishes(w.options), Alias: w.options.Alias, Old: w.Old, Weight: w.options.Canary}
		if old != nil {
			w.entry.etag = old.etag
			if !old.Done && w.From == old.To { // begun, and not finished: what it had is what it had then
				w.entry.From = old.From
			}
		}
		w.entry.Manager, w.entry.Pinned = w.Manager, w.pinned()
	}
	return w.claim(ctx)
}

// claim writes the journal under the name of this process.
func (w *work) claim(ctx context.Context) error {
	w.entry.Schema, w.entry.Tool, w.entry.Run = JournalSchema, w.destination.Tool, newRun()
	return w.entry.save(ctx, w.destination)
}

// pinned are the versions that a template may still name: that which the function
// has, and if lamella put it there, those from before as well.
func (w *work) pinned() []int64 {
	if w.Manager == nil {
		return nil
	}
	var pinned []int64
	if w.journal != nil && w.journal.To == w.From {
		pinned = slices.Clone(w.journal.Pinned)
	}
	if w.From > 0 && (w.journal == nil || w.journal.To != w.From) {
		pinned = append(pinned, w.From)
	}
	return pinned
}

// unchanged refuses a function that is another one than was planned for.
func (w *work) unchanged(now store.Function) error {
	differences := now.Differences(w.before)
	if !slices.Equal(now.LayerARNs(), w.before.LayerARNs()) {
		differences = append(differences, "Layers")
	}
	if len(differences) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Message: "the plan is out of date: somebody else has changed " + strings.Join(differences, ", "), Sentinel: store.ErrChanged,
		Hints: []string{"run the same command again"}}
}

// open reports an answer after which the state has to be looked at again.
func open(err error) bool {
	for _, target := range []error{store.ErrChanged, store.ErrBusy, store.ErrUnknownOutcome, store.ErrIncomplete} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// update brings the layers of $LATEST to what edit makes of those it has, and
// waits until that is in effect. Before it writes, it asks check; it writes only
// over the very revision that it looked at.
func (w *work) update(ctx context.Context, check func(store.Function) error, edit func([]string) []string) (store.Function, error) {
	var last error
	sent, accepted, late := false, false, 0
	for try, look := 0, 0; try < tries && look < updateLooks; look++ {
		f, err := w.editor.Function(ctx, w.Function, "")
		if err != nil {
			return f, err
		}
		wanted := edit(f.LayerARNs())
		switch {
		case f.UpdateStatus == "InProgress" || f.State == "Pending":
			last = &fault.Error{Kind: fault.Destination, Message: "an update is still in progress after " + (time.Duration(look) * time.Second).String(), Sentinel: store.ErrBusy}
		case slices.Equal(wanted, f.LayerARNs()) && f.UpdateStatus == "Failed" && sent:
			return f, &fault.Error{Kind: fault.Destination, Message: "Lambda could not apply the update", Err: errors.New(f.UpdateReason),
				Hints: []string{"undo it: lamella attach " + w.Function + " --rollback"}}
		case slices.Equal(wanted, f.LayerARNs()):
			return f, nil
		case accepted && late < lateLooks:
			late++ // an answer may be a little older than the update
		default:
			if err := w.mayWrite(ctx, accepted, func() error { return check(f) }); err != nil {
				return f, err
			}
			try++
			sent = true
			last = w.editor.SetLayers(ctx, f, wanted)
			if accepted = last == nil; !accepted && !open(last) {
				return f, last
			}
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return f, err
		}
	}
	return store.Function{}, last
}

// mayWrite is asked between the look at a function and the write over what was
// seen. Another process that took over the journal since then has the word.
func (w *work) mayWrite(ctx context.Context, accepted bool, check func() error) error {
	if accepted {
		return &fault.Error{Kind: fault.Destination, Message: "somebody else has undone the update", Sentinel: store.ErrChanged,
			Hints: []string{"look for what manages the function, then run the same command again"}}
	}
	if err := check(); err != nil {
		return err
	}
	there, err := loadJournal(ctx, w.destination, w.Function)
	if err == nil && (there == nil || there.Run != w.entry.Run) {
		err = &fault.Error{Kind: fault.Destination, Message: "another lamella is at work on the function", Sentinel: store.ErrChanged, Hints: []string{"let it finish"}}
	}
	return err
}

func nothing() error { return nil }

// release makes a version of $LATEST and moves the alias to it.
func (w *work) release(ctx context.Context) error {
	if w.entry.New == "" {
		version, err := w.publish(ctx)
		if err != nil {
			return err
		}
		w.entry.New = version
		if err := w.entry.save(ctx, w.destination); err != nil {
			return err
		}
	}
	if err := w.active(ctx); err != nil {
		return err
	}
	switch {
	case w.entry.Alias == "":
		return nil
	case w.entry.Weight > 0 && w.entry.Verdict == "":
		return w.canary(ctx)
	}
	return w.promote(ctx)
}

// publish makes a version of $LATEST as it was just read, if it is what the alias
// has but for this layer. A repetition gives the same version.
func (w *work) publish(ctx context.Context) (string, error) {
	var last error
	for range tries {
		f, err := w.editor.Function(ctx, w.Function, "")
		if err != nil {
			return "", err
		}
		differences := []string{}
		if w.base.Name != "" {
			differences = unreleased(f, w.base, w.to)
		}
		if at := has(f, w.to); at == nil || at.Version != w.to.Version {
			differences = append(differences, "the version of this layer")
		}
		if len(differences) > 0 {
			return "", &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Hints: []string{"run the same command again"},
				Message: "somebody else has changed $LATEST, and it is not published: " + strings.Join(differences, ", ")}
		}
		if f.UpdateStatus != "InProgress" {
			if err := w.mayWrite(ctx, false, nothing); err != nil {
				return "", err
			}
			version, err := w.editor.PublishVersion(ctx, f, fmt.Sprintf("layer %s: version %d", w.to.Layer, w.to.Version))
			if err == nil {
				return version, nil
			}
			if last = err; !open(err) {
				return "", err
			}
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	return "", last
}

// active waits until the new version can be called. One that cannot start, as
// SnapStart finds out, takes no traffic.
func (w *work) active(ctx context.Context) error {
	for range activeLooks {
		f, err := w.editor.Function(ctx, w.Function, w.entry.New)
		switch {
		case err != nil:
			return err
		case f.State == "Failed":
			failed := fmt.Errorf("version %s cannot start: %s", w.entry.New, f.StateReason)
			return w.undo(ctx, &fault.Error{Kind: fault.Layer, Message: "the new version cannot start, and the function is rolled back", Err: failed})
		case f.State != "Pending":
			return nil
		}
		if err := w.clock.sleep(ctx, activePause); err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.Destination, Message: "version " + w.entry.New + " is still not active", Hints: []string{"run the same command again: it goes on from here"}}
}

// undo rolls back and returns why.
func (w *work) undo(ctx context.Context, why error) error {
	if err := w.rollback(ctx); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// rollback brings the alias back to its old version, and $LATEST to the version
// of the layer that it had. What somebody else changed since stays.
func (w *work) rollback(ctx context.Context) error {
	w.entry.Verdict, w.entry.Done = verdictRollback, false
	if err := w.claim(ctx); err != nil {
		return err
	}
	if w.entry.Alias != "" && w.entry.New != "" && w.entry.New != w.entry.Old {
		ours := func(a store.Alias) bool { return a.Version == w.entry.New || a.Weights[w.entry.New] > 0 }
		if err := w.moveAlias(ctx, ours, store.Alias{Version: w.entry.Old}); err != nil {
			return err
		}
	}
	attached := w.entry.version(w.entry.To)
	back := w.entry.version(w.entry.From)
	_, err := w.update(ctx, func(store.Function) error { return nil }, func(layers []string) []string {
		if !slices.Contains(layers, attached.String()) {
			return layers
		}
		return with(layers, back)
	})
	if err != nil {
		return err
	}
	w.entry.Done = true
	w.result.Outcome = RolledBack
	return w.entry.save(ctx, w.destination)
}

// promote gives the new version all the traffic.
func (w *work) promote(ctx context.Context) error {
	ours := func(a store.Alias) bool {
		return a.Version == w.entry.Old && (len(a.Weights) == 0 || a.Weights[w.entry.New] > 0)
	}
	return w.moveAlias(ctx, ours, store.Alias{Version: w.entry.New})
}

// moveAlias makes the alias what it has to be. An alias that is neither that nor
// ours was moved by somebody else, and stays.
func (w *work) moveAlias(ctx context.Context, ours func(store.Alias) bool, to store.Alias) error {
	to.Name = w.entry.Alias
	var last error
	for range tries {
		a, err := w.editor.Alias(ctx, w.Function, to.Name)
		if err != nil {
			return err
		}
		delete(a.Weights, a.Version) // Lambda's own, while it moves provisioned concurrency
		switch {
		case a.Version == to.Version && maps.Equal(a.Weights, to.Weights):
			return nil
		case !ours(a) && w.entry.Verdict == verdictRollback:
			return nil // nothing of lamella's is left in it
		case !ours(a):
			return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Message: fmt.Sprintf("somebody else has moved alias %s, which now points to version %s", to.Name, a.Version),
				Hints: []string{"leave it at that: lamella attach " + w.Function + " --rollback undoes only what lamella changed"}}
		}
		if err := w.mayWrite(ctx, false, nothing); err != nil {
			return err
		}
		to.Revision = a.Revision
		if last = w.editor.SetAlias(ctx, w.Function, to); last != nil && !open(last) {
			return last
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return last
}
