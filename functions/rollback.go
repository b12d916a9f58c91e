package functions

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// PlanRollback plans to undo the last attach to the functions that o selects: to move the
// alias back to its previous version, and $LATEST back to its previous version of the layer.
// Nothing else changes.
func PlanRollback(ctx context.Context, d publish.Destination, o Options) (*Plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	e, err := editor(d)
	if err != nil {
		return nil, err
	}
	journals, err := Journals(ctx, d)
	if err != nil {
		return nil, err
	}
	p := &Plan{Layer: o.Layer, options: o, destination: d, editor: e, Moves: []Move{}}
	for _, name := range o.Names {
		if !isPattern(name) && !slices.ContainsFunc(journals, func(j Journal) bool { return j.Function == name }) {
			return nil, &fault.Error{Kind: fault.Usage, Subject: "function " + name, Message: "nothing to roll back: lamella has not attached layer " + o.Layer + " to function " + name,
				Hints: []string{"attach a specific version instead: lamella attach " + name + " --version N"}}
		}
	}
	for i := range journals {
		j := &journals[i]
		if !matches(o.Names, j.Function) {
			continue
		}
		f, err := e.Function(ctx, j.Function, "")
		if isNotExist(err) {
			if len(o.Tags) == 0 {
				p.Moves = append(p.Moves, Move{Function: j.Function, Action: Skip, Reason: "was deleted"})
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if !tagged(f, o.Tags) {
			continue
		}
		p.Moves, p.ARN = append(p.Moves, undo(f, j)), j.Layer
	}
	return p, nil
}

// undo returns the move that undoes what j did to f.
func undo(f store.Function, j *Journal) Move {
	m := Move{Function: j.Function, Action: Rollback, Alias: j.Alias, Old: j.Old, Layers: len(f.Layers), Manager: managerOf(f), before: f, journal: j}
	if at := has(f, j.layer()); at != nil {
		m.From = at.Version
	}
	m.To = m.From // unless $LATEST has the version that was attached
	switch {
	case j.RolledBack():
		m.Action, m.Reason = Current, "already rolled back"
	case m.From == j.To:
		if m.To = j.From; m.To == 0 {
			m.Layers--
		}
	case j.Done && j.Alias == "":
		m.Action, m.Reason = Skip, fmt.Sprintf("someone else has changed its layer since version %d was attached", j.To)
	default:
		m.Reason = j.absent()
	}
	return m
}

// absent is the reason why a rollback of j keeps the layers of $LATEST.
func (j *Journal) absent() string { return fmt.Sprintf("$LATEST does not have version %d", j.To) }

// rolledBack sets the result of a rollback, after which $LATEST is f: moved and routed report
// whether it changed the layers of $LATEST and the alias, and resumed whether an interrupted
// rollback may have done so before.
func (w *work) rolledBack(f store.Function, moved, routed, resumed bool) {
	r, j := w.result, w.entry
	r.Outcome, r.From, r.To = RolledBack, j.To, j.From
	if moved {
		if w.Action == Rollback {
			r.Reason = ""
		}
		return
	}
	if r.To = 0; has(f, j.layer()) != nil {
		r.To = has(f, j.layer()).Version
	}
	r.From = r.To
	switch {
	case w.Action != Rollback:
	case routed:
		r.Reason = "only alias " + j.Alias + ", because " + j.absent()
	case !resumed:
		r.Outcome, r.Reason = Unchanged, j.absent()
	}
}
