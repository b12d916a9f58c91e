package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// errMaybe reports an incomplete response to PublishLayerVersion.
func errMaybe(p *Plan, err error) error {
	return &fault.Error{Kind: fault.KindOf(err), Subject: p.want.Layer, Err: err,
		Message: fmt.Sprintf("a version of layer %s may have been published, but Lambda's response is incomplete", p.want.Layer),
		Hints:   []string{"run the same command again; it finds the version and does not publish it twice"}}
}

// confirmFirst reads the first version of a layer back. There is no earlier version to
// compare its ARN with, and a wrong ARN would stay in the record.
func (d Destination) confirmFirst(ctx context.Context, p *Plan, v store.LayerVersion) error {
	if p.Latest != nil {
		return nil
	}
	same, err := d.Layers.Version(ctx, p.want.Layer, v.Version)
	switch {
	case errors.Is(err, store.ErrIncomplete):
		return err
	case err == nil && same.ARN != v.ARN:
		return &fault.Error{Kind: fault.Destination, Subject: v.ARN, Sentinel: store.ErrIncomplete,
			Message: fmt.Sprintf("Lambda returned two ARNs for version %d: %s from PublishLayerVersion, %s from GetLayerVersion", v.Version, v.ARN, same.ARN)}
	}
	return nil // it may take a while to appear, or the credentials may not permit reading it
}
