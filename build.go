package lamella

import (
	"context"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/doctor"
	"github.com/lamella-build/lamella/internal/export"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/resolve"
)

// Build resolves the lock file for the target, downloads wheels that are not cached, and
// writes the layer's zip to its Output. It records the zip's inputs in the cache for
// Upload and Publish. If the layer exceeds Lambda's limit of 262,144,000 bytes unzipped,
// Build returns an error and writes nothing.
func (c *Client) Build(ctx context.Context, l Layer) (*project.Zip, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	if err := p.CheckOutput(); err != nil {
		return nil, err
	}
	return p.Build(ctx)
}

// Unpack writes the layer's files into the folder dir instead of a zip: python/, and bin/
// if there are scripts. It replaces dir, atomically where the system supports it, but only
// if the folder is empty or was written by Unpack. The result describes the zip that Build
// would write, except that its Path is dir.
func (c *Client) Unpack(ctx context.Context, l Layer, dir string) (*project.Zip, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Unpack(ctx, dir)
}

// Package writes a layer's zip from the files in a folder.
func (c *Client) Package(ctx context.Context, o project.PackageOptions) (*project.Zip, error) {
	return project.Package(ctx, o, c.env())
}

// Resolve selects the exact wheels of the layer, without downloading them. It contacts an
// index only if the lock file does not list the files.
func (c *Client) Resolve(ctx context.Context, l Layer) (*resolve.Resolution, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.ResolveRelated(ctx)
}

// Vendor copies the wheels and source distributions of layers into a folder, so that they
// can be built without an index.
func (c *Client) Vendor(ctx context.Context, layers []Layer, dir string) (*project.Vendored, error) {
	return project.Vendor(ctx, layers, dir, c.env())
}

// Why explains, for each package in the lock file with the given name, what requires it and
// which of its files is selected. It also works if the layer cannot be built, unless the
// lock file does not cover the target.
func (c *Client) Why(ctx context.Context, l Layer, name string) (*resolve.Explained, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Why(ctx, name)
}

// Tree returns the layer's dependency tree. If distributions cannot be installed, it
// returns both the incomplete tree and an error.
func (c *Client) Tree(ctx context.Context, l Layer) (*resolve.DependencyTree, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Tree(ctx)
}

// Export returns a lock file with exactly the layer's wheels, for use by other tools.
func (c *Client) Export(ctx context.Context, l Layer, format export.Format) ([]byte, error) {
	return export.Export(ctx, l, format, c.env())
}

// Doctor checks everything needed to build and deploy layers: the lock files, this machine,
// the indexes, and the destinations with their permissions. It changes nothing but the
// cache. The reports are in the order of layers.
func (c *Client) Doctor(ctx context.Context, layers []Layer) []deploy.Outcome[*doctor.Report] {
	return doctor.Examine(ctx, layers, c.env(), &c.destinations)
}
