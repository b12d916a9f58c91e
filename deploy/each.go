package deploy

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/spec"
)

// Outcome is what a verb returned for one of several layers.
type Outcome[T any] struct {
	Layer spec.Layer
	Value T // the zero value, or what is known of it, if Err is not nil
	Err   error
}

// Each calls do for each layer, many at a time. A failure does not stop the others.
// The outcomes are in the order of layers.
func Each[T any](ctx context.Context, layers []spec.Layer, do func(context.Context, spec.Layer) (T, error)) []Outcome[T] {
	outcomes := make([]Outcome[T], len(layers))
	var group errgroup.Group
	group.SetLimit(concurrent)
	for i, l := range layers {
		group.Go(func() error {
			outcomes[i].Layer = l
			outcomes[i].Value, outcomes[i].Err = do(ctx, l)
			return nil
		})
	}
	_ = group.Wait() // it has no errors
	return outcomes
}
