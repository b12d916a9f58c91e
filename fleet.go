package lamella

import (
	"context"
	"sync"
	"time"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/versions"
)

// Status returns the state of many layers at their destinations, in the order of
// layers: the newest version, who uses it, and whether it is what the lock file makes.
func (c *Client) Status(ctx context.Context, layers []Layer) []deploy.Outcome[*deploy.Status] {
	return c.destinations.Status(ctx, layers, c.env())
}

// Everything returns layers, and one more for each other layer in the accounts and
// regions that they go to, for [Client.Status].
func (c *Client) Everything(ctx context.Context, layers []Layer) ([]Layer, error) {
	return c.destinations.Everything(ctx, layers, c.env())
}

// Account returns the 12 digits of the AWS account that a layer goes to.
func (c *Client) Account(ctx context.Context, l Layer) (string, error) {
	return c.destinations.Account(ctx, l)
}

// VerifyAll is Verify for many layers, in the order of layers. What several places have
// of one layer is built once.
func (c *Client) VerifyAll(ctx context.Context, layers []Layer, version string, download bool) []deploy.Outcome[*versions.Verified] {
	rebuilds := &rebuilds{client: c}
	defer rebuilds.close()
	return deploy.Each(ctx, layers, func(ctx context.Context, l Layer) (*versions.Verified, error) {
		d, err := c.destinations.Open(ctx, l, c.env())
		if err != nil {
			return nil, err
		}
		return versions.Verify(ctx, d, l.Name, version, versions.VerifyOptions{Download: download, Rebuild: rebuilds.of(l)})
	})
}

// rebuilds builds the zips of published versions again, one at a time, and each once
// for all places that have the same lock file, options and distributions.
type rebuilds struct {
	client *Client

	mu      sync.Mutex
	known   map[string]func() (versions.Rebuilt, error)
	closers []func() error
	work    sync.Mutex
}

func (r *rebuilds) of(l Layer) versions.Rebuild {
	return func(ctx context.Context, s publish.Stored) (versions.Rebuilt, error) {
		if s.Record == nil {
			return r.build(ctx, l, s)
		}
		key := string(s.Record.Identity) + "\n" + s.Manifest.SHA256() + "\n" + string(s.Record.Inputs) + "\n" + l.Folder()
		r.mu.Lock()
		if r.known == nil {
			r.known = map[string]func() (versions.Rebuilt, error){}
		}
		build := r.known[key]
		if build == nil {
			build = sync.OnceValues(func() (versions.Rebuilt, error) { return r.build(ctx, l, s) })
			r.known[key] = build
		}
		r.mu.Unlock()
		return build()
	}
}

func (r *rebuilds) build(ctx context.Context, l Layer, s publish.Stored) (versions.Rebuilt, error) {
	r.work.Lock()
	defer r.work.Unlock()
	rebuilder, err := versions.NewRebuilder(l, r.client.env())
	if err != nil {
		return versions.Rebuilt{}, err
	}
	r.mu.Lock()
	r.closers = append(r.closers, rebuilder.Close)
	r.mu.Unlock()
	return rebuilder.Rebuild(ctx, s)
}

func (r *rebuilds) close() {
	for _, c := range r.closers {
		_ = c()
	}
}

// PlanPruneAll is PlanPrune for many layers, in the order of layers. It lists the
// functions of each account and region once, also of the accounts that configured
// layers go to, as far as they may be listed.
func (c *Client) PlanPruneAll(ctx context.Context, layers, configured []Layer, o versions.PruneOptions) []deploy.Outcome[*versions.PrunePlan] {
	o.Inventories = new(functions.Inventories)
	return deploy.Each(ctx, layers, func(ctx context.Context, l Layer) (*versions.PrunePlan, error) {
		d, err := c.destinations.Open(ctx, l, c.env())
		if err != nil {
			return nil, err
		}
		own := o
		if own.Accounts, err = c.destinations.OtherAccounts(ctx, l, configured, c.env(), o.Inventories); err != nil {
			return nil, err
		}
		return versions.PlanPrune(ctx, d, l.Name, own)
	})
}

// PlanRollback says which version of the layer [Client.Rollback] would publish again:
// the one with this number or ARN, or for [versions.Previous] the newest one whose
// content differs from that of the latest.
func (c *Client) PlanRollback(ctx context.Context, l Layer, version string) (*versions.RollbackPlan, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return versions.PlanRollback(ctx, d, l.Name, version)
}

// Hold keeps plans from publishing the layer until [Client.Release].
func (c *Client) Hold(ctx context.Context, l Layer, reason string) (*publish.Hold, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return publish.HoldLayer(ctx, d, l.Name, reason, time.Now())
}

// Release lets plans publish the layer again, and returns the hold that there was, nil
// if there was none.
func (c *Client) Release(ctx context.Context, l Layer) (*publish.Hold, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return publish.Release(ctx, d, l.Name)
}

// Users returns which function versions use the layers, or the version with this number
// or ARN, in the order of layers. The accounts that configured layers go to are looked
// at, too, as far as their functions may be listed.
func (c *Client) Users(ctx context.Context, layers, configured []Layer, version string) []deploy.Outcome[*deploy.Users] {
	return c.destinations.Users(ctx, layers, configured, version, c.env())
}

// PlanAttach says what moving functions to a version of the layer would change. Nothing
// changes until the plan is executed.
func (c *Client) PlanAttach(ctx context.Context, l Layer, o functions.Options) (*functions.Plan, error) {
	return c.planFunctions(ctx, l, o, functions.PlanAttach)
}

// PlanAttachRollback says what undoing the last PlanAttach of each function would change.
func (c *Client) PlanAttachRollback(ctx context.Context, l Layer, o functions.Options) (*functions.Plan, error) {
	return c.planFunctions(ctx, l, o, functions.PlanRollback)
}

func (c *Client) planFunctions(ctx context.Context, l Layer, o functions.Options, plan func(context.Context, publish.Destination, functions.Options) (*functions.Plan, error)) (*functions.Plan, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	o.Layer = l.Name
	return plan(ctx, d, o)
}
