package imports

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/check/probe"
)

// Profile is the cost of importing modules, in one process. Times are in seconds.
type Profile struct {
	Target      string            `json:"target"`              // runtime and architecture, such as "python3.13/x86_64"
	Interpreter probe.Interpreter `json:"interpreter"`         // interpreter that imported the modules
	Modules     []string          `json:"modules"`             // modules to import, in order
	Runs        int               `json:"runs"`                // number of runs; the times are from the run with the median total
	Start       float64           `json:"start"`               // seconds to start the interpreter and to import the modules of the runtime
	Seconds     float64           `json:"seconds"`             // seconds for the imports; INIT is the sum of start and seconds
	Memory      int64             `json:"memory"`              // growth of the memory of the process, in bytes; 0 if unknown
	Loaded      int               `json:"loaded"`              // number of modules loaded
	Compiled    int               `json:"compiled"`            // number of modules that had to be compiled
	Tree        []*Module         `json:"tree"`                // imported modules, in the order of import
	Cost        []Cost            `json:"distributions"`       // time of each distribution, longest first
	Lazy        []Saving          `json:"lazy"`                // what importing each module later would save, if anything
	Exclude     []Saving          `json:"exclude"`             // distributions that the imports do not need
	Output      []string          `json:"output,omitempty"`    // first lines that the modules printed
	Threads     []string          `json:"threads,omitempty"`   // threads that are still running afterwards
	Elsewhere   int               `json:"elsewhere"`           // number of modules imported by other threads, which are not in the tree
	Refused     []string          `json:"connections_refused"` // refused connections, as "host:port"
}

// Init returns the time of the whole start, in seconds.
func (p *Profile) Init() float64 { return p.Start + p.Seconds }

// Share returns the share of a time in the whole start, from 0 to 1.
func (p *Profile) Share(seconds float64) float64 {
	if p.Init() == 0 {
		return 0
	}
	return seconds / p.Init()
}

// Module is a module in the tree of imports.
type Module struct {
	Name         string    `json:"name"`               // full name of the module
	Distribution string    `json:"distribution"`       // distribution that contains the module; "python" for the standard library; "" if unknown
	File         string    `json:"file,omitempty"`     // path of the source
	Start        float64   `json:"start"`              // seconds since the first import started
	Total        float64   `json:"total"`              // seconds, including the modules that it imports
	Own          float64   `json:"own"`                // seconds, excluding the modules that it imports
	Compiled     bool      `json:"compiled,omitempty"` // whether the source had to be compiled because there was no bytecode
	Failed       bool      `json:"failed,omitempty"`   // whether the import failed and the importing module caught the exception
	Imports      []*Module `json:"imports,omitempty"`  // modules that this module was the first to import
}

// Standard is the distribution of the modules in the standard library.
const Standard = "python"

// Cost is the import time of the modules of a distribution.
type Cost struct {
	Distribution string  `json:"distribution"` // name of the distribution
	Modules      int     `json:"modules"`      // number of its modules that were imported
	Own          float64 `json:"own"`          // seconds, excluding the modules of other distributions
}

// Saving is the startup time that would be saved without a module or distribution, and
// without the modules that only it imports.
type Saving struct {
	Name    string  `json:"name"`            // name of the module or distribution
	Modules int     `json:"modules"`         // number of modules that would not be loaded
	Seconds float64 `json:"seconds"`         // seconds saved
	Bytes   int64   `json:"bytes,omitempty"` // unzipped size of the distribution
}

// builder builds the tree of loads.
type builder struct {
	root   string
	owners map[string]string
	loads  []probe.Load
}

// tree returns the modules that the main thread loaded. A package is imported during the
// import of its first submodule, but not by it, so tree puts the package before the
// submodule.
func (b *builder) tree() []*Module {
	nodes := make([]*Module, len(b.loads))
	top := &Module{}
	parents := make([]int, len(b.loads))
	for i, l := range b.loads {
		if l.Elsewhere {
			continue
		}
		m := &Module{Name: l.Module, Start: l.Start, Total: max(l.End-l.Start, 0), Compiled: l.Compiled, Failed: l.Failed}
		m.File, m.Distribution = b.place(l)
		nodes[i] = m
		parents[i] = l.Parent
		for p := parents[i]; p >= 0 && strings.HasPrefix(b.loads[p].Module, l.Module+"."); p = parents[i] {
			parents[i] = parents[p]
			nodes[p].Total = max(nodes[p].Total-m.Total, 0)
			nodes[p].Start = max(nodes[p].Start, l.End)
		}
		parent := top
		if parents[i] >= 0 {
			parent = nodes[parents[i]]
		}
		if m.Failed {
			m.Distribution = parent.Distribution
		}
		parent.Imports = append(parent.Imports, m)
	}
	finish(top)
	return top.Imports
}

// finish sorts imports by start time, and computes the modules' own times.
func finish(m *Module) {
	slices.SortStableFunc(m.Imports, func(a, b *Module) int { return cmp.Compare(a.Start, b.Start) })
	m.Own = m.Total
	for _, c := range m.Imports {
		finish(c)
		m.Own = max(m.Own-c.Total, 0)
	}
}

// place returns the path of a module's file in Lambda, and the module's distribution.
func (b *builder) place(l probe.Load) (file, distribution string) {
	if l.File == "" {
		return "", Standard
	}
	rest, err := filepath.Rel(b.root, l.File)
	if err != nil || !filepath.IsLocal(rest) {
		return l.File, Standard
	}
	name := filepath.ToSlash(rest)
	return "/opt/" + name, b.owners[name]
}

// each calls f for every module of a tree.
func each(tree []*Module, f func(*Module)) {
	for _, m := range tree {
		f(m)
		each(m.Imports, f)
	}
}
