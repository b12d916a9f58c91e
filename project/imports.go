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

// ImportsOptions say what imports are measured. Modules is required.
type ImportsOptions struct {
	Modules []string      // to import, in order, as an import statement names them
	Python  []string      // the command that imports them; nil searches this machine for one
	Timeout time.Duration // for each run; 0 is probe.DefaultTimeout
}

// Imports makes the layer as Build does, and measures what imports from it take. It
// writes no zip, and runs the code of the layer. The error is one of making the layer,
// of the modules, or of a machine that has no interpreter for the target.
func (p *Project) Imports(ctx context.Context, o ImportsOptions) (*imports.Profile, error) {
	var profile *imports.Profile
	_, err := p.make(ctx, func(tree *builder.Tree) (s layerzip.Summary, err error) {
		profile, err = measureImports(ctx, check.Layer{Entries: tree.Entries}, p.Target, o, p.env)
		return s, err
	})
	return profile, err
}

// ImportsOfZip measures what imports from a layer's zip take, on t.
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
		return nil, &fault.Error{Kind: fault.Machine, Subject: t.String(), Message: "nothing can be imported here: " + skipped}
	}
	return imports.Measure(ctx, l, t, it, o.Modules, imports.Options{Probe: probe.Options{Timeout: o.Timeout, Events: env.Events}})
}
