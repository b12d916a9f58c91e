package deploy

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/spec"
)

// Outcome is the result of an operation for one of several layers.
type Outcome[T any] struct {
	Layer spec.Layer
	Value T // if Err is not nil, an incomplete result or the zero value
	Err   error
}

// Each calls do for each layer, with many calls in parallel. A failure does not stop the
// other calls. The outcomes are in the order of layers.
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
	_ = group.Wait() // the functions return no errors
	return outcomes
}
