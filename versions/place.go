package versions

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// place is where a plan was made: a plan that deletes or grants is carried out
// there and nowhere else. Neither home nor arn is enough by itself: two roles may share a
// bucket, and two folders have the same ARNs.
type place struct {
	layer string
	home  string // the URI that the layer's objects begin with
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
		return p, &fault.Error{Kind: fault.Destination, Op: "look at", Subject: "layer " + layer, Err: fmt.Errorf("%q is no ARN, so what uses it cannot be told", versions[0].ARN)}
	}
	p.arn = arn.Unversioned().String()
	return p, nil
}

// check refuses to go on if the destination is another one by now than when the
// plan was made: other credentials, or another folder at the same path.
func (p place) check(ctx context.Context) error {
	if p.layer == "" {
		return &fault.Error{Kind: fault.Usage, Message: "a plan can be executed only if PlanPrune or PlanShare made it"}
	}
	versions, err := p.destination.Layers.Versions(ctx, p.layer)
	if err != nil {
		return err
	}
	here, err := placeOf(p.destination, p.layer, versions)
	if err != nil || here.home == p.home && here.arn == p.arn {
		return err
	}
	return &fault.Error{Kind: fault.Usage, Subject: "layer " + p.layer,
		Message: fmt.Sprintf("the plan for layer %s was made for %s, and this is %s", p.layer, p, here),
		Details: []string{"nothing was changed"},
		Hints:   []string{"plan again for this destination"}}
}

func (p place) String() string {
	if p.arn == "" {
		return p.home + " without a version"
	}
	return p.arn + " in " + p.home
}
