// Package deploy brings many layers to many destinations: it plans, applies and
// writes the outputs. Layers that differ only in where they go share their build,
// destinations of one account share a connection and its rate limit.
//
// For each layer, package project says what it consists of and package publish
// decides whether the destination needs a new version.
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

// concurrent is how many destinations are worked on at a time. Each spends nearly all
// its time waiting for answers; what loads this machine is done once for all.
const concurrent = 64

// Deployed is the outcome for one of several layers.
type Deployed struct {
	Layer  spec.Layer
	Result *publish.Result // nil if Err is not
	Err    error
}

// All builds, uploads and publishes many layers at once, skipping whatever is up to
// date. Layers that differ only in where they go are resolved and built once, and
// their zip is sent once to each account as far as S3 can copy it. A failure does
// not stop the others, and a repeated call does only what is left.
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
		outcomes[i].Layer = d.layer
		outcomes[i].Result, outcomes[i].Err = d.deploy(ctx)
	})
	return outcomes
}

// Plan says what deploying a layer would do and why.
type Plan struct {
	*publish.Plan
	Zip      *project.Zip      // nil if nothing had to be built to know; its Path is ""
	Upload   *publish.Transfer // nil if nothing would be uploaded to S3
	Unhashed []project.Unhashed
	Gaps     []resolve.Gap // distributions that cannot be installed, sorted by name
}

// Planned is the plan for one of several layers.
type Planned struct {
	Layer spec.Layer
	Plan  *Plan // what is known, if Err is not nil; it may be nil then
	Err   error
}

// PlanAll says what [All] would do, in the order of layers. It changes nothing at the
// destinations and writes no zips; wheels that it fetches stay in the cache. Where
// distributions cannot be installed, a plan has the outcome [publish.Blocked] and
// its gaps.
func PlanAll(ctx context.Context, layers []spec.Layer, env spec.Env) []Planned {
	plans := make([]Planned, len(layers))
	forAll(prepare(layers, env, true), func(i int, d *deployment) {
		plans[i].Layer = d.layer
		plans[i].Plan, plans[i].Err = d.plan(ctx)
	})
	return plans
}

// prepare returns the deployments of layers, with what they can share.
func prepare(layers []spec.Layer, env spec.Env, planning bool) []*deployment {
	destinations := new(Destinations)
	builds := map[string]*sharedBuild{}
	var all []*deployment
	for _, l := range layers {
		key := contentKey(l)
		if builds[key] == nil {
			builds[key] = &sharedBuild{layer: l, env: env, planning: planning}
		}
		all = append(all, &deployment{layer: l, env: env, destinations: destinations, build: builds[key]})
	}
	return all
}

// forAll calls do for each deployment, many at a time.
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

// contentKey identifies what has to be built: everything except the destination.
func contentKey(l spec.Layer) string {
	l.Destination, l.Share, l.Storage = spec.Destination{}, nil, ""
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, switches and lists of them always marshal
	}
	return string(text)
}
