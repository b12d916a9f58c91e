package versions

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Previous selects, for a rollback, the newest version whose content differs from that of
// the latest.
const Previous = "previous"

// RollbackPlan is what a rollback would do.
type RollbackPlan struct {
	Version int64 `json:"version"` // number of the version to restore
	Latest  int64 `json:"latest"`  // number of the latest version
	Same    bool  `json:"same"`    // whether the latest version already has this content, so that nothing is published
}

// PlanRollback finds the version to restore. which is its number, its ARN, or [Previous].
func PlanRollback(ctx context.Context, d publish.Destination, layer, which string) (*RollbackPlan, error) {
	find := which
	if which == Previous {
		find = ""
	}
	v, all, err := d.Find(ctx, layer, find)
	if err != nil {
		return nil, err
	}
	latest, err := d.Layers.Version(ctx, layer, all[0].Version)
	if err != nil {
		return nil, err
	}
	if which == Previous {
		if v, err = previous(ctx, d, layer, latest, all); err != nil {
			return nil, err
		}
	}
	return &RollbackPlan{Version: v.Version, Latest: latest.Version, Same: v.CodeSHA256 == latest.CodeSHA256}, nil
}

func previous(ctx context.Context, d publish.Destination, layer string, latest store.LayerVersion, all []store.LayerVersion) (store.LayerVersion, error) {
	for _, older := range all[1:] {
		v, err := d.Layers.Version(ctx, layer, older.Version)
		if err != nil || v.CodeSHA256 != latest.CodeSHA256 {
			return v, err
		}
	}
	return store.LayerVersion{}, &fault.Error{Kind: fault.Usage, Subject: layer, Sentinel: store.ErrNotExist,
		Message: fmt.Sprintf("layer %s has no version whose content differs from version %d", layer, latest.Version), Hints: []string{"list the versions: lamella history --layer " + layer}}
}
