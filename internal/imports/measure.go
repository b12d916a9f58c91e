package imports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// Options says how modules are imported. The zero value is valid.
type Options struct {
	Probe probe.Options // Workers and After are ignored
}

const (
	// runs is the number of times that the modules are imported to measure the time.
	runs = 3
	// enough is the time in seconds from which one run is sufficient.
	enough = 10
	// worthwhile is the minimum share of the start that an exclude must save to be tried.
	worthwhile = 0.01
	// tried is the maximum number of distributions that are tried.
	tried = 8
)

// Measure imports modules from a layer, one after another, in new processes. The error is a
// fault.Error of Kind Usage for a module that the layer does not have, and of Kind Layer for
// a module that cannot be imported. Other errors are about this machine, or are that of ctx.
func Measure(ctx context.Context, l check.Layer, t target.Target, it probe.Interpreter, modules []string, o Options) (*Profile, error) {
	if slices.Contains(modules, "") {
		return nil, &fault.Error{Kind: fault.Usage, Message: "the name of a module cannot be empty", Hints: []string{"name a module: lamella imports MODULE"}}
	}
	root, remove, err := check.Unpack(ctx, l.Entries)
	if err != nil {
		return nil, err
	}
	defer remove()
	owners, known, err := check.Owners(l, t)
	if err != nil {
		return nil, err
	}
	m := &measurement{ctx: ctx, interpreter: it, layer: probe.Layer{Root: root, Target: t}, modules: modules, options: o}
	median, n, err := m.time()
	if err != nil {
		return nil, err
	}
	if median.Status != probe.Imported {
		return nil, m.failed(median.Result, known)
	}
	b := &builder{root: root, owners: owners, loads: median.Loads}
	p := &Profile{Target: t.String(), Interpreter: it, Modules: modules, Runs: n, Start: median.Start, Seconds: median.Seconds, Memory: median.Memory,
		Tree: b.tree(), Output: median.Output, Threads: median.Threads, Refused: median.Connections}
	for _, l := range median.Loads {
		if l.Elsewhere {
			p.Elsewhere++
		}
	}
	each(p.Tree, func(m *Module) {
		if !m.Failed {
			p.Loaded++
		}
		if m.Compiled {
			p.Compiled++
		}
	})
	p.Cost = costs(p.Tree)
	return p, m.savings(p, l.Entries, owners)
}

// measurement is one call of Measure.
type measurement struct {
	ctx         context.Context
	interpreter probe.Interpreter
	layer       probe.Layer
	modules     []string
	options     Options
}

func (m *measurement) trace(edges bool, without []string) (probe.Traced, error) {
	return probe.Trace(m.ctx, m.interpreter, m.layer, m.modules, probe.TraceOptions{Options: m.options.Probe, Edges: edges, Without: without})
}

// time imports the modules once, so that their files are in memory, and then a few times
// more. It returns the run with the median time, or the first run that failed.
func (m *measurement) time() (median probe.Traced, n int, err error) {
	var all []probe.Traced
	for i := range 1 + runs {
		t, err := m.trace(false, nil)
		if err != nil || t.Status != probe.Imported {
			return t, 1, err
		}
		if i > 0 || t.Seconds > enough {
			all = append(all, t)
		}
		if t.Seconds > enough {
			break
		}
	}
	slices.SortFunc(all, func(a, b probe.Traced) int { return cmp.Compare(a.Start+a.Seconds, b.Start+b.Seconds) })
	return all[len(all)/2], len(all), nil
}

// savings sets what could be saved.
func (m *measurement) savings(p *Profile, entries []layer.Entry, owners map[string]string) error {
	p.Lazy, p.Exclude = []Saving{}, []Saving{}
	traced, err := m.trace(true, nil)
	if err != nil || traced.Status != probe.Imported {
		return err // this worked before; without the list of imports, there are no savings to report
	}
	g := newGraph(p.Tree, traced)
	if lazy := g.lazy(m.modules); lazy != nil {
		p.Lazy = lazy
	}
	bytes := map[string]int64{}
	for i := range entries {
		bytes[cmp.Or(entries[i].Owner, owners[entries[i].Name])] += entries[i].Size
	}
	for i, s := range g.without(m.modules) {
		if i == tried || p.Share(s.Seconds) < worthwhile {
			break
		}
		without, err := m.trace(false, g.tops(s.Name))
		if err != nil {
			return err
		}
		if without.Status == probe.Imported {
			s.Bytes = bytes[s.Name]
			p.Exclude = append(p.Exclude, s)
		}
	}
	return nil
}

// failed returns the error for modules that cannot be imported.
func (m *measurement) failed(r probe.Result, known []string) error {
	module := cmp.Or(r.Module, strings.Join(m.modules, ", "))
	for i := range r.Traceback {
		r.Traceback[i] = strings.ReplaceAll(r.Traceback[i], m.layer.Root, "/opt")
	}
	exception := strings.ReplaceAll(r.Exception, m.layer.Root, "/opt")
	switch {
	case r.Missing != "" && (module == r.Missing || strings.HasPrefix(module, r.Missing+".")):
		e := &fault.Error{Kind: fault.Usage, Subject: module, Message: fmt.Sprintf("neither the layer nor Python has a module named %q", r.Missing),
			Hints: []string{"use the name of the module, as in an import statement, not the name of the distribution: lamella imports MODULE"}}
		if len(known) > 0 {
			e.Details = []string{"the layer has: " + strings.Join(known, ", ")}
		}
		return e
	case r.Status == probe.TimedOut:
		return &fault.Error{Kind: fault.Layer, Subject: module, Details: r.Output,
			Message: fmt.Sprintf("the import of %s did not finish within %s", module, number.Duration(cmp.Or(m.options.Probe.Timeout, probe.DefaultTimeout).Round(time.Millisecond)))}
	case r.Status == probe.Crashed, r.Status == probe.Exited:
		return &fault.Error{Kind: fault.Layer, Subject: module, Message: fmt.Sprintf("%s ends the process when it is imported: %s", module, exception),
			Details: append(r.Traceback, r.Output...)}
	}
	return &fault.Error{Kind: fault.Layer, Subject: module, Message: fmt.Sprintf("%s cannot be imported: %s", module, exception), Details: r.Traceback,
		Hints: []string{"check the layer for problems with this import: lamella check --import " + module}}
}
