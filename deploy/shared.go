package deploy

import (
	"context"
	"sync"

	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// sharedBuild is one project for all destinations of a layer. Each step is done once, when
// the first destination needs it. A sharedBuild is safe for concurrent use.
type sharedBuild struct {
	layer    spec.Layer
	env      spec.Env
	planning bool // nothing is written, and what is missing is part of the result

	mu       sync.Mutex // a project is not safe for concurrent use
	project  result[*project.Project]
	resolved result[publish.Resolved]
	built    result[*project.Zip]
	preview  result[*project.Zip]
	unhashed result[[]project.Unhashed]
	known    result[*resolve.Resolution]
}

// result is the outcome of a step, remembered for later calls.
type result[T any] struct {
	done  bool
	value T
	err   error
}

// once returns the value of r. The first call gets the value from step.
func once[T any](ctx context.Context, s *sharedBuild, r *result[T], step func(*project.Project, context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.done {
		p, err := s.openLocked(ctx)
		if err == nil {
			r.value, err = step(p, ctx)
		}
		r.done, r.err = true, err
	}
	return r.value, r.err
}

func (s *sharedBuild) openLocked(ctx context.Context) (*project.Project, error) {
	if !s.project.done {
		p, err := project.OpenToPublish(ctx, s.layer, s.env)
		if err == nil {
			if p.Planning = s.planning; !s.planning {
				err = p.CheckOutput()
			}
		}
		s.project = result[*project.Project]{true, p, err}
	}
	return s.project.value, s.project.err
}

func (s *sharedBuild) open(ctx context.Context) (*project.Project, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openLocked(ctx)
}

func (s *sharedBuild) resolve(ctx context.Context) (publish.Resolved, error) {
	return once(ctx, s, &s.resolved, (*project.Project).Resolved)
}

func (s *sharedBuild) build(ctx context.Context) (*project.Zip, error) {
	return once(ctx, s, &s.built, (*project.Project).Build)
}

// buildSending is like build, but sends the zip to in while building it.
func (s *sharedBuild) buildSending(ctx context.Context, in *publish.Incoming) (*project.Zip, error) {
	return once(ctx, s, &s.built, func(p *project.Project, ctx context.Context) (*project.Zip, error) { return p.BuildSending(ctx, in) })
}

func (s *sharedBuild) previewZip(ctx context.Context) (*project.Zip, error) {
	return once(ctx, s, &s.preview, (*project.Project).Preview)
}

func (s *sharedBuild) listUnhashed(ctx context.Context) ([]project.Unhashed, error) {
	return once(ctx, s, &s.unhashed, (*project.Project).Unhashed)
}

// resolveKnown returns the part of the lock that can be installed, with its gaps. It returns
// an error if the lock cannot be resolved for another reason.
func (s *sharedBuild) resolveKnown(ctx context.Context) (*resolve.Resolution, error) {
	return once(ctx, s, &s.known, func(p *project.Project, ctx context.Context) (*resolve.Resolution, error) {
		r, err := p.ResolveKnown(ctx)
		if r != nil {
			return r, nil
		}
		return nil, err
	})
}
