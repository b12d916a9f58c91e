package lamella

import (
	"context"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/doctor"
	"github.com/lamella-build/lamella/internal/export"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/resolve"
)

// Build resolves the lock file for the target, fetches what the cache lacks and writes
// the layer's zip to the layer's Output. What the zip was made of is noted in the
// cache, for Upload and Publish. A layer over 262,144,000 bytes unzipped is refused
// before anything is written.
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

// Unpack writes what Build would put into the zip below the folder dir: python/, and
// bin/ if there are scripts. It replaces a folder that it wrote before or an empty one,
// in one step where the system can, and no other. The result describes the zip that
// Build would write; its Path is dir.
func (c *Client) Unpack(ctx context.Context, l Layer, dir string) (*project.Zip, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Unpack(ctx, dir)
}

// Package writes the zip of a layer made of any folder.
func (c *Client) Package(ctx context.Context, o project.PackageOptions) (*project.Zip, error) {
	return project.Package(ctx, o, c.env())
}

// Resolve chooses the exact wheels of the layer. It fetches none, and asks an index
// only where the lock names no files.
func (c *Client) Resolve(ctx context.Context, l Layer) (*resolve.Resolution, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.ResolveRelated(ctx)
}

// Vendor puts the wheels and source distributions of layers into a folder, from which they
// can be built without an index.
func (c *Client) Vendor(ctx context.Context, layers []Layer, dir string) (*project.Vendored, error) {
	return project.Vendor(ctx, layers, dir, c.env())
}

// Why explains, for every package of the lock that has that name, what requires it and
// which of its files is chosen. A layer that cannot be built can still be explained,
// unless the lock does not cover the target.
func (c *Client) Why(ctx context.Context, l Layer, name string) (*resolve.Explained, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Why(ctx, name)
}

// Tree returns the dependency tree of the layer. Where distributions cannot be
// installed, it returns the tree with its gaps, and the error as well.
func (c *Client) Tree(ctx context.Context, l Layer) (*resolve.DependencyTree, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Tree(ctx)
}

// Export returns a lock file of exactly the layer's wheels for other tools.
func (c *Client) Export(ctx context.Context, l Layer, format export.Format) ([]byte, error) {
	return export.Export(ctx, l, format, c.env())
}

// Doctor checks what building and deploying the layers needs: the lock files, this
// machine, the indexes, and the destinations with the permissions there. It changes
// nothing but the cache. What is missing is in the reports, in the order of layers.
func (c *Client) Doctor(ctx context.Context, layers []Layer) []deploy.Outcome[*doctor.Report] {
	return doctor.Examine(ctx, layers, c.env(), &c.destinations)
}
