package resolve

import (
	"maps"
	"regexp"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// AddStated adds requirements to the explanation of a flat lock, which only lists its
// packages. s comes from the lock file or from the metadata of the packages
// (Requires-Dist). Packages that nothing is known to require remain required by the list.
func (x *Explanation) AddStated(s *lock.Stated) {
	if x.Lock.Project == "" && s.Name != "" {
		x.Name = s.Name
	}
	listed := x.Edges
	x.Edges = nil
	for _, r := range s.Project {
		x.addProjectRequirement(s, r)
	}
	active := map[place]bool{}
	for _, e := range x.Edges {
		activate(active, e)
	}
	own := x.Edges
	for { // repeated, because an extra may require a package with further extras
		before := len(active)
		x.Edges = slices.Clone(own)
		for from, requirements := range s.Packages {
			for _, r := range requirements {
				x.addRequirement(from, r, active)
			}
		}
		if len(active) == before {
			break
		}
	}
	x.addListed(listed, len(s.Project) > 0)
	x.exclude()
}

// place is an extra of a package.
type place struct {
	pkg   int
	extra string
}

// activate records the extras that an active edge requires.
func activate(active map[place]bool, e Edge) {
	for _, extra := range e.Extras {
		if e.State == Holds {
			active[place{e.Package, extra}] = true
		}
	}
}

// addProjectRequirement adds the edges of a requirement of the project.
func (x *Explanation) addProjectRequirement(s *lock.Stated, r lock.ProjectRequirement) {
	roots := x.graph.roots
	selected := roots.main || s.Main != "" && roots.groups[s.Main]
	switch {
	case r.Extra != "":
		selected = roots.extras[r.Extra] || roots.groups[r.Extra] // PDM treats extras as groups
	case r.Group != "":
		selected = roots.groups[r.Group]
	}
	state := x.markerState(r.Marker, nil)
	if state == Holds && !selected {
		state = NotSelected
	}
	x.link(Edge{From: Project, Extra: r.Extra, Group: r.Group, State: state}, r.Requirement)
}

// addRequirement adds the edges of a requirement of package from, whose marker may depend
// on an extra of from. active holds the required extras.
func (x *Explanation) addRequirement(from int, r pep508.Requirement, active map[place]bool) {
	e := Edge{From: from, State: x.markerState(r.Marker, nil)}
	if e.State == MarkerFails {
		for _, match := range markerExtra.FindAllStringSubmatch(r.Marker.String(), -1) {
			if x.markerState(r.Marker, map[string]bool{match[1]: true}) == Holds {
				e.Extra, e.State = match[1], Holds
				break
			}
		}
	}
	if e.State == Holds && (!x.Selected[from] || e.Extra != "" && !active[place{from, e.Extra}]) {
		e.State = NotReached
	}
	before := len(x.Edges)
	x.link(e, r)
	for _, added := range x.Edges[before:] {
		activate(active, added)
	}
}

var markerExtra = regexp.MustCompile(`extra == "([^"]*)"`)

func (x *Explanation) markerState(m pep508.Marker, extras map[string]bool) EdgeState {
	env := x.Target.Environment()
	env.Extra = extras
	if ok, err := holds(m, env); err != nil || !ok {
		return MarkerFails
	}
	return Holds
}

// link adds edges like e to the packages that r can refer to. If several are locked, the
// layer contains one of them; if it contains none, r does not apply.
func (x *Explanation) link(e Edge, r pep508.Requirement) {
	named := x.Named(r.Name)
	selected := slices.ContainsFunc(named, func(i int) bool { return x.Selected[i] })
	for _, to := range named {
		e := e
		e.Dependency = lock.Dependency{Package: to, Extras: r.Extras, Marker: r.Marker}
		switch {
		case to == e.From:
			continue
		case e.State != Holds || x.Selected[to]:
		case selected:
			e.State = OtherVersion
		default:
			continue
		}
		x.Edges = append(x.Edges, e)
	}
}

// addListed adds the edges of the list itself that are the only path to a package. If the
// project's requirements are unknown, it also adds inactive ones.
func (x *Explanation) addListed(listed []Edge, known bool) {
	led, required := map[int]bool{}, map[int]bool{}
	for _, e := range x.Edges {
		led[e.Package] = true
		if e.State == Holds {
			required[e.Package] = true
		}
	}
	var kept, waiting []Edge
	for _, e := range listed {
		switch {
		case e.State != Holds && (!known || !led[e.Package]), e.State == Holds && !required[e.Package]:
			kept = append(kept, e)
		case e.State == Holds:
			waiting = append(waiting, e)
		}
	}
	x.Edges = slices.Concat(kept, x.Edges)
	r := x.reach()
	var added []Edge
	for _, e := range waiting { // of packages that require each other, the first
		if !r.reached[e.Package] {
			r.enter(e.Package)
			added = append(added, e)
		}
	}
	slices.Reverse(added)
	x.Edges = slices.Concat(added, x.Edges)
}

// reach is the set of packages that active edges lead to.
type reach struct {
	next    map[int][]int // by package
	reached map[int]bool  // from the project
}

func (x *Explanation) reach() *reach {
	r := &reach{next: map[int][]int{}, reached: map[int]bool{}}
	for _, e := range x.Edges {
		if e.State == Holds {
			r.next[e.From] = append(r.next[e.From], e.Package)
		}
	}
	for _, pkg := range r.next[Project] {
		r.enter(pkg)
	}
	return r
}

// enter adds a package and all packages that can be reached from it.
func (r *reach) enter(pkg int) {
	for queue := []int{pkg}; len(queue) > 0; {
		pkg, queue = queue[len(queue)-1], queue[:len(queue)-1]
		if !r.reached[pkg] {
			r.reached[pkg] = true
			queue = append(queue, r.next[pkg]...)
		}
	}
}

// Relate sets Direct and RequiredBy of each distribution in r according to the edges of x.
func (x *Explanation) Relate(r *Resolution) {
	direct, by := map[string]bool{}, map[string]map[string]bool{}
	for _, e := range x.Edges {
		name := x.Lock.Packages[e.Package].Name
		switch {
		case e.State != Holds:
		case e.From == Project || x.IsProject(e.From):
			direct[name] = true
		case x.Lock.Packages[e.From].Name != name:
			if by[name] == nil {
				by[name] = map[string]bool{}
			}
			by[name][x.Lock.Packages[e.From].Name] = true
		}
	}
	for i := range r.Distributions {
		d := &r.Distributions[i]
		d.Direct, d.RequiredBy = direct[d.Name], slices.Sorted(maps.Keys(by[d.Name]))
	}
}
