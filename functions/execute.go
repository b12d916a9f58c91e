package functions

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// maxExecutions is the maximum number of functions that are changed concurrently. It is high
// because a canary mostly waits.
const maxExecutions = 64

// Result is the outcome for one function.
type Result struct {
	Function string  `json:"function"`
	Outcome  Outcome `json:"outcome"`
	Version  string  `json:"version,omitempty"` // the published version of the function
	Reason   string  `json:"reason,omitempty"`
	// From and To are the versions of the layer that $LATEST had and has; equal if it was not
	// changed. For an Outcome other than Moved and RolledBack, they are those of the plan.
	From int64 `json:"-"`
	To   int64 `json:"-"`
	// Old and New are the metrics of the two versions of a canary; nil without a canary.
	Old *store.VersionMetrics `json:"old,omitempty"`
	New *store.VersionMetrics `json:"new,omitempty"`
	Err error                 `json:"-"`
}

// Outcome says what was done with a function.
type Outcome string

// The possible outcomes.
const (
	Moved      Outcome = "moved"
	Unchanged  Outcome = "unchanged"
	Skipped    Outcome = "skipped"
	RolledBack Outcome = "rolled back"
	// NotEnoughTraffic leaves the canary in place, because it had too few calls.
	NotEnoughTraffic Outcome = "not enough traffic"
	Failed           Outcome = "failed"
)

// Execute carries out the plan, several functions at a time. A failure does not stop the
// others: the error joins all failures, and the results are in the order of the plan. To
// resume after an interruption, create the plan again.
func (p *Plan) Execute(ctx context.Context) ([]Result, error) {
	if p.editor == nil {
		return nil, &fault.Error{Kind: fault.Usage, Message: "only a plan from PlanAttach or PlanRollback can be executed"}
	}
	results := make([]Result, len(p.Moves))
	var group errgroup.Group
	group.SetLimit(maxExecutions)
	for i, m := range p.Moves {
		group.Go(func() error {
			results[i] = p.execute(ctx, m)
			return nil
		})
	}
	_ = group.Wait() // always nil
	var failed []error
	for _, r := range results {
		failed = append(failed, r.Err)
	}
	return results, errors.Join(failed...)
}

func (p *Plan) execute(ctx context.Context, m Move) Result {
	r := Result{Function: m.Function, Outcome: Unchanged, Reason: m.Reason, From: m.From, To: m.To}
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
	switch {
	case isNotExist(err):
		r.Outcome, r.Err = Failed, w.missing(ctx, err)
	case err != nil:
		r.Err = w.named(err)
		if r.Outcome != NotEnoughTraffic && r.Outcome != RolledBack {
			r.Outcome = Failed
		}
	}
	return r
}
