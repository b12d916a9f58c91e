package lamella

import (
	"context"

	"github.com/lamella-build/lamella/versions"
)

// PlanPrune finds the versions that may go and that no function uses. It changes
// nothing; the plan's Execute does. Only l's Name and where it goes matter.
func PlanPrune(ctx context.Context, l Layer, o versions.PruneOptions, env Env) (*versions.PrunePlan, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return versions.PlanPrune(ctx, d, l.Name, o)
}
