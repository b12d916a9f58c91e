package lamella

import (
	"context"
	"strings"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/versions"
)

// Check makes the layer as Build does, and says whether it would work in Lambda. It
// writes no zip. The modules of the layer are imported, which runs their code, if this
// machine has an interpreter for the target, unless o says otherwise.
func (c *Client) Check(ctx context.Context, l Layer, o project.CheckOptions) (*check.Report, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Check(ctx, o)
}

// CheckZip is Check of a zip, made by any program, for the target of l.
func (c *Client) CheckZip(ctx context.Context, l Layer, path string, o project.CheckOptions) (*check.Report, error) {
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	return project.CheckZip(ctx, path, t, l.Exclude, o, c.env())
}

// CheckVersion is Check of a published version, for the target that it was built for,
// or that of l if that is not recorded.
func (c *Client) CheckVersion(ctx context.Context, l Layer, version string, o project.CheckOptions) (*check.Report, error) {
	zip, err := c.fetch(ctx, &l, version)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	return project.CheckZip(ctx, zip.Path, t, l.Exclude, o, c.env())
}

// Imports makes the layer as Build does, and measures what imports from it take. It
// writes no zip, and runs the code of the layer.
func (c *Client) Imports(ctx context.Context, l Layer, o project.ImportsOptions) (*imports.Profile, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Imports(ctx, o)
}

// ImportsOfZip is Imports of a zip, made by any program, for the target of l.
func (c *Client) ImportsOfZip(ctx context.Context, l Layer, path string, o project.ImportsOptions) (*imports.Profile, error) {
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	return project.ImportsOfZip(ctx, path, t, o, c.env())
}

// ImportsOfVersion is Imports of a published version, for the target that it was built
// for, or that of l if that is not recorded.
func (c *Client) ImportsOfVersion(ctx context.Context, l Layer, version string, o project.ImportsOptions) (*imports.Profile, error) {
	zip, err := c.fetch(ctx, &l, version)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	return c.ImportsOfZip(ctx, l, zip.Path, o)
}

// fetch downloads the zip of a published version, and gives l the target and the
// excludes that it was built with, if they are recorded.
func (c *Client) fetch(ctx context.Context, l *Layer, version string) (*versions.Fetched, error) {
	d, err := deploy.Open(ctx, *l, c.env())
	if err != nil {
		return nil, err
	}
	zip, err := versions.Fetch(ctx, d, l.Name, version)
	if err != nil {
		return nil, err
	}
	if runtime, architecture, recorded := strings.Cut(zip.Target, "/"); recorded {
		l.Runtime, l.Architecture = runtime, architecture
		l.Exclude = zip.Options["exclude"]
	}
	return zip, nil
}
