package lamella

import (
	"context"

	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/versions"
)

// History lists the layer's published versions, newest first.
func (c *Client) History(ctx context.Context, l Layer) ([]publish.HistoryItem, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return publish.History(ctx, d, l.Name)
}

// Show returns everything known about a version of the layer. version is its number or
// ARN, or "" for the latest.
func (c *Client) Show(ctx context.Context, l Layer, version string) (*versions.Shown, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return versions.Show(ctx, d, l.Name, version)
}

// Diff compares two versions of the layer. If new is "", it compares old with the current
// state of the project. For a version published by another tool, Diff resolves the stored
// lock file with the options of l.
func (c *Client) Diff(ctx context.Context, l Layer, old, new string) (*versions.Difference, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	rebuilder, err := versions.NewRebuilder(l, c.env())
	if err != nil {
		return nil, err
	}
	defer rebuilder.Close()
	before, err := versions.Published(ctx, d, l.Name, old, rebuilder.Resolve)
	if err != nil {
		return nil, err
	}
	after, err := c.after(ctx, d, l, new, rebuilder)
	if err != nil {
		return nil, err
	}
	difference := versions.Compare(before, after)
	return &difference, nil
}

// after returns the newer side of a comparison: the version, or the current state of the
// project if version is "".
func (c *Client) after(ctx context.Context, d publish.Destination, l Layer, version string, r *versions.Rebuilder) (versions.Side, error) {
	if version != "" {
		return versions.Published(ctx, d, l.Name, version, r.Resolve)
	}
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return versions.Side{}, err
	}
	return versions.ProjectSide(ctx, p)
}

// Verify rebuilds a version's zip from the stored lock file and compares it with Lambda's.
// With download, it downloads and hashes Lambda's zip; otherwise it relies on the digest
// that Lambda reports. The error names the first entry that differs.
func (c *Client) Verify(ctx context.Context, l Layer, version string, download bool) (*versions.Verified, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	rebuilder, err := versions.NewRebuilder(l, c.env())
	if err != nil {
		return nil, err
	}
	defer rebuilder.Close()
	return versions.Verify(ctx, d, l.Name, version, versions.VerifyOptions{Download: download, Rebuild: rebuilder.Rebuild})
}

// Rollback publishes the exact bytes of an older version as a new version. It takes them
// from S3 or from Lambda, or rebuilds them from the stored lock file. If the latest version
// already has this content, nothing is published.
func (c *Client) Rollback(ctx context.Context, l Layer, version string) (*publish.Result, error) {
	if err := project.CheckStorage(&l); err != nil {
		return nil, err
	}
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	rebuilder, err := versions.NewRebuilder(l, c.env())
	if err != nil {
		return nil, err
	}
	defer rebuilder.Close()
	return versions.Rollback(ctx, d, l.Name, version, versions.RollbackOptions{
		Share: l.Principals(), Reference: l.Storage == spec.StorageReference, Rebuild: rebuilder.Rebuild})
}

// PlanShare compares the permissions of each version with the layer's Share. With revoke,
// the plan also revokes permissions that lamella granted to anyone else. Nothing changes
// until you execute the plan.
func (c *Client) PlanShare(ctx context.Context, l Layer, revoke bool) (*versions.SharePlan, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return versions.PlanShare(ctx, d, l.Name, l.Principals(), revoke)
}

// PlanPrune finds versions that o does not keep and no function uses. Nothing changes until
// you execute the plan.
func (c *Client) PlanPrune(ctx context.Context, l Layer, o versions.PruneOptions) (*versions.PrunePlan, error) {
	d, err := c.destinations.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return versions.PlanPrune(ctx, d, l.Name, o)
}
