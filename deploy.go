package lamella

import (
	"context"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/publish"
)

// Upload uploads the zip that [Client.Build] wrote to <To>/layer/zip/<sha256>.zip, unless
// it already exists. It returns an error if the zip was built from a different lock file,
// for a different target, or with different options.
func (c *Client) Upload(ctx context.Context, l Layer) (*deploy.Uploaded, error) {
	return deploy.Upload(ctx, l, c.env())
}

// Stage uploads the zip that [Client.Build] wrote to <To>/layer/layer.zip, from where the
// Python package aws_lambda_artifact_builder and its successor publish it.
func (c *Client) Stage(ctx context.Context, l Layer) (*deploy.Uploaded, error) {
	return deploy.Stage(ctx, l, c.env())
}

// Publish publishes the uploaded zip as a layer version if anything has changed since the
// latest version.
func (c *Client) Publish(ctx context.Context, l Layer) (*publish.Result, error) {
	return deploy.Publish(ctx, l, c.env())
}

// PublishZip publishes a zip or folder made by another program if its files differ from
// those of the latest version. See [deploy.PublishZip].
func (c *Client) PublishZip(ctx context.Context, l Layer, path string) (*publish.Result, error) {
	return deploy.PublishZip(ctx, l, path, c.env())
}

// Deploy builds, uploads, and publishes the layer, and skips steps that are up to date. If
// nothing has changed since the latest version, it sends three requests to the destination
// and builds nothing.
func (c *Client) Deploy(ctx context.Context, l Layer) (*publish.Result, error) {
	outcome := deploy.All(ctx, []Layer{l}, c.env())[0]
	return outcome.Result, outcome.Err
}

// DeployAll deploys layers in parallel, to any number of targets, regions, and accounts. A
// failure does not stop the others; call DeployAll again to finish. The outcomes are in the
// order of layers.
func (c *Client) DeployAll(ctx context.Context, layers []Layer) []deploy.Deployed {
	return deploy.All(ctx, layers, c.env())
}

// Plan reports what [Client.Deploy] would do, and why. It does not change the destination
// or write a zip, but may download wheels into the cache. If distributions cannot be
// installed, it returns both an incomplete plan and an error.
func (c *Client) Plan(ctx context.Context, l Layer) (*deploy.Plan, error) {
	plan := deploy.PlanAll(ctx, []Layer{l}, c.env())[0]
	return plan.Plan, plan.Err
}

// PlanAll reports what [Client.DeployAll] would do, in the order of layers.
func (c *Client) PlanAll(ctx context.Context, layers []Layer) []deploy.Planned {
	return deploy.PlanAll(ctx, layers, c.env())
}

// NewPlanFile converts plans to a plan file, for [Client.Apply]. If a plan failed, it
// returns the error of that plan.
func (c *Client) NewPlanFile(plans []deploy.Planned) (*deploy.PlanFile, error) {
	return deploy.NewPlanFile(plans, c.env())
}

// ReadPlanFile reads a plan file. It returns a fault.Error of Kind Usage if the file is not
// a plan, was edited, or was written by a different version of lamella.
func (c *Client) ReadPlanFile(path string) (*deploy.PlanFile, error) {
	return deploy.ReadPlan(path, c.env())
}

// Apply carries out a plan file exactly, or does nothing. See [deploy.Apply].
func (c *Client) Apply(ctx context.Context, plan *deploy.PlanFile) ([]deploy.Deployed, error) {
	return deploy.Apply(ctx, plan, c.env())
}
