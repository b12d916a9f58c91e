package resolve

import (
	"cmp"
	"context"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// Explained says why a distribution is or is not in a layer.
type Explained struct {
	Name     string // normalized
	Target   target.Target
	Lock     string             // path of the lock file
	Packages []ExplainedPackage // the lock's packages with that name; usually one
	Known    []string           // all names in the lock, sorted; empty if there is such a package
	// Unknown is the number of distributions whose requirements are neither in the
	// lock file nor in a cached wheel.
	Unknown int
}

// ExplainedPackage is a package of a lock, and why it is or is not in the layer.
type ExplainedPackage struct {
	Version    string
	Where      string     // position in the lock file, such as "uv.lock:12"
	Selected   bool       // whether it is in the layer
	Project    bool       // whether it is the project itself, which is not in the layer
	Excluded   bool       // whether Layer.Exclude removed it from the layer
	RequiredBy []Requirer // active requirements first
	// Files are all known files, the chosen one first. For a package that is not selected,
	// they are only compared with the target's tags.
	Files   []Choice
	Refused error // why none of Files can be chosen; nil if one was chosen
}

// Requirer is a requirement for a distribution.
type Requirer struct {
	State EdgeState
	// Path leads from the project to the distribution, which is the last step. It has only
	// the last two steps if nothing requires the package in the step before the last.
	Path []Step
}

// Step is one step on a path to a distribution.
type Step struct {
	Name    string `json:"name"`              // name of the distribution or project
	Version string `json:"version,omitempty"` // version of the distribution
	Project bool   `json:"project,omitempty"` // whether this is the project, or the list in a requirements.txt
	Marker  string `json:"marker,omitempty"`  // marker of the requirement that leads to this step; "" if there is none
	Extra   string `json:"extra,omitempty"`   // extra of this step that requires the next step; "" if none does
	Group   string `json:"group,omitempty"`   // group of the project that requires the next step; "" if none does
}

// Why explains every package with the given name. unknown is the number of distributions in
// the layer whose requirements are unknown.
func (x *Explanation) Why(ctx context.Context, name string, unknown int, f Finder) (*Explained, error) {
	e := &Explained{Name: pep503.Normalize(name), Target: x.Target, Lock: x.Lock.Path, Unknown: unknown}
	paths := shortestPaths(x)
	for _, i := range x.Named(name) {
		p := &x.Lock.Packages[i]
		explained := ExplainedPackage{Version: p.Version, Where: p.Where(), Project: x.IsProject(i),
			Selected: x.Selected[i] && !x.Excluded[i], Excluded: x.Excluded[i], RequiredBy: paths.requirers(i)}
		if !explained.Project {
			var err error
			if explained.Files, explained.Refused, err = x.Files(ctx, i, f); err != nil {
				return nil, err
			}
		}
		e.Packages = append(e.Packages, explained)
	}
	if e.Packages == nil {
		for _, p := range x.Lock.Packages {
			e.Known = append(e.Known, p.Name)
		}
		slices.Sort(e.Known)
		e.Known = slices.Compact(e.Known)
	}
	return e, nil
}

// paths holds the shortest paths from the project to everything in the layer.
type paths struct {
	*Explanation
	came map[origin]int // index into Edges of the first edge to each origin
}

// origin is the start of an edge: a package or an extra of it.
type origin struct {
	pkg   int
	extra string
}

// shortestPaths searches breadth-first.
func shortestPaths(x *Explanation) *paths {
	w := &paths{Explanation: x, came: map[origin]int{}}
	from := map[origin][]int{}
	var queue []int // active edges from reached origins
	for i, e := range x.Edges {
		switch {
		case e.State != Holds:
		case e.From == Project:
			queue = append(queue, i)
		default:
			p := origin{e.From, e.Extra}
			from[p] = append(from[p], i)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, extra := range append([]string{""}, x.Edges[i].Extras...) {
			p := origin{x.Edges[i].Package, extra}
			if _, ok := w.came[p]; !ok {
				w.came[p] = i
				queue = append(queue, from[p]...)
			}
		}
	}
	return w
}

// requirers returns the requirements for a package, sorted by state and then by the length
// of their paths.
func (w *paths) requirers(pkg int) []Requirer {
	var all []Requirer
	for i, e := range w.Edges {
		root := e.From == Project && w.IsProject(pkg) // nothing requires the project itself
		if e.Package == pkg && e.From != pkg && !root {
			all = append(all, Requirer{State: e.State, Path: w.path(i)})
		}
	}
	slices.SortStableFunc(all, func(a, b Requirer) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(len(a.Path), len(b.Path)))
	})
	return all
}

// path returns the shortest path that ends with edge i.
func (w *paths) path(i int) []Step {
	e := &w.Edges[i]
	steps := []Step{w.step(e)}
	for e.From != Project {
		before, reached := w.came[origin{e.From, e.Extra}]
		step := w.step(&Edge{Dependency: lock.Dependency{Package: e.From}})
		if reached {
			step = w.step(&w.Edges[before])
		}
		step.Extra = e.Extra
		steps = append(steps, step)
		if !reached {
			break
		}
		e = &w.Edges[before]
	}
	if e.From == Project && !steps[len(steps)-1].Project {
		steps = append(steps, Step{Name: w.Name, Project: true, Extra: e.Extra, Group: e.Group})
	}
	slices.Reverse(steps)
	return steps
}

// step returns the package that an edge leads to.
func (w *paths) step(e *Edge) Step {
	p := &w.Lock.Packages[e.Package]
	s := Step{Name: p.Name, Version: p.Version, Project: w.IsProject(e.Package), Marker: e.Marker.String()}
	if s.Name == "" {
		s.Name = p.String()
	}
	return s
}
