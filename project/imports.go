package project

import (
	"context"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// ImportsOptions configures a measurement of imports. Modules is required.
type ImportsOptions struct {
	Modules []string      // modules to import, in order
	Python  []string      // command that imports the modules; default: an interpreter found on this machine
	Timeout time.Duration // for each run; default: probe.DefaultTimeout
}

// Imports measures how long imports from the layer take, without writing a zip. It runs the
// layer's code. It returns an error if the layer cannot be built, a module cannot be
// imported, or this machine has no interpreter for the target.
func (p *Project) Imports(ctx context.Context, o ImportsOptions) (*imports.Profile, error) {
	var profile *imports.Profile
	_, err := p.make(ctx, func(tree *builder.Tree) (s layerzip.Summary, err error) {
		profile, err = measureImports(ctx, check.Layer{Entries: tree.Entries}, p.Target, o, p.env)
		return s, err
	})
	return profile, err
}

// ImportsOfZip measures how long imports from a layer's zip take, for t.
func ImportsOfZip(ctx context.Context, path string, t target.Target, o ImportsOptions, env spec.Env) (*imports.Profile, error) {
	zip, err := check.OpenZip(path)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	return measureImports(ctx, zip.Layer, t, o, env)
}

func measureImports(ctx context.Context, l check.Layer, t target.Target, o ImportsOptions, env spec.Env) (*imports.Profile, error) {
	facts, err := openCache(env)
	if err != nil {
		return nil, err
	}
	it, skipped, err := interpreter(ctx, t, CheckOptions{Python: o.Python}, facts, env)
	if err != nil {
		return nil, err
	}
	if skipped != "" {
		return nil, &fault.Error{Kind: fault.Machine, Subject: t.String(), Message: "cannot import modules on this machine: " + skipped}
	}
	return imports.Measure(ctx, l, t, it, o.Modules, imports.Options{Probe: probe.Options{Timeout: o.Timeout, Events: env.Events}})
}
