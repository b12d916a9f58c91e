package lamella

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// The ways in which Lambda keeps the content of a version.
const (
	// StorageCopy: Lambda copies the zip. The zero value of Layer.Storage means the same.
	StorageCopy = "copy"
	// StorageReference: Lambda refers to the zip in the layer's home, which has
	// to stay there for as long as the version.
	StorageReference = "reference"
)

// checkStorage refuses a way to keep content that there is not.
func (l *Layer) checkStorage() error {
	switch l.Storage {
	case "", StorageCopy, StorageReference:
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Op: "use", Subject: "storage", Err: fmt.Errorf("unknown way %q to store a layer", l.Storage),
		Hints: []string{"--storage " + StorageCopy, "--storage " + StorageReference}}
}

func (l *Layer) principals() []store.Principal {
	var with []store.Principal
	for _, p := range l.Share {
		with = append(with, store.Principal(p))
	}
	return with
}

// PlanShare compares who may use each version of the layer with l.Share. With
// revoke, what lamella granted to others is to be taken back. The plan's Execute
// carries it out.
func PlanShare(ctx context.Context, l Layer, revoke bool, env Env) (*versions.SharePlan, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return versions.PlanShare(ctx, d, l.Name, l.principals(), revoke)
}
