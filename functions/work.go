package functions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Limits on retries and polls. The waiters of the AWS SDK poll 300 times for an update and
// for 26 minutes for a version with SnapStart.
const (
	maxTries    = 8   // for a step whose outcome is unknown
	updatePolls = 300 // for an update
	stalePolls  = 3   // for a response from before the update
	activePolls = 312 // for a version
	activePause = 5 * time.Second
)

// work is the change of one function in progress.
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

// attach moves $LATEST, and then publishes a version and moves the alias if requested. Every
// step first checks whether it has already been done, so it can be repeated.
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

// begin writes the journal of the change. If there is an unfinished journal of the same
// attach, it takes that over.
func (w *work) begin(ctx context.Context) error {
	old := w.journal
	if w.entry = old; w.Action != Finish {
		w.entry = &Journal{Function: w.Function, Layer: w.to.Unversioned().String(), From: w.From, To: w.to.Version,
			Started: w.clock.now().UTC().Truncate(time.Second), Publish: w.publishes(w.options), Alias: w.options.Alias, Old: w.Old, Weight: w.options.Canary}
		if old != nil {
			w.entry.etag = old.etag
			if !old.Done && w.From == old.To { // unfinished, so the old journal has the original version
				w.entry.From = old.From
			}
		}
		w.entry.Manager, w.entry.Pinned = w.Manager, w.pinned()
	}
	return w.claim(ctx)
}

// claim writes the journal in the name of this process. A prune that holds the lease may
// have looked for journals before that, and may still delete the version.
func (w *work) claim(ctx context.Context) error {
	w.entry.Schema, w.entry.Tool, w.entry.Run = JournalSchema, w.destination.Tool, newRun()
	if err := w.entry.save(ctx, w.destination); err != nil {
		return err
	}
	return publish.WaitUnleased(ctx, w.destination, w.entry.layer().Layer)
}

// pinned returns the versions that a template may still use: the version that the function
// has or, if lamella attached that version, the previous ones.
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

// unchanged returns an error if the function has changed since the plan was made.
func (w *work) unchanged(now store.Function) error {
	differences := now.Differences(w.before)
	if !slices.Equal(now.LayerARNs(), w.before.LayerARNs()) {
		differences = append(differences, "Layers")
	}
	if len(differences) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Message: "someone else changed the " + inWords(differences) + " of function " + w.Function + " while this command was running", Sentinel: store.ErrChanged,
		Hints: []string{"run the same command again"}}
}

// uncertain reports whether err means that the state must be read again.
func uncertain(err error) bool {
	for _, target := range []error{store.ErrChanged, store.ErrBusy, store.ErrUnknownOutcome, store.ErrIncomplete} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// update changes the layers of $LATEST with edit, and waits until the change takes effect.
// It calls check before it writes, and replaces only the revision that it read.
func (w *work) update(ctx context.Context, check func(store.Function) error, edit func([]string) []string) (store.Function, error) {
	var last error
	sent, accepted, late := false, false, 0
	for try, look := 0, 0; try < maxTries && look < updatePolls; look++ {
		f, err := w.editor.Function(ctx, w.Function, "")
		if err != nil {
			return f, err
		}
		wanted := edit(f.LayerARNs())
		switch {
		case f.UpdateStatus == "InProgress" || f.State == "Pending":
			last = &fault.Error{Kind: fault.Destination, Message: "an update of function " + w.Function + " is still in progress after " + (time.Duration(look) * time.Second).String(), Sentinel: store.ErrBusy,
				Hints: []string{"run the same command again when it is complete"}}
		case slices.Equal(wanted, f.LayerARNs()) && f.UpdateStatus == "Failed" && sent:
			return f, &fault.Error{Kind: fault.Destination, Message: "Lambda could not update function " + w.Function, Err: errors.New(f.UpdateReason),
				Hints: []string{"roll back: lamella attach " + w.Function + " --rollback"}}
		case slices.Equal(wanted, f.LayerARNs()):
			return f, nil
		case accepted && late < stalePolls:
			late++ // the response may be older than the update
		default:
			if err := w.mayWrite(ctx, accepted, func() error { return check(f) }); err != nil {
				return f, err
			}
			try++
			sent = true
			last = w.editor.SetLayers(ctx, f, wanted)
			if accepted = last == nil; !accepted && !uncertain(last) {
				return f, w.deadLayer(ctx, wanted, last)
			}
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return f, err
		}
	}
	return store.Function{}, last
}

// mayWrite is called between reading and writing a function. It returns an error if another
// process has undone an accepted update or taken over the journal, or if check fails.
func (w *work) mayWrite(ctx context.Context, accepted bool, check func() error) error {
	if accepted {
		return &fault.Error{Kind: fault.Destination, Message: "someone else undid the update of function " + w.Function, Sentinel: store.ErrChanged,
			Hints: []string{"find out what else changes the function, then run the same command again"}}
	}
	if err := check(); err != nil {
		return err
	}
	there, err := loadJournal(ctx, w.destination, w.Function)
	if err == nil && (there == nil || there.Run != w.entry.Run) {
		err = &fault.Error{Kind: fault.Destination, Message: "another lamella process is changing function " + w.Function, Sentinel: store.ErrChanged, Hints: []string{"wait for it to finish, then run the same command again"}}
	}
	return err
}

func nothing() error { return nil }

// release publishes a version of $LATEST and moves the alias to it.
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
	case w.entry.Alias == "" || w.entry.New == w.entry.Old: // the alias already points to the version
		return nil
	case w.entry.Weight > 0 && w.entry.Verdict == "":
		return w.canary(ctx)
	}
	return w.promote(ctx)
}

// publish publishes $LATEST as a version, provided that it differs from the alias's version
// only in this layer. Repeating it returns the same version.
func (w *work) publish(ctx context.Context) (string, error) {
	var last error
	for range maxTries {
		f, err := w.editor.Function(ctx, w.Function, "")
		if err != nil {
			return "", err
		}
		differences := []string{}
		if w.base.Name != "" {
			differences = unreleased(f, w.base, w.to)
		}
		if at := has(f, w.to); at == nil || at.Version != w.to.Version {
			differences = append(differences, "version of layer "+w.to.Layer)
		}
		if len(differences) > 0 {
			return "", &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Hints: []string{"run the same command again"},
				Message: "$LATEST of function " + w.Function + " was not published because someone else changed its " + inWords(differences)}
		}
		if f.UpdateStatus != "InProgress" {
			if err := w.mayWrite(ctx, false, nothing); err != nil {
				return "", err
			}
			version, err := w.editor.PublishVersion(ctx, f, fmt.Sprintf("layer %s: version %d", w.to.Layer, w.to.Version))
			if err == nil {
				return version, nil
			}
			if last = err; !uncertain(err) {
				return "", err
			}
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	return "", last
}

// active waits until the new version can be called. If the version cannot start, which
// SnapStart detects, active rolls it back.
func (w *work) active(ctx context.Context) error {
	for range activePolls {
		f, err := w.editor.Function(ctx, w.Function, w.entry.New)
		switch {
		case err != nil:
			return err
		case f.State == "Failed":
			return w.undo(ctx, &fault.Error{Kind: fault.Layer, Err: errors.New(f.StateReason),
				Message: fmt.Sprintf("rolled back function %s because the new version %s cannot start", w.Function, w.entry.New)})
		case f.State != "Pending":
			return nil
		}
		if err := w.clock.sleep(ctx, activePause); err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.Destination, Message: "version " + w.entry.New + " of function " + w.Function + " is still not active", Hints: []string{"run the same command again to continue"}}
}

// undo rolls back. It returns why, joined with the error of the rollback, if any.
func (w *work) undo(ctx context.Context, why error) error {
	if err := w.rollback(ctx); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// rollback moves the alias back to its old version, and $LATEST to its old version of the
// layer. It keeps changes that others have made.
func (w *work) rollback(ctx context.Context) error {
	resumed := w.entry.Verdict == verdictRollback
	w.entry.Verdict, w.entry.Done = verdictRollback, false
	if err := w.claim(ctx); err != nil {
		return err
	}
	moved, routed := false, false // $LATEST, the alias
	if w.entry.Alias != "" && w.entry.New != "" && w.entry.New != w.entry.Old {
		ours := func(a store.Alias) bool {
			is := a.Version == w.entry.New || a.Weights[w.entry.New] > 0
			routed = routed || is
			return is
		}
		if err := w.moveAlias(ctx, ours, store.Alias{Version: w.entry.Old}); err != nil {
			return err
		}
	}
	attached := w.entry.version(w.entry.To)
	back := w.entry.version(w.entry.From)
	f, err := w.update(ctx, func(store.Function) error { return nil }, func(layers []string) []string {
		if !slices.Contains(layers, attached.String()) {
			return layers
		}
		moved = true
		return with(layers, back)
	})
	if err != nil {
		return err
	}
	w.entry.Done = true
	w.rolledBack(f, moved, routed, resumed)
	return w.entry.save(ctx, w.destination)
}

// promote routes all traffic to the new version.
func (w *work) promote(ctx context.Context) error {
	ours := func(a store.Alias) bool {
		return a.Version == w.entry.Old && (len(a.Weights) == 0 || a.Weights[w.entry.New] > 0)
	}
	return w.moveAlias(ctx, ours, store.Alias{Version: w.entry.New})
}

// moveAlias moves the alias to the state to. If ours returns false for the alias's current
// state, someone else has moved it, and it is left unchanged.
func (w *work) moveAlias(ctx context.Context, ours func(store.Alias) bool, to store.Alias) error {
	to.Name = w.entry.Alias
	var last error
	for range maxTries {
		a, err := w.editor.Alias(ctx, w.Function, to.Name)
		if isNotExist(err) && w.entry.Verdict == verdictRollback {
			return nil // nothing left to roll back
		}
		if err != nil {
			return err
		}
		delete(a.Weights, a.Version) // set by Lambda while it moves provisioned concurrency
		switch {
		case a.Version == to.Version && maps.Equal(a.Weights, to.Weights):
			return nil
		case w.entry.Verdict == verdictRollback && a.Version == w.entry.New && len(a.Weights) > 0:
			return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Hints: []string{"wait for it to finish, then run the same command again"},
				Message: fmt.Sprintf("alias %s of function %s also routes traffic to another version, because another deployment is in progress", to.Name, w.Function)}
		case !ours(a) && w.entry.Verdict == verdictRollback:
			return nil // nothing left to roll back
		case !ours(a):
			return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged, Message: fmt.Sprintf("alias %s of function %s was changed by someone else and now points to version %s", to.Name, w.Function, a.Version),
				Hints: []string{w.undoHint()}}
		}
		if err := w.mayWrite(ctx, false, nothing); err != nil {
			return err
		}
		to.Revision = a.Revision
		if last = w.editor.SetAlias(ctx, w.Function, to); last != nil && !uncertain(last) {
			return last
		}
		if err := w.clock.sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return last
}
