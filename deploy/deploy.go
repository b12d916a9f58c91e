// Package deploy deploys layers to destinations: it plans, applies, and writes outputs.
// Layers that differ only in their destination share a build, and destinations in the same
// account share a connection and its rate limit.
//
// For each layer, package project determines the content, and package publish decides
// whether the destination needs a new version.
package deploy

import (
	"context"
	"encoding/json"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// concurrent is the number of destinations that are processed at a time. Nearly all of the
// time is spent waiting for responses; work that uses this machine is done only once for all
// destinations.
const concurrent = 64

// Deployed is the outcome for one of several layers.
type Deployed struct {
	Layer  spec.Layer
	Result *publish.Result // nil if Err is not nil
	Err    error
}

// All builds, uploads, and publishes layers in parallel, and skips steps that are up to
// date. Layers that differ only in their destination are resolved and built once. A zip is
// uploaded only once if S3 can copy it within an account. A failure does not stop the other
// layers; call All again to finish.
//
// The outcomes are in the order of layers.
func All(ctx context.Context, layers []spec.Layer, env spec.Env) []Deployed {
	outcomes := make([]Deployed, len(layers))
	if err := CheckApart(layers); err != nil {
		for i, l := range layers {
			outcomes[i] = Deployed{Layer: l, Err: err}
		}
		return outcomes
	}
	forAll(prepare(layers, env, false), func(i int, d *deployment) {
		outcomes[i].Layer = *d.layer
		outcomes[i].Result, outcomes[i].Err = d.deploy(ctx)
	})
	return outcomes
}

// Plan says what deploying a layer would do, and why.
type Plan struct {
	*publish.Plan
	Zip      *project.Zip      // nil if no build was needed to decide; its Path is ""
	Upload   *publish.Transfer // nil if nothing would be uploaded to S3
	Unhashed []project.Unhashed
	Gaps     []resolve.Gap // distributions that cannot be installed, sorted by name
}

// Planned is the plan for one of several layers.
type Planned struct {
	Layer spec.Layer
	Plan  *Plan // if Err is not nil, an incomplete plan or nil
	Err   error
}

// PlanAll returns what [All] would do, in the order of layers. It does not change the
// destinations or write zips, but may download wheels into the cache. If distributions
// cannot be installed, the plan has the outcome publish.Blocked and lists them as gaps.
func PlanAll(ctx context.Context, layers []spec.Layer, env spec.Env) []Planned {
	plans := make([]Planned, len(layers))
	forAll(prepare(layers, env, true), func(i int, d *deployment) {
		plans[i].Layer = *d.layer
		plans[i].Plan, plans[i].Err = d.plan(ctx)
	})
	return plans
}

// prepare returns the deployments of layers. They share what they can.
func prepare(layers []spec.Layer, env spec.Env, planning bool) []*deployment {
	destinations := new(Destinations)
	builds := map[string]*sharedBuild{}
	var all []*deployment
	for i := range layers {
		l := &layers[i]
		key := contentKey(*l)
		if builds[key] == nil {
			builds[key] = &sharedBuild{layer: *l, env: env, planning: planning}
		}
		all = append(all, &deployment{layer: l, env: env, destinations: destinations, build: builds[key], alone: len(layers) == 1})
	}
	return all
}

// forAll calls do for each deployment, with up to concurrent calls at a time.
func forAll(all []*deployment, do func(i int, d *deployment)) {
	var group errgroup.Group
	group.SetLimit(concurrent)
	for i, d := range all {
		group.Go(func() error {
			do(i, d)
			return nil
		})
	}
	_ = group.Wait()
}

// contentKey returns a key that identifies what must be built: everything except the
// destination.
func contentKey(l spec.Layer) string {
	l.Destination, l.Share, l.Storage = spec.Destination{}, nil, ""
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, booleans, and lists of them can always be marshaled
	}
	return string(text)
}
