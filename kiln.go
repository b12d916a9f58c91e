package lamella

import (
	"context"
	"sync"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
)

// kiln makes one content for all the sites that need it, each step once and only
// when the first of them asks.
type kiln struct {
	open     func(context.Context) (*work, error)
	resolve  func(context.Context) (publish.Resolved, error)
	build    func(context.Context) (*Built, error)
	compute  func(context.Context) (*Built, error)
	unhashed func(context.Context) ([]Unhashed, error)
	known    func(context.Context) (*resolve.Resolution, error)
}

// newKiln returns the kiln of a content. In planning, what is missing is part of
// the answer and no warning.
func newKiln(l Layer, env Env, planning bool) *kiln {
	var mu sync.Mutex // a work is for one goroutine
	open := openOnce(l, env, planning)
	return &kiln{
		open:    open,
		resolve: once(&mu, open, (*work).resolved),
		build:   once(&mu, open, (*work).build),
		compute: once(&mu, open, func(w *work, ctx context.Context) (*Built, error) {
			b, err := w.compute(ctx)
			if err == nil && w.resolution != nil { // a tool's installation tells of one target
				b.AlsoFits = w.alsoFits(ctx, w.resolution)
			}
			return b, err
		}),
		unhashed: once(&mu, open, (*work).unhashed),
		known:    once(&mu, open, (*work).known),
	}
}

// openOnce opens the project when it is first called.
func openOnce(l Layer, env Env, planning bool) func(context.Context) (*work, error) {
	var (
		once sync.Once
		w    *work
		err  error
	)
	return func(ctx context.Context) (*work, error) {
		once.Do(func() {
			if w, err = openToStore(ctx, l, env); err == nil {
				if w.planning = planning; !planning {
					err = w.checkOutput()
				}
			}
		})
		return w, err
	}
}

// once remembers the outcome of its first call for the later ones.
func once[T any](mu *sync.Mutex, open func(context.Context) (*work, error), step func(*work, context.Context) (T, error)) func(context.Context) (T, error) {
	var done bool
	var value T
	var failure error
	return func(ctx context.Context) (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if !done {
			done = true
			var w *work
			if w, failure = open(ctx); failure == nil {
				value, failure = step(w, ctx)
			}
		}
		return value, failure
	}
}

// unhashed lists the distributions for which the lock states no hash.
func (w *work) unhashed(ctx context.Context) ([]Unhashed, error) {
	r, err := w.resolve(ctx)
	if err != nil {
		return nil, err
	}
	var list []Unhashed
	for _, d := range r.Distributions {
		if d.Unhashed {
			list = append(list, Unhashed{d, d.HashToAdd(w.lock.Format)})
		}
	}
	return list, nil
}
