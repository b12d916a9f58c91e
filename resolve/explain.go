package resolve

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// Explanation is a lock as one target sees it: which of its packages belong to
// the layer, and for every edge of the lock whether it counts and why.
type Explanation struct {
	Lock   *lock.Lock
	Target target.Target
	Name   string // what the project, or a list without one, is called
	// Selected and Excluded tell of each package of Lock.Packages, by index,
	// whether the walk reached it, and whether Options.Exclude then left it out.
	Selected, Excluded []bool
	Edges              []Edge // the project's own, then by package, in the lock's order

	graph *graph
	named map[string][]int // into Lock.Packages
}

// Project as the From of an Edge is the project itself, or for a list such as
// requirements.txt the list.
const Project = -1

// Edge is one package's demand for another.
type Edge struct {
	From  int    // index into Lock.Packages, or Project
	Extra string // of From, that adds the edge; "" if it always is there
	Group string // dependency group of the project that adds the edge; "" if none does
	lock.Dependency
	State EdgeState
}

// EdgeState tells whether an edge counts for a target.
type EdgeState int

const (
	// Holds: the edge counts.
	Holds EdgeState = iota
	// MarkerFails: the marker does not hold for the target.
	MarkerFails
	// NotReached: nobody whose demands count demands From, or its Extra.
	NotReached
	// NotAsked: an extra or group of the project, or a member of the workspace,
	// that was not asked for.
	NotAsked
	// OtherVersion: another package of the same name satisfies it, too, and is
	// the one that was taken.
	OtherVersion
)

// Explain walks l as [Resolve] does, and tells of everything in it why it
// counts or does not. It asks nobody, and does not look at files: whether a
// package has a wheel that fits is for [Explanation.Files] to say.
func Explain(l *lock.Lock, t target.Target, o Options) (*Explanation, error) {
	roots, err := chooseRoots(l, o)
	if err != nil {
		return nil, err
	}
	g, err := walkLock(l, t, roots)
	if err != nil {
		return nil, err
	}
	g.allowUnhashed, g.allowBuild = o.AllowUnhashed, allowed(o.AllowBuild)
	if err := checkCoverage(l, t, g.active); err != nil {
		return nil, err
	}
	x := &Explanation{Lock: l, Target: t, Name: cmp.Or(l.Project, l.Name), graph: g,
		Selected: make([]bool, len(l.Packages)), Excluded: make([]bool, len(l.Packages)),
		named: map[string][]int{}}
	for i := range l.Packages {
		x.named[l.Packages[i].Name] = append(x.named[l.Packages[i].Name], i)
	}
	for i := range g.nodes {
		x.Selected[i] = true
	}
	for _, name := range o.ExcludedDistributions() {
		for _, i := range x.Named(name) {
			x.Excluded[i] = x.Selected[i]
		}
	}
	x.addRootEdges()
	for i := range l.Packages {
		p := &l.Packages[i]
		x.addEdges(i, "", p.Dependencies)
		for _, extra := range slices.Sorted(maps.Keys(p.Extras)) {
			x.addEdges(i, extra, p.Extras[extra])
		}
	}
	return x, nil
}

// addRootEdges adds the edges that the walk began with, and those that further
// extras and groups would have added.
func (x *Explanation) addRootEdges() {
	g := x.graph
	own, asked, groups := setOf(x.Lock.Roots), setOf(g.roots.edges), map[string]edgeSet{}
	for group := range g.roots.groups {
		groups[group] = setOf(x.Lock.Groups[group])
	}
	for i := range g.roots.edges {
		d := &g.roots.edges[i]
		e := Edge{From: Project, Dependency: *d, State: g.state(d)}
		if !own.has(*d) {
			e.Group = groupOf(groups, *d)
		}
		x.Edges = append(x.Edges, e)
	}
	notAsked := func(extra, group string, edges []lock.Dependency) {
		for _, d := range edges {
			if asked.has(d) {
				continue
			}
			e := Edge{From: Project, Extra: extra, Group: group, Dependency: d, State: NotAsked}
			if g.never(d.Marker) {
				e.State = MarkerFails
			}
			x.Edges = append(x.Edges, e)
		}
	}
	notAsked("", "", x.Lock.Roots)
	for _, extra := range slices.Sorted(maps.Keys(x.Lock.Extras)) {
		notAsked(extra, "", x.Lock.Extras[extra])
	}
	for _, group := range slices.Sorted(maps.Keys(x.Lock.Groups)) {
		notAsked("", group, x.Lock.Groups[group])
	}
}

// groupOf is the first by name of groups that has d; "" if none has.
func groupOf(groups map[string]edgeSet, d lock.Dependency) string {
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		if groups[name].has(d) {
			return name
		}
	}
	return ""
}

// edgeSet is edges by the package that they lead to.
type edgeSet map[int][]lock.Dependency

func setOf(edges []lock.Dependency) edgeSet {
	s := edgeSet{}
	for _, e := range edges {
		s[e.Package] = append(s[e.Package], e)
	}
	return s
}

func (s edgeSet) has(d lock.Dependency) bool {
	return slices.ContainsFunc(s[d.Package], func(e lock.Dependency) bool {
		return slices.Equal(e.Extras, d.Extras) && e.Marker.String() == d.Marker.String()
	})
}

func (x *Explanation) addEdges(from int, extra string, edges []lock.Dependency) {
	for i := range edges {
		x.Edges = append(x.Edges, Edge{From: from, Extra: extra, Dependency: edges[i], State: x.graph.state(&edges[i])})
	}
}

// state tells what became of an edge. Of one that was not reached, that it would
// not hold in any case says more.
func (g *graph) state(edge *lock.Dependency) EdgeState {
	held, seen := g.held[edge]
	switch {
	case !seen && g.never(edge.Marker):
		return MarkerFails
	case !seen:
		return NotReached
	case !held:
		return MarkerFails
	case g.nodes[edge.Package] == nil:
		return OtherVersion
	}
	return Holds
}

// never reports a marker that does not hold for the target, whatever extras and
// groups are asked for.
func (g *graph) never(m pep508.Marker) bool {
	ok, err := holds(m.Without("extra", "extras", "dependency_groups"), g.target.Environment())
	return err == nil && !ok
}

// IsProject reports a package that the lock was made for: what it depends on
// belongs to the layer, it itself does not.
func (x *Explanation) IsProject(pkg int) bool { return x.graph.roots.projects[pkg] }

// Named returns the packages of that name, in any spelling, by index.
func (x *Explanation) Named(name string) []int {
	return x.named[pep503.Normalize(name)]
}

// HasEdges reports whether the lock tells what its packages depend on. A
// requirements.txt does not.
func (x *Explanation) HasEdges() bool {
	return slices.ContainsFunc(x.Edges, func(e Edge) bool { return e.From != Project })
}

// Choice is one file of a package, and why it was taken or not.
type Choice struct {
	File   lock.File
	Chosen bool
	Fits   bool   // Chosen, or no better than the chosen one
	Reason string // why it was not chosen; "" if it was
}

// Files returns the files of a package, the chosen one first, then those that
// fit, best first, then the others, nearest first. If none can be taken, refused says why. Of a package that is
// not selected only the files that the lock names are told, and none is chosen.
// f is asked as by [Resolve]; what it returns as error is returned as err.
func (x *Explanation) Files(ctx context.Context, pkg int, f Finder) (choices []Choice, refused, err error) {
	g := x.graph
	n := g.nodes[pkg]
	if n == nil {
		n = &node{Package: &x.Lock.Packages[pkg]}
		return g.explainFiles(n, n.Files, ""), nil, nil
	}
	if e := g.refuse(n); e != nil {
		return g.explainFiles(n, n.Files, ""), g.fault(e), nil
	}
	found := []*refusal{nil}
	files, err := g.findFiles(ctx, []*node{n}, found, f)
	switch {
	case err != nil:
		return nil, nil, err
	case found[0] != nil:
		return nil, g.fault(found[0]), nil
	}
	d, e := g.pick(n, files[0], g.target.Ranking())
	if e != nil {
		return g.explainFiles(n, files[0], ""), g.fault(e), nil
	}
	return g.explainFiles(n, files[0], d.File.Name), nil, nil
}
