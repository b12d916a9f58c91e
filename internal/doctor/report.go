package doctor

import (
	"context"
	"slices"
	"time"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// Report contains the findings about one layer.
type Report struct {
	Target  target.Target
	Runtime string // why new layers should not use the runtime; "" if it is supported
	Content
	Machine
	Destination Destination
}

// Content is what a layer is made from.
type Content struct {
	Lock       string      // the lock file; "" if none was found
	LockErr    error       // why the lock file cannot be used; nil if it can
	Stale      *lock.Stale // why the lock file is out of date; nil if it is not
	Locked     bool        // whether a stale lock file is an error
	Size       project.Estimate
	SizeErr    error  // why the layer cannot be built, as far as that is known without its wheels
	Cache      string // the cache's folder
	CacheErr   error
	Builders   []Builder // the possible ways to build the layer
	Indexes    []index.Probe
	IndexesErr error // why the indexes are unknown, such as an unreadable configuration file
}

// Examine checks what building and deploying each of the layers requires: the lock file, the
// runtime, the layer's size, the cache, the tools, container engines, and Pythons on this
// machine, the indexes and their credentials, and the destination. What several layers have
// in common is checked only once. Examine changes nothing except the cache. A report
// includes what is missing; the error for a layer means that its target is invalid.
func Examine(ctx context.Context, layers []spec.Layer, env spec.Env, destinations *deploy.Destinations) []deploy.Outcome[*Report] {
	env.Events = onlyDetails(env.Events)
	x := examination{env: env, destinations: destinations}
	return deploy.Each(ctx, layers, func(ctx context.Context, l spec.Layer) (*Report, error) {
		t, err := l.ParseTarget()
		if err != nil {
			return nil, err
		}
		r := &Report{Target: t, Runtime: t.Problem(time.Now())}
		r.Machine = x.machines.get(t.String(), func() Machine { return ExamineMachine(ctx, t) })
		r.Content = x.contents.get(l.ContentKey(), func() Content { return x.content(ctx, l, r.Machine) })
		r.Destination = x.destination(ctx, l)
		return r, ctx.Err()
	})
}

// examination is what the examined layers share.
type examination struct {
	env          spec.Env
	destinations *deploy.Destinations
	machines     shared[Machine]
	contents     shared[Content]
	identities   shared[identified]
}

// onlyDetails leaves out the events that a build would emit about the layer, because they
// are in the report.
func onlyDetails(events event.Sink) event.Sink {
	return func(e event.Event) {
		if e.Kind == event.Debug {
			events.Emit(e)
		}
	}
}

func (x *examination) content(ctx context.Context, l spec.Layer, m Machine) Content {
	c := Content{Lock: l.Lock, Locked: l.Locked, Builders: slices.Clone(m.builders)}
	for i := range c.Builders {
		if b := &c.Builders[i]; b.Err == nil {
			b.Err = project.CheckLockOf(&l, index.Tool(b.Name))
		}
	}
	c.Cache, c.CacheErr = project.CheckCache(x.env)
	l.Locked = false // a stale lock file is reported below
	p, err := project.Open(ctx, l, x.env)
	locked := &lock.Lock{}
	if err == nil {
		c.Lock = p.LockPath
		if c.Stale, err = p.Stale(); err == nil {
			locked, err = p.Lock()
		}
	}
	c.LockErr = err
	if c.LockErr != nil {
		locked = &lock.Lock{}
	}
	settings, err := project.IndexSettings(l, locked, x.env)
	c.IndexesErr = err
	if err == nil && !x.env.Offline {
		c.Indexes = settings.Probe(ctx)
	}
	if c.LockErr == nil && c.CacheErr == nil && c.IndexesErr == nil {
		c.Size, c.SizeErr = p.Estimate(ctx)
	}
	if fault.KindOf(c.SizeErr) == fault.Index && (x.env.Offline || c.unreachable()) {
		c.SizeErr = nil // the reason is already known
	}
	return c
}

// unreachable reports whether an index does not respond.
func (c *Content) unreachable() bool {
	for _, i := range c.Indexes {
		if i.Err != nil {
			return true
		}
	}
	return false
}
