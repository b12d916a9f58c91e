package functions

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// watchedAtATime bounds the functions that are changed at once: a canary mostly waits.
const watchedAtATime = 64

// Result is what became of one function.
type Result struct {
	Function string  `json:"function"`
	Outcome  Outcome `json:"outcome"`
	Version  string  `json:"version,omitempty"` // of the function, that was published
	Reason   string  `json:"reason,omitempty"`
	// Old and New are what the canary's versions did, nil without one.
	Old *store.VersionMetrics `json:"old,omitempty"`
	New *store.VersionMetrics `json:"new,omitempty"`
	Err error                 `json:"-"`
}

// Outcome is a word for what became of a function.
type Outcome string

// What becomes of a function.
const (
	Moved      Outcome = "moved"
	Unchanged  Outcome = "unchanged"
	Skipped    Outcome = "skipped"
	RolledBack Outcome = "rolled back"
	// NotEnoughTraffic leaves the canary as it is: nobody called it often enough.
	NotEnoughTraffic Outcome = "not enough traffic"
	Failed           Outcome = "failed"
)

// Execute carries out the plan, several functions at once. One that fails does
// not keep the others back: the error is of all that failed, and results tells
// of each, in the plan's order. What was interrupted goes on with the same plan
// made anew.
func (p *Plan) Execute(ctx context.Context) ([]Result, error) {
	if p.editor == nil {
		return nil, &fault.Error{Kind: fault.Usage, Message: "a plan can be executed only if PlanAttach or PlanRollback made it"}
	}
	results := make([]Result, len(p.Moves))
	var group errgroup.Group
	group.SetLimit(watchedAtATime)
	for i, m := range p.Moves {
		group.Go(func() error {
			results[i] = p.execute(ctx, m)
			return nil
		})
	}
	_ = group.Wait() // it has no errors
	var failed []error
	for _, r := range results {
		failed = append(failed, r.Err)
	}
	return results, errors.Join(failed...)
}

func (p *Plan) execute(ctx context.Context, m Move) Result {
	r := Result{Function: m.Function, Outcome: Unchanged, Reason: m.Reason}
	switch {
	case m.Action == Blocked:
		r.Outcome, r.Err = Failed, m.err
		return r
	case m.Action == Skip:
		r.Outcome = Skipped
		return r
	case !m.Changes():
		return r
	}
	w := &work{Move: m, options: p.options, destination: p.destination, editor: p.editor, clock: p.options.Clock, result: &r}
	w.to, _ = store.ParseARN(p.ARN) // PlanAttach has parsed it
	var err error
	switch {
	case m.Action == Rollback, m.Action == Finish && m.journal.Verdict == verdictRollback:
		w.entry = m.journal
		err = w.rollback(ctx)
	default:
		err = w.attach(ctx)
	}
	if err != nil {
		r.Err = fmt.Errorf("function %s: %w", m.Function, err)
		if r.Outcome != NotEnoughTraffic && r.Outcome != RolledBack {
			r.Outcome = Failed
		}
	}
	return r
}
