package lamella

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
)

// blocked returns what is known of a plan that failed because distributions cannot
// be installed: nil if it failed for another reason.
func (s *site) blocked(ctx context.Context) *Planned {
	known, err := s.kiln.known(ctx)
	if err != nil || len(known.Gaps) == 0 {
		return nil
	}
	p := &Planned{Gaps: known.Gaps, Plan: &publish.Plan{
		Outcome: publish.Blocked,
		Reason:  fmt.Sprintf("%d of %d distributions cannot be installed", len(known.Gaps), len(known.Gaps)+len(known.Distributions)),
	}}
	d, err := s.outlets.open(ctx, s.layer, s.env)
	if err != nil {
		return p
	}
	history, err := publish.History(ctx, d, s.layer.Name)
	var old []publish.Package
	if err == nil && len(history) > 0 {
		latest := history[0]
		p.Latest, old = latest.Stored(), latest.Packages
	}
	for _, change := range publish.Compare(old, packages(known, nil)) {
		if !slices.ContainsFunc(known.Gaps, func(g resolve.Gap) bool { return g.Name == change.Name }) {
			p.Changes = append(p.Changes, change)
		}
	}
	return p
}

// known is what of the lock can be installed, and what cannot. A lock that cannot be
// resolved for another reason, or that a tool installs, is an error.
func (w *work) known(ctx context.Context) (*resolve.Resolution, error) {
	if err := w.read(); err != nil {
		return nil, err
	}
	r, err := resolve.ResolveKnown(ctx, w.lock, w.target, w.options(), w.finder())
	if r != nil {
		return r, nil
	}
	return nil, err
}
