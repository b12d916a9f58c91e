package versions

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// place is where a plan was made: a plan that deletes or grants is carried out
// there and nowhere else. Neither part is enough by itself: two roles may share a
// bucket, and two folders have the same ARNs.
type place struct {
	layer string
	home  string // the URI that the layer's objects begin with
	arn   string // of the layer, without a version; "" if there was none
}

func placeOf(d publish.Destination, layer string, versions []store.LayerVersion) (place, error) {
	p := place{layer: layer, home: d.Objects.Location("layer").URI}
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

// check refuses a destination that is another one than p was made for.
func (p place) check(ctx context.Context, d publish.Destination) error {
	versions, err := d.Layers.Versions(ctx, p.layer)
	if err != nil {
		return err
	}
	here, err := placeOf(d, p.layer, versions)
	if err != nil || here == p {
		return err
	}
	return &fault.Error{Kind: fault.Usage, Op: "carry out the plan for", Subject: "layer " + p.layer,
		Err:     fmt.Errorf("it was made for %s, and this is %s", p, here),
		Details: []string{"nothing was changed"},
		Hints:   []string{"plan again for this destination"}}
}

func (p place) String() string {
	if p.arn == "" {
		return p.home + " without a version"
	}
	return p.arn + " in " + p.home
}
