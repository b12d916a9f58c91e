package lamella

import (
	"context"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/publish"
)

// Upload sends the zip that [Client.Build] wrote to <To>/layer/zip/<sha256>.zip, unless
// it is there already. A zip that was made from another lock file, for another target
// or with other options is refused.
func (c *Client) Upload(ctx context.Context, l Layer) (*deploy.Uploaded, error) {
	return deploy.Upload(ctx, l, c.env())
}

// Stage sends the zip that [Client.Build] wrote to <To>/layer/layer.zip, where the Python
// package aws_lambda_artifact_builder and its successor look for a zip to publish.
func (c *Client) Stage(ctx context.Context, l Layer) (*deploy.Uploaded, error) {
	return deploy.Stage(ctx, l, c.env())
}

// Publish publishes the zip that was uploaded before as a layer version, if anything
// changed since the latest version.
func (c *Client) Publish(ctx context.Context, l Layer) (*publish.Result, error) {
	return deploy.Publish(ctx, l, c.env())
}

// PublishZip publishes a layer that another program made, a zip or a folder, if its
// files differ from those of the latest version: see [deploy.PublishZip].
func (c *Client) PublishZip(ctx context.Context, l Layer, path string) (*publish.Result, error) {
	return deploy.PublishZip(ctx, l, path, c.env())
}

// Deploy builds, uploads and publishes, skipping whatever is up to date. If nothing
// changed since the latest version, it asks the destination three questions and builds
// nothing.
func (c *Client) Deploy(ctx context.Context, l Layer) (*publish.Result, error) {
	outcome := deploy.All(ctx, []Layer{l}, c.env())[0]
	return outcome.Result, outcome.Err
}

// DeployAll deploys many layers at once, to several targets, regions and accounts. A
// failure does not stop the others, and a repeated call does only what is left. The
// outcomes are in the order of layers.
func (c *Client) DeployAll(ctx context.Context, layers []Layer) []deploy.Deployed {
	return deploy.All(ctx, layers, c.env())
}

// Plan says what [Client.Deploy] would do and why. It changes nothing at the
// destination and writes no zip; wheels that it fetches stay in the cache. Where
// distributions cannot be installed, it returns what is known of the plan, and the
// error as well.
func (c *Client) Plan(ctx context.Context, l Layer) (*deploy.Plan, error) {
	plan := deploy.PlanAll(ctx, []Layer{l}, c.env())[0]
	return plan.Plan, plan.Err
}

// PlanAll says what [Client.DeployAll] would do, in the order of layers.
func (c *Client) PlanAll(ctx context.Context, layers []Layer) []deploy.Planned {
	return deploy.PlanAll(ctx, layers, c.env())
}

// NewPlanFile returns plans as a plan file, for [Client.Apply]. The error is that of a
// plan that failed.
func (c *Client) NewPlanFile(plans []deploy.Planned) (*deploy.PlanFile, error) {
	return deploy.NewPlanFile(plans, c.env())
}

// ReadPlanFile reads a plan file. The error is a fault.Error of Kind Usage for a file
// that is not a plan, was edited, or was made by another version of lamella.
func (c *Client) ReadPlanFile(path string) (*deploy.PlanFile, error) {
	return deploy.ReadPlan(path, c.env())
}

// Apply does exactly what a plan file says, or nothing at all: see [deploy.Apply].
func (c *Client) Apply(ctx context.Context, plan *deploy.PlanFile) ([]deploy.Deployed, error) {
	return deploy.Apply(ctx, plan, c.env())
}
