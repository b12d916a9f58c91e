package lamella

import (
	"context"
	"encoding/json"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/publish"
)

// atOnce is how many destinations are worked on at a time. Each waits for
// answers nearly all the time; what loads this machine is done once for all.
const atOnce = 64

// Deployment is what became of one of several layers.
type Deployment struct {
	Layer  Layer
	Result *publish.Result // nil if Err is not
	Err    error
}

// DeployAll does what [Deploy] does for many layers at once: for several targets,
// regions and accounts. Layers that differ only in where they go are resolved and
// built once, and their zip is sent once to each account, as far as S3 can copy
// it on. One that fails stops no other; a repeated call does only what is left.
//
// The deployments are in the order of layers.
func DeployAll(ctx context.Context, layers []Layer, env Env) []Deployment {
	deployments := make([]Deployment, len(layers))
	if err := CheckApart(layers); err != nil {
		for i, l := range layers {
			deployments[i] = Deployment{Layer: l, Err: err}
		}
		return deployments
	}
	forAll(newSites(layers, env, false), func(i int, s *site) {
		d := Deployment{Layer: s.layer}
		d.Result, d.Err = s.deploy(ctx)
		deployments[i] = d
	})
	return deployments
}

// Proposal is what [DeployAll] would do with one of several layers.
type Proposal struct {
	Layer   Layer
	Planned *Planned // what is known if Err is not nil; it may be nil then
	Err     error
}

// PlanAll says what [DeployAll] would do, in the order of layers.
func PlanAll(ctx context.Context, layers []Layer, env Env) []Proposal {
	proposals := make([]Proposal, len(layers))
	forAll(newSites(layers, env, true), func(i int, s *site) {
		p := Proposal{Layer: s.layer}
		p.Planned, p.Err = s.plan(ctx)
		proposals[i] = p
	})
	return proposals
}

// newSites returns the places that layers go to, with in common what they can
// share.
func newSites(layers []Layer, env Env, planning bool) []*site {
	outlets := new(outlets)
	kilns := map[string]*kiln{}
	var sites []*site
	for _, l := range layers {
		key := l.content()
		if kilns[key] == nil {
			kilns[key] = newKiln(l, env, planning)
		}
		sites = append(sites, &site{layer: l, env: env, outlets: outlets, kiln: kilns[key]})
	}
	return sites
}

// forAll calls do for each site, many at a time.
func forAll(sites []*site, do func(i int, s *site)) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, s := range sites {
		group.Go(func() error {
			do(i, s)
			return nil
		})
	}
	_ = group.Wait()
}

// content tells apart what has to be built apart: everything but the place.
func (l Layer) content() string {
	l.Home, l.To, l.Region, l.Profile, l.RoleARN, l.KMSKey, l.SSE, l.ACL, l.Share, l.Storage, l.SSMParameter, l.Outputs = "", "", "", "", "", "", "", "", nil, "", "", nil
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // of strings, switches and lists of them
	}
	return string(text)
}
