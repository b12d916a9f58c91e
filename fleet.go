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

// Status returns the state of layers at their destinations, in the order of layers: the
// latest version, the functions that use it, and whether it matches the lock file.
func (c *Client) Status(ctx context.Context, layers []Layer) []deploy.Outcome[*deploy.Status] {
	return c.destinations.Status(ctx, layers, c.env())
}

// Everything returns layers, followed by all other layers in the same accounts and regions.
// Use it with [Client.Status].
func (c *Client) Everything(ctx context.Context, layers []Layer) ([]Layer, error) {
	return c.destinations.Everything(ctx, layers, c.env())
}

// Account returns the 12-digit ID of the AWS account that the layer is published in.
func (c *Client) Account(ctx context.Context, l Layer) (string, error) {
	return c.destinations.Account(ctx, l, c.env())
}

// VerifyAll is like Verify, but verifies several layers. The outcomes are in the order of
// layers. A layer that several destinations share is built only once.
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

// rebuilds rebuilds the zips of published versions one at a time, and each only once for
// all destinations with the same lock file, options, and distributions.
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

// PlanPruneAll is like PlanPrune, but plans for several layers. The outcomes are in the
// order of layers. It lists the functions of each account and region once, including the
// accounts of the configured layers if the credentials allow it.
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

// PlanRollback reports which version of the layer [Client.Rollback] would restore: the
// version with this number or ARN, or, for [versions.Previous], the newest version whose
// content differs from the latest.
func (c *Client) PlanRollback(ctx context.Context, l Layer, version string) (*versions.RollbackPlan, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return versions.PlanRollback(ctx, d, l.Name, version)
}

// Hold prevents new versions of the layer from being published until [Client.Release].
func (c *Client) Hold(ctx context.Context, l Layer, reason string) (*publish.Hold, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return publish.HoldLayer(ctx, d, l.Name, reason, time.Now())
}

// Release removes the hold on a layer. It returns the removed hold, or nil if there was
// none.
func (c *Client) Release(ctx context.Context, l Layer) (*publish.Hold, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return publish.Release(ctx, d, l.Name)
}

// Users returns the function versions that use the layers, in the order of layers. If
// version, a number or an ARN, is not "", it returns only those that use this version. It
// also searches the accounts of the configured layers if the credentials allow it.
func (c *Client) Users(ctx context.Context, layers, configured []Layer, version string) []deploy.Outcome[*deploy.Users] {
	return c.destinations.Users(ctx, layers, configured, version, c.env())
}

// PlanAttach plans to move functions to a version of the layer. Nothing changes until you
// execute the plan.
func (c *Client) PlanAttach(ctx context.Context, l Layer, o functions.Options) (*functions.Plan, error) {
	return c.planFunctions(ctx, l, o, functions.PlanAttach)
}

// PlanAttachRollback plans to undo the last attach of each function.
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
