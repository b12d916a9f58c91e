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

// Check reports whether the layer would work in Lambda, without writing a zip. If this
// machine has an interpreter for the target, Check imports the layer's modules, which runs
// their code; use o to prevent that.
func (c *Client) Check(ctx context.Context, l Layer, o project.CheckOptions) (*check.Report, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Check(ctx, o)
}

// CheckZip is like Check, but checks an existing zip, made by any program, for the target
// of l.
func (c *Client) CheckZip(ctx context.Context, l Layer, path string, o project.CheckOptions) (*check.Report, error) {
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	return project.CheckZip(ctx, path, t, l.Exclude, o, c.env())
}

// CheckVersion is like Check, but checks a published version. It uses the target that the
// version was built for, or the target of l if none is recorded.
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

// Imports measures how long imports from the layer take, without writing a zip. It runs
// the layer's code.
func (c *Client) Imports(ctx context.Context, l Layer, o project.ImportsOptions) (*imports.Profile, error) {
	p, err := project.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	return p.Imports(ctx, o)
}

// ImportsOfZip is like Imports, but measures an existing zip, made by any program, for the
// target of l.
func (c *Client) ImportsOfZip(ctx context.Context, l Layer, path string, o project.ImportsOptions) (*imports.Profile, error) {
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	return project.ImportsOfZip(ctx, path, t, o, c.env())
}

// ImportsOfVersion is like Imports, but measures a published version. It uses the target
// that the version was built for, or the target of l if none is recorded.
func (c *Client) ImportsOfVersion(ctx context.Context, l Layer, version string, o project.ImportsOptions) (*imports.Profile, error) {
	zip, err := c.fetch(ctx, &l, version)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	return c.ImportsOfZip(ctx, l, zip.Path, o)
}

// fetch downloads the zip of a published version. If the target and excludes that the
// version was built with are recorded, fetch copies them to l.
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
