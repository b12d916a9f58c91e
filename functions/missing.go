package functions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// missing reports what was deleted while the function was being changed: the function
// itself, its alias, or the version that was published for it. err is the error of a request
// for one of them, and is returned if none was deleted.
func (w *work) missing(ctx context.Context, err error) error {
	if w.deleted(ctx) {
		return errDeleted(w.Function)
	}
	gone := func(what string) error {
		return &fault.Error{Kind: fault.Destination, Subject: "function " + w.Function, Message: what + " of function " + w.Function + " was deleted while lamella was changing the function", Sentinel: store.ErrNotExist,
			Hints: []string{w.undoHint()}}
	}
	if w.entry.Alias != "" {
		if _, e := w.editor.Alias(ctx, w.Function, w.entry.Alias); isNotExist(e) {
			return gone("alias " + w.entry.Alias)
		}
	}
	if w.entry.New != "" {
		if _, e := w.editor.Function(ctx, w.Function, w.entry.New); isNotExist(e) {
			return gone("version " + w.entry.New)
		}
	}
	return w.named(err)
}

// undoHint is the hint for an attach that failed when it had changed something.
func (w *work) undoHint() string {
	return "undo lamella's changes to function " + w.Function + ": lamella attach " + w.Function + " --rollback"
}

// named returns err with the function's name in its text.
func (w *work) named(err error) error {
	if strings.Contains(err.Error(), "function "+w.Function) {
		return err
	}
	return fmt.Errorf("function %s: %w", w.Function, err)
}

// deleted reports whether the function is gone. If it is, deleted closes its journal, so
// that a new function with the same name is not mistaken for it.
func (w *work) deleted(ctx context.Context) bool {
	if _, err := w.editor.Function(ctx, w.Function, ""); !isNotExist(err) {
		return false
	}
	w.entry.Verdict, w.entry.Done = verdictRollback, true
	_ = w.entry.save(ctx, w.destination) // on failure, the journal stays open, and the next attach reports it
	return true
}

func errDeleted(function string) error {
	return &fault.Error{Kind: fault.Destination, Subject: "function " + function, Message: "function " + function + " was deleted while this command was running", Sentinel: store.ErrNotExist,
		Hints: []string{"run the same command again without this function"}}
}

// deadLayer explains why Lambda rejected a list of layers: a version in it was deleted, if
// that version belongs to this account. Otherwise, deadLayer returns err.
func (w *work) deadLayer(ctx context.Context, layers []string, err error) error {
	for _, l := range layers {
		arn, ok := store.ParseARN(l)
		if !ok || arn.Account != w.entry.layer().Account || arn.Region != w.entry.layer().Region {
			continue
		}
		if _, e := w.destination.Layers.Version(ctx, arn.Layer, arn.Version); isNotExist(e) {
			reason := err
			if inner, ok := errors.AsType[*fault.Error](err); ok && inner.Err != nil {
				reason = inner.Err // its message says the same as the one here
			}
			return &fault.Error{Kind: fault.Destination, Subject: "function " + w.Function, Err: reason, Sentinel: err,
				Message: fmt.Sprintf("cannot update function %s because version %d of layer %s was deleted", w.Function, arn.Version, arn.Layer),
				Hints:   []string{"attach another version: lamella attach " + w.Function + " --layer " + arn.Layer}}
		}
	}
	return err
}
