package versions

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// SharePlan says who may use the versions of a layer, and which changes are planned.
type SharePlan struct {
	Versions []ShareVersion // newest first

	place
	want []store.Principal
}

// ShareVersion is a version, with the principals that may use it besides its account.
type ShareVersion struct {
	Version int64             `json:"version"` // version number
	ARN     string            `json:"arn"`     // ARN of the version
	Share   []store.Grant     `json:"share"`   // current statements of the policy
	Grant   []store.Principal `json:"grant"`   // principals to add
	Revoke  []store.Grant     `json:"revoke"`  // statements to remove
}

// PlanShare compares the principals that may use each version with want. If any statement
// already permits a principal, the plan does not grant it again. With revoke, it plans to
// remove the statements that lamella added for other principals, but never those of other
// tools.
func PlanShare(ctx context.Context, d publish.Destination, layer string, want []store.Principal, revoke bool) (*SharePlan, error) {
	for _, p := range want {
		if _, err := store.ParsePrincipal(string(p)); err != nil {
			return nil, err
		}
	}
	if err := store.Check(store.Publication{Name: layer}); err != nil {
		return nil, err
	}
	versions, err := d.Versions(ctx, layer)
	if err != nil {
		return nil, err
	}
	where, err := placeOf(d, layer, versions)
	if err != nil {
		return nil, err
	}
	plan := &SharePlan{Versions: make([]ShareVersion, len(versions)), place: where, want: want}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for i, v := range versions {
		group.Go(func() error {
			grants, err := d.Layers.Grants(groupCtx, layer, v.Version)
			if err != nil && !errors.Is(err, store.ErrNotExist) { // deleted in the meantime
				return err
			}
			plan.Versions[i] = planShare(v, grants, want, revoke)
			return nil
		})
	}
	return plan, group.Wait()
}

func planShare(v store.LayerVersion, grants []store.Grant, want []store.Principal, revoke bool) ShareVersion {
	s := ShareVersion{Version: v.Version, ARN: v.ARN, Share: append([]store.Grant{}, grants...), Grant: []store.Principal{}, Revoke: []store.Grant{}}
	for _, p := range want {
		if !slices.ContainsFunc(grants, func(g store.Grant) bool { return g.Principal == p }) && !slices.Contains(s.Grant, p) {
			s.Grant = append(s.Grant, p)
		}
	}
	for _, g := range grants {
		if revoke && g.Ours() && !slices.Contains(want, g.Principal) {
			s.Revoke = append(s.Revoke, g)
		}
	}
	return s
}

// Changes returns the number of statements that the plan adds and removes.
func (p *SharePlan) Changes() (added, removed int) {
	for _, v := range p.Versions {
		added += len(v.Grant)
		removed += len(v.Revoke)
	}
	return added, removed
}

// Execute carries out the plan under the layer's lease, newest version first, and updates
// the records. If the destination is no longer the one that the plan was made for, it
// changes nothing.
func (p *SharePlan) Execute(ctx context.Context) error {
	d := p.destination
	if added, removed := p.Changes(); added+removed == 0 {
		return nil
	}
	if err := p.check(ctx); err != nil {
		return err
	}
	return publish.Exclusively(ctx, d, p.layer, func(*publish.Lease) error { return shareAll(ctx, d, p) })
}

func shareAll(ctx context.Context, d publish.Destination, p *SharePlan) error {
	for _, v := range p.Versions {
		if len(v.Grant)+len(v.Revoke) == 0 {
			continue
		}
		if err := share(ctx, d, p, v); err != nil {
			if errors.Is(err, store.ErrNotExist) {
				continue // deleted in the meantime
			}
			return &fault.Error{Kind: fault.KindOf(err), Subject: v.ARN, Err: err,
				Message: fmt.Sprintf("cannot change who may use version %d", v.Version), Hints: []string{"then run the same command again to complete it"}}
		}
	}
	return nil
}

func share(ctx context.Context, d publish.Destination, p *SharePlan, v ShareVersion) error {
	for _, principal := range v.Grant {
		err := d.Layers.Grant(ctx, p.layer, v.Version, principal.Grant())
		if err != nil && !errors.Is(err, store.ErrExist) {
			return err
		}
	}
	for _, g := range v.Revoke {
		if err := d.Layers.Revoke(ctx, p.layer, v.Version, g.ID); err != nil {
			return err
		}
	}
	var revoked []store.Principal
	for _, g := range v.Revoke {
		revoked = append(revoked, g.Principal)
	}
	return d.RecordShare(ctx, p.layer, v.ARN, v.Version, v.Grant, revoked)
}
