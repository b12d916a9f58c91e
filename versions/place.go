package versions

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// place is the destination that a plan was made for and at which it may be executed. It is
// identified by its URI together with its ARN: two accounts may share a bucket, and two
// local folders have the same ARNs.
type place struct {
	layer string
	home  string // common prefix of the URIs of the layer's objects
	arn   string // of the layer, without a version; "" if there was none

	destination publish.Destination
}

func placeOf(d publish.Destination, layer string, versions []store.LayerVersion) (place, error) {
	p := place{layer: layer, home: d.Objects.Location("layer").URI, destination: d}
	if len(versions) == 0 {
		return p, nil
	}
	arn, ok := store.ParseARN(versions[0].ARN)
	if !ok {
		return p, &fault.Error{Kind: fault.Destination, Subject: layer,
			Message: fmt.Sprintf("cannot find the functions that use layer %s because %q is not an ARN", layer, versions[0].ARN)}
	}
	p.arn = arn.Unversioned().String()
	return p, nil
}

// check returns an error if the destination has changed since the plan was made: the
// credentials differ, or another folder is at the same path.
func (p place) check(ctx context.Context) error {
	if p.layer == "" {
		return &fault.Error{Kind: fault.Usage, Message: "only a plan from PlanPrune or PlanShare can be executed"}
	}
	versions, err := p.destination.Layers.Versions(ctx, p.layer)
	if err != nil {
		return err
	}
	here, err := placeOf(p.destination, p.layer, versions)
	if err != nil || here.home == p.home && here.arn == p.arn {
		return err
	}
	return &fault.Error{Kind: fault.Usage, Subject: p.layer,
		Message: "the plan for layer " + p.layer + " was made for another destination",
		Details: []string{"planned: " + p.String(), "current: " + here.String(), "nothing was changed"},
		Hints:   []string{"make a new plan for the current destination"}}
}

func (p place) String() string {
	if p.arn == "" {
		return p.home + ", where the layer has no versions"
	}
	return p.home + " (" + p.arn + ")"
}
