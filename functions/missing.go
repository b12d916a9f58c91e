package functions

import (
	"context"
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
		return &fault.Error{Kind: fault.Destination, Subject: "function " + w.Function, Message: what + " of function " + w.Function + " has been deleted in the meantime", Sentinel: store.ErrNotExist,
			Hints: []string{"undo lamella's other changes: lamella attach " + w.Function + " --rollback"}}
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
	return &fault.Error{Kind: fault.Destination, Subject: "function " + function, Message: "function " + function + " has been deleted in the meantime", Sentinel: store.ErrNotExist,
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
			return &fault.Error{Kind: fault.Destination, Subject: "function " + w.Function, Err: err,
				Message: fmt.Sprintf("function %s cannot be updated because version %d of layer %s was deleted", w.Function, arn.Version, arn.Layer),
				Hints:   []string{"attach another version: lamella attach " + w.Function + " --layer " + arn.Layer}}
		}
	}
	return err
}
