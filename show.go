package lamella

import (
	"context"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/versions"
)

// Show tells what is known of one version of the layer: its number, its ARN, or
// "" for the latest. Only l's Name and where it goes matter.
func Show(ctx context.Context, l Layer, version string, env Env) (*versions.Shown, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return versions.Show(ctx, d, l.Name, version)
}

// Diff tells what differs between two versions of the layer, or, with new "",
// between a version and the project as it is now. Of a version that another tool
// published, the manifest is resolved with the options of l.
func Diff(ctx context.Context, l Layer, old, new string, env Env) (*versions.Difference, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	resolve := func(ctx context.Context, m publish.Manifest) (versions.Side, error) {
		return resolveManifest(ctx, l, m, env)
	}
	before, err := versions.Published(ctx, d, l.Name, old, resolve)
	if err != nil {
		return nil, err
	}
	var after versions.Side
	if new == "" {
		after, err = projectSide(ctx, l, env)
	} else {
		after, err = versions.Published(ctx, d, l.Name, new, resolve)
	}
	if err != nil {
		return nil, err
	}
	difference := versions.Compare(before, after)
	return &difference, nil
}

// projectSide is the project as it is now.
func projectSide(ctx context.Context, l Layer, env Env) (versions.Side, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return versions.Side{}, err
	}
	return w.side(ctx)
}

func (w *work) side(ctx context.Context) (versions.Side, error) {
	r, err := w.resolve(ctx)
	if err != nil {
		return versions.Side{}, err
	}
	resolved := publish.Resolved{Inputs: w.inputs(r), Packages: packages(r, nil)}
	identity := w.identity()
	return versions.Side{Name: w.manifest.Name, Target: identity.Target, Options: identity.Options,
		Inputs: resolved.Inputs, Packages: resolved.Packages}, nil
}
