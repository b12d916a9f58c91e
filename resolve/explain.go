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

// Explanation describes a lock for one target: which of its packages are in the layer, and,
// for every edge, whether and why it is active.
type Explanation struct {
	Lock   *lock.Lock
	Target target.Target
	Name   string // of the project, or of the lock file if the project has none
	// Selected and Excluded report for each package, by index in Lock.Packages, whether the
	// walk reached it, and whether Options.Exclude removed it afterwards.
	Selected, Excluded []bool
	Edges              []Edge // of the project, then of each package, in the order of the lock

	graph    *graph
	named    map[string][]int // indexes into Lock.Packages
	excludes []string         // Options.ExcludedDistributions
}

// Project is the value of Edge.From for the project itself, or for the list of a
// requirements.txt.
const Project = -1

// Edge is a requirement that one package has for another.
type Edge struct {
	From  int    // index into Lock.Packages, or Project
	Extra string // extra of From that adds the edge, "" if none
	Group string // dependency group of the project that adds the edge, "" if none
	lock.Dependency
	State EdgeState
}

// EdgeState says whether an edge is active for a target.
type EdgeState int

const (
	// Holds means that the edge is active.
	Holds EdgeState = iota
	// MarkerFails means that the marker is false for the target.
	MarkerFails
	// NotReached means that no active edge requires From, or its Extra.
	NotReached
	// NotSelected means that the edge belongs to an extra or group of the project,
	// or to a workspace member, that was not selected.
	NotSelected
	// OtherVersion means that another package with the same name also satisfies the edge
	// and was chosen.
	OtherVersion
)

// Explain walks l like [Resolve] and determines why each package is or is not in the layer.
// It uses no index and does not look at files; [Explanation.Files] reports whether a
// package has a compatible wheel.
func Explain(l *lock.Lock, t target.Target, o Options) (*Explanation, error) {
	roots, err := chooseRoots(l, o)
	if err != nil {
		return nil, err
	}
	t, _ = supported(l, t)
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
	x.excludes = o.ExcludedDistributions()
	x.addRootEdges()
	for i := range l.Packages {
		p := &l.Packages[i]
		x.addEdges(i, "", p.Dependencies)
		for _, extra := range slices.Sorted(maps.Keys(p.Extras)) {
			x.addEdges(i, extra, p.Extras[extra])
		}
	}
	x.exclude()
	return x, nil
}

// addRootEdges adds the edges of the roots, and the edges that other extras and groups
// would add.
func (x *Explanation) addRootEdges() {
	g := x.graph
	own, selected, groups := setOf(x.Lock.Roots), setOf(g.roots.edges), map[string]edgeSet{}
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
	addUnselected := func(extra, group string, edges []lock.Dependency) {
		for _, d := range edges {
			if selected.has(d) {
				continue
			}
			e := Edge{From: Project, Extra: extra, Group: group, Dependency: d, State: NotSelected}
			if g.never(d.Marker) {
				e.State = MarkerFails
			}
			x.Edges = append(x.Edges, e)
		}
	}
	addUnselected("", "", x.Lock.Roots)
	for _, extra := range slices.Sorted(maps.Keys(x.Lock.Extras)) {
		addUnselected(extra, "", x.Lock.Extras[extra])
	}
	for _, group := range slices.Sorted(maps.Keys(x.Lock.Groups)) {
		addUnselected("", group, x.Lock.Groups[group])
	}
}

// groupOf returns the first group, by name, that contains d, or "" if there is none.
func groupOf(groups map[string]edgeSet, d lock.Dependency) string {
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		if groups[name].has(d) {
			return name
		}
	}
	return ""
}

// edgeSet holds edges by the index of the package that they lead to.
type edgeSet map[int][]*lock.Dependency

func setOf(edges []lock.Dependency) edgeSet {
	s := edgeSet{}
	for i := range edges {
		s[edges[i].Package] = append(s[edges[i].Package], &edges[i])
	}
	return s
}

func (s edgeSet) has(d lock.Dependency) bool {
	return slices.ContainsFunc(s[d.Package], func(e *lock.Dependency) bool {
		return slices.Equal(e.Extras, d.Extras) && e.Marker.String() == d.Marker.String()
	})
}

func (x *Explanation) addEdges(from int, extra string, edges []lock.Dependency) {
	for i := range edges {
		x.Edges = append(x.Edges, Edge{From: from, Extra: extra, Dependency: edges[i], State: x.graph.state(&edges[i])})
	}
}

// state returns the state of an edge. If the edge was not reached but its marker is false
// with any extras, the state is MarkerFails.
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

// never reports whether a marker is false for the target with all extras and groups.
func (g *graph) never(m pep508.Marker) bool {
	ok, err := holds(m.Without("extra", "extras", "dependency_groups"), g.target.Environment())
	return err == nil && !ok
}

// IsProject reports whether the package is a locked project. A layer contains its
// dependencies, but not the project itself.
func (x *Explanation) IsProject(pkg int) bool { return x.graph.roots.projects[pkg] }

// Named returns the indexes of the packages called name, which need not be normalized.
func (x *Explanation) Named(name string) []int {
	return x.named[pep503.Normalize(name)]
}

// HasEdges reports whether the lock records the dependencies of its packages. A
// requirements.txt does not.
func (x *Explanation) HasEdges() bool {
	return slices.ContainsFunc(x.Edges, func(e Edge) bool { return e.From != Project })
}

// Choice is a file of a package, and why it was or was not chosen.
type Choice struct {
	File   lock.File
	Chosen bool
	Fits   bool   // compatible with the target
	Reason string // why it was not chosen; "" if it was
}

// Files returns the files of a package: the chosen file, then other compatible files, best
// first, then the rest, closest first. If no file can be chosen, refused says why. For a
// package that is not selected, it returns only the files in the lock and chooses none. It
// uses f like [Resolve], and returns the errors of f as err.
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
