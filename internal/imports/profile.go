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
	Target      string            `json:"target"`
	Interpreter probe.Interpreter `json:"interpreter"`
	Modules     []string          `json:"modules"` // modules to import, in order
	Runs        int               `json:"runs"`    // number of runs; times are those of the run with the median total
	Start       float64           `json:"start"`   // seconds to start the interpreter and import the runtime's own modules
	Seconds     float64           `json:"seconds"` // seconds for the imports; INIT is the sum of start and seconds
	Memory      int64             `json:"memory"`  // memory growth of the process in bytes; 0 if unknown
	Loaded      int               `json:"loaded"`  // number of modules loaded
	Compiled    int               `json:"compiled"`
	Tree        []*Module         `json:"tree"`                // in the order of import
	Cost        []Cost            `json:"distributions"`       // the most expensive first
	Lazy        []Saving          `json:"lazy"`                // savings from importing each of Modules later, if any
	Exclude     []Saving          `json:"exclude"`             // distributions that the imports do not need
	Output      []string          `json:"output,omitempty"`    // the first lines of output
	Threads     []string          `json:"threads,omitempty"`   // threads that still run afterwards
	Elsewhere   int               `json:"elsewhere"`           // number of modules imported by other threads, which are not in Tree
	Refused     []string          `json:"connections_refused"` // refused connections: "host:port"
}

// Init is the time of the whole start.
func (p *Profile) Init() float64 { return p.Start + p.Seconds }

// Share is a time's part of the whole start, from 0 to 1.
func (p *Profile) Share(seconds float64) float64 {
	if p.Init() == 0 {
		return 0
	}
	return seconds / p.Init()
}

// Module is one module of the tree.
type Module struct {
	Name         string    `json:"name"`
	Distribution string    `json:"distribution"` // Standard for the standard library; "" if unknown
	File         string    `json:"file,omitempty"`
	Start        float64   `json:"start"` // seconds since the first import started
	Total        float64   `json:"total"` // seconds, including the modules it imports
	Own          float64   `json:"own"`
	Compiled     bool      `json:"compiled,omitempty"` // compiled from source, because there was no bytecode
	Failed       bool      `json:"failed,omitempty"`   // the import failed, and the importer caught the exception
	Imports      []*Module `json:"imports,omitempty"`
}

// Standard is the distribution of the standard library's modules.
const Standard = "python"

// Cost is what the modules of a distribution took by themselves.
type Cost struct {
	Distribution string  `json:"distribution"`
	Modules      int     `json:"modules"`
	Own          float64 `json:"own"`
}

// Saving is what a start would take less without a module or distribution, and without
// all that nothing else imports.
type Saving struct {
	Name    string  `json:"name"`
	Modules int     `json:"modules"` // number of modules that would not be loaded
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes,omitempty"` // unzipped size of the distribution
}

// builder makes a tree of loads.
type builder struct {
	root   string
	owners map[string]string
	loads  []probe.Load
}

// tree returns the modules that the main thread loaded. A package is imported during
// the import of its first submodule, but not by it: it is put before it.
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

// finish sorts what is imported by time and computes the modules' own times.
func finish(m *Module) {
	slices.SortStableFunc(m.Imports, func(a, b *Module) int { return cmp.Compare(a.Start, b.Start) })
	m.Own = m.Total
	for _, c := range m.Imports {
		finish(c)
		m.Own = max(m.Own-c.Total, 0)
	}
}

// place returns a module's file as Lambda has it, and its distribution.
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
