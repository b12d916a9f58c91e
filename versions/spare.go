package versions

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// spared is why versions are kept although no function of this account uses them: functions
// of other accounts do, the layer is held at them, or a function can go back to them, by a
// rollback or by the template of its stack.
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
			why[j.To] = "function " + j.Function + " is being moved to it"
		}
		if !j.RolledBack() {
			why[j.From] = "function " + j.Function + " can be rolled back to it"
		}
		for _, n := range j.Pinned {
			why[n] = fmt.Sprintf("the template of %s may name it for function %s", j.Manager, j.Function)
		}
	}
	return why, p.usedElsewhere(ctx, why)
}

// usedElsewhere adds the versions that functions of other accounts use.
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
				Details: []string{"nothing was deleted because it is unknown which versions are in use"}}
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

// targets are the newest KeepRollback versions that a rollback would change something to:
// those that differ in content from the latest and from each other.
func (p *PrunePlan) targets(ctx context.Context, d publish.Destination, versions []store.LayerVersion) (map[int64]bool, error) {
	kept, seen := map[int64]bool{}, map[string]bool{}
	for i, v := range versions {
		if p.options.KeepRollback == 0 || len(kept) == p.options.KeepRollback {
			break
		}
		full, err := d.Layers.Version(ctx, p.layer, v.Version)
		if err != nil {
			return nil, err
		}
		if sum := full.CodeSHA256; !seen[sum] {
			seen[sum] = true
			if i > 0 {
				kept[v.Version] = true
			}
		}
	}
	return kept, nil
}
