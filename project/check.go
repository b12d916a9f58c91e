package project

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// CheckOptions configures a check. With the zero value, every top-level module is imported
// if this machine has a suitable CPython.
type CheckOptions struct {
	Static  bool          // do not import anything
	Python  []string      // command that imports the modules; default: an interpreter found on this machine
	Modules []string      // additional modules to import
	Timeout time.Duration // for each module; default: probe.DefaultTimeout
}

// Check reports whether the layer would work in Lambda, without writing a zip. The report
// contains the problems of the layer. The error is about building the layer or about this
// machine.
func (p *Project) Check(ctx context.Context, o CheckOptions) (*check.Report, error) {
	var report *check.Report
	_, err := p.make(ctx, func(tree *builder.Tree) (s layerzip.Summary, err error) {
		report, err = p.checkTree(ctx, tree, o)
		return s, err
	})
	return report, err
}

// checked returns a writeFunc that checks the tree before it is written. If the layer would
// not work, the error is a fault.Error of Kind Layer.
func (p *Project) checked(ctx context.Context, write writeFunc) writeFunc {
	if !p.Layer.Check || p.rebuilding {
		return write
	}
	return func(tree *builder.Tree) (layerzip.Summary, error) {
		report, err := p.checkTree(ctx, tree, CheckOptions{})
		if err == nil {
			err = report.Err("the layer of " + p.LockPath)
		}
		if err != nil {
			return layerzip.Summary{}, err
		}
		for _, f := range report.Findings {
			if f.Severity == check.Warning {
				p.warn(f.Message)
			}
		}
		if report.ImportsSkipped != "" {
			p.warn("the modules of the layer were not imported: " + report.ImportsSkipped)
		}
		return write(tree)
	}
}

func (p *Project) checkTree(ctx context.Context, tree *builder.Tree, o CheckOptions) (*check.Report, error) {
	var excluded []string
	for _, e := range p.Layer.Exclude {
		excluded = append(excluded, excludedName(e))
	}
	facts, err := openCache(p.env)
	if err != nil {
		return nil, err
	}
	return checkLayer(ctx, check.Layer{Entries: tree.Entries, Source: sourceOf}, p.Target, excluded, o, facts, p.env)
}

// excludedName returns the normalized name of the distribution that an exclude may name.
func excludedName(exclude string) string { return pep503.Normalize(strings.TrimSuffix(exclude, "+")) }

// cachedFile matches the file name of a wheel in the cache, or of something made from one.
var cachedFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9a-f]{64})(\.whl)?$`) })

// sourceOf returns the SHA-256 of the cached wheel that contains an entry, or a text that
// identifies a library made from one in a cached wheel. It returns "" for other entries.
func sourceOf(e *layer.Entry) string {
	f, ok := e.Source.(interface{ Name() string })
	if !ok {
		return ""
	}
	switch m := cachedFile().FindStringSubmatch(filepath.Base(f.Name())); {
	case m == nil:
		return ""
	case m[2] != "":
		return m[1]
	case e.Code != nil: // the file may contain other libraries tomorrow
		return fmt.Sprintf("%s %q %08x %d", m[1], e.Name, e.CRC32, e.Size)
	}
	return ""
}

// CheckZip checks a layer's zip, made by any program, for t. excluded lists the
// distributions that were left out on purpose.
func CheckZip(ctx context.Context, path string, t target.Target, excluded []string, o CheckOptions, env spec.Env) (*check.Report, error) {
	zip, err := check.OpenZip(path)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	facts, err := openCache(env)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range excluded {
		names = append(names, excludedName(e))
	}
	return checkLayer(ctx, zip.Layer, t, names, o, facts, env)
}

func checkLayer(ctx context.Context, l check.Layer, t target.Target, excluded []string, o CheckOptions, facts *cache.Cache, env spec.Env) (*check.Report, error) {
	known := check.Options{Excluded: excluded, Facts: facts}
	report, err := check.Static(ctx, l, t, known)
	if err != nil {
		return nil, err
	}
	it, skipped, err := interpreter(ctx, t, o, facts, env)
	if err != nil || skipped != "" {
		report.ImportsSkipped = skipped
		return report, err
	}
	imports := check.ImportOptions{Options: known, Modules: o.Modules, Probe: probe.Options{Timeout: o.Timeout, Events: env.Events}}
	return report, check.Import(ctx, report, l, t, it, imports)
}

// interpreter returns the interpreter to import the modules with, or why they are not
// imported.
func interpreter(ctx context.Context, t target.Target, o CheckOptions, facts *cache.Cache, env spec.Env) (it probe.Interpreter, skipped string, err error) {
	switch {
	case o.Static:
		return it, "--static", nil
	case len(o.Python) > 0:
		it, err = probe.Ask(ctx, o.Python, t)
		return it, "", err
	case runtime.GOOS != "linux":
		return it, "modules for Linux can be imported only on Linux", nil
	}
	found, err := findPython(ctx, t, "", facts, env)
	if errors.Is(err, bytecode.ErrNotFound) {
		return it, fmt.Sprintf("this machine has no CPython 3.%d; to install it, run uv python install 3.%[1]d, or use another one with --python", t.Minor), nil
	}
	if err != nil {
		return it, "", err
	}
	if it, err = probe.Ask(ctx, []string{found.Path}, t); fault.KindOf(err) == fault.Usage {
		return it, fmt.Sprintf("the CPython 3.%d on this machine is for %s, but the layer is for %s; use another one with --python, such as qemu-%s -L ROOT python3", t.Minor, found.Machine, t.Machine, t.Machine), nil
	}
	return it, "", err
}
