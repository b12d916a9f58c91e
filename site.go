package lamella

import (
	"context"

	"github.com/lamella-build/lamella/publish"
)

// site is one place that a layer goes to.
type site struct {
	layer   Layer
	env     Env
	outlets *outlets
	kiln    *kiln
	expect  *publish.Expectation // of the plan that is carried out; nil if there is none
}

func newSite(l Layer, env Env, planning bool) *site {
	return newSites([]Layer{l}, env, planning)[0]
}

// want opens the project and the site: what is to be there, less how to build it.
func (s *site) want(ctx context.Context) (d publish.Destination, want publish.Want, err error) {
	if err := s.layer.checkOutputs(); err != nil {
		return d, want, err
	}
	w, err := s.kiln.open(ctx)
	if err != nil {
		return d, want, err
	}
	if d, err = s.outlets.open(ctx, s.layer, s.env); err != nil {
		return d, want, err
	}
	d.Events = s.layer.label(d.Events)
	want = w.want(s.layer)
	want.Resolve, want.Expect = s.kiln.resolve, s.expect
	return d, want, nil
}

func (s *site) deploy(ctx context.Context) (*publish.Result, error) {
	execute, err := s.decide(ctx)
	if err != nil {
		return nil, err
	}
	return execute(ctx)
}

// decide is the first half of deploy, which changes nothing at the destination,
// and returns the second.
func (s *site) decide(ctx context.Context) (execute func(context.Context) (*publish.Result, error), err error) {
	d, want, err := s.want(ctx)
	if err != nil {
		return nil, err
	}
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		b, err := s.kiln.build(ctx)
		if err != nil {
			return publish.Artifact{}, err
		}
		return b.artifact(), nil
	}
	plan, err := publish.Decide(ctx, d, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute, nil
}

func (s *site) plan(ctx context.Context) (*Planned, error) {
	d, want, err := s.want(ctx)
	if err != nil {
		return nil, err
	}
	p := &Planned{}
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		if p.Built, err = s.kiln.compute(ctx); err != nil {
			return publish.Artifact{}, err
		}
		return p.Built.artifact(), nil
	}
	if p.Plan, err = publish.Decide(ctx, d, want); err != nil {
		return s.blocked(ctx), err
	}
	if s.layer.AllowUnhashed && s.layer.tool() == "" { // who accepts what nobody vouches for sees it every time
		p.Unhashed, err = s.kiln.unhashed(ctx)
	}
	return p, err
}
