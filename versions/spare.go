package versions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// retained returns why versions are kept whoever uses them, keyed by version: because of
// their position among versions, which are all current versions, newest first, or because of
// what [PrunePlan.spared] finds now. It is called for the plan and again before each
// deletion.
func (p *PrunePlan) retained(ctx context.Context, d publish.Destination, versions []store.LayerVersion) (map[int64]string, error) {
	why, err := p.spared(ctx, d)
	if err != nil {
		return nil, err
	}
	targets, err := p.targets(ctx, d, versions)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		if reason := cmp.Or(p.options.spares(i, v), why[v.Version]); reason != "" {
			why[v.Version] = reason
		} else if targets[v.Version] {
			why[v.Version] = "for a rollback"
		}
	}
	return why, nil
}

// spares returns why the options keep v, the i-th newest version (counted from 0), or "".
func (o PruneOptions) spares(i int, v store.LayerVersion) string {
	switch {
	case i == 0:
		return "the latest"
	case i < o.Keep:
		return fmt.Sprintf("one of the newest %d", o.Keep)
	case o.OlderThan > 0 && v.Created.IsZero():
		return "of unknown age"
	case o.OlderThan > 0 && o.now().Sub(v.Created) < o.OlderThan:
		return "too recent"
	}
	return ""
}

// spared returns why versions are kept even if no function in this account uses them:
// functions in other accounts use them, the layer is held at them, or a function can go back
// to them, through a rollback or the template of its stack.
func (p *PrunePlan) spared(ctx context.Context, d publish.Destination) (map[int64]string, error) {
	why := map[int64]string{}
	hold, err := publish.Held(ctx, d, p.layer)
	if err != nil {
		return nil, err
	}
	if hold != nil {
		why[hold.Version] = "the layer is held at this version"
	}
	journals, err := functions.Journals(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, j := range journals {
		if !j.Done {
			why[j.To] = "lamella is moving function " + j.Function + " to it"
		}
		if !j.RolledBack() {
			why[j.From] = "function " + j.Function + " can be rolled back to it"
		}
		for _, n := range j.Pinned {
			why[n] = fmt.Sprintf("the template of %s may use it for function %s", j.Manager, j.Function)
		}
	}
	return why, p.usedElsewhere(ctx, why)
}

// usedElsewhere adds the versions that functions in other accounts use.
func (p *PrunePlan) usedElsewhere(ctx context.Context, why map[int64]string) error {
	layer, _ := store.ParseARN(p.arn) // placeOf has parsed it
	for _, account := range slices.Sorted(maps.Keys(p.options.Accounts)) {
		inventory, err := p.inventoryOf(ctx, account, layer.Region)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return &fault.Error{Kind: fault.Destination, Subject: string(account), Err: err,
				Message: "cannot list the functions of account " + string(account),
				Details: []string{"lamella deletes versions only if it can tell which ones are in use"}}
		}
		for _, u := range inventory.Users(layer) {
			why[u.Layer] = "used by " + u.String() + " in account " + string(account)
		}
	}
	return nil
}

// inventoryOf lists the functions of another account.
func (p *PrunePlan) inventoryOf(ctx context.Context, account store.Principal, region string) (*functions.Inventory, error) {
	reader := p.options.Accounts[account]
	if p.inventories == nil {
		return functions.Read(ctx, reader)
	}
	return p.inventories.Read(ctx, functions.Place{Account: string(account), Region: region}, reader)
}

// targets returns the newest KeepRollback versions to which a rollback would make a
// difference: their content differs from that of the latest version and from each other's.
func (p *PrunePlan) targets(ctx context.Context, d publish.Destination, versions []store.LayerVersion) (map[int64]bool, error) {
	kept, seen := map[int64]bool{}, map[string]bool{}
	for i, v := range versions {
		if p.options.KeepRollback == 0 || len(kept) == p.options.KeepRollback {
			break
		}
		sum, err := p.content(ctx, d, v.Version)
		if errors.Is(err, store.ErrNotExist) {
			continue // deleted, although still listed
		}
		if err != nil {
			return nil, err
		}
		if !seen[sum] {
			seen[sum] = true
			if i > 0 {
				kept[v.Version] = true
			}
		}
	}
	return kept, nil
}

// content returns the digest of a version's zip.
func (p *PrunePlan) content(ctx context.Context, d publish.Destination, version int64) (string, error) {
	if sum, known := p.contents[version]; known {
		return sum, nil
	}
	v, err := d.Layers.Version(ctx, p.layer, version)
	if err != nil {
		return "", err
	}
	p.contents[version] = v.CodeSHA256
	return v.CodeSHA256, nil
}
