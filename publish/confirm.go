package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// errMaybe says that a version may be there whose answer was not whole.
func errMaybe(p *Plan, err error) error {
	return &fault.Error{Op: "publish", Subject: "layer " + p.want.Layer, Err: err,
		Details: []string{"a version may be published; what is stored beside it is not complete"},
		Hints:   []string{"run the same command again: it looks for the version, completes its state, and publishes nothing twice"}}
}

// confirmFirst asks for the first version of a layer once more: no earlier answer
// tells which account it has to be in, and its record would be wrong for good.
func (d Destination) confirmFirst(ctx context.Context, p *Plan, v store.LayerVersion) error {
	if p.Latest != nil {
		return nil
	}
	same, err := d.Layers.Version(ctx, p.want.Layer, v.Version)
	switch {
	case errors.Is(err, store.ErrIncomplete):
		return err
	case err == nil && same.ARN != v.ARN:
		return &fault.Error{Kind: fault.Destination, Op: "confirm", Subject: "version " + fmt.Sprint(v.Version),
			Err: fmt.Errorf("%w: PublishLayerVersion gives the ARN %s, GetLayerVersion gives %s", store.ErrIncomplete, v.ARN, same.ARN)}
	}
	return nil // it may take a while to appear, or may not be asked for
}
