package lamella

import (
	"context"
	"strings"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/target"
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
	d, err := deploy.Open(ctx, l, c.env())
	if err != nil {
		return nil, err
	}
	zip, err := versions.Fetch(ctx, d, l.Name, version)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	excluded := l.Exclude
	runtime, architecture, recorded := strings.Cut(zip.Target, "/")
	if recorded {
		l.Runtime, l.Architecture = runtime, architecture
		excluded = zip.Options["exclude"]
	}
	var t target.Target
	if t, err = l.ParseTarget(); err != nil {
		return nil, err
	}
	return project.CheckZip(ctx, zip.Path, t, excluded, o, c.env())
}
