package resolve

import (
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// AddRequirements adds edges to the explanation of a lock that has none, such as
// a requirements.txt: requires tells, by name, what the selected packages state
// in their own metadata (Requires-Dist). Edges out of the lock are left away, as
// are those whose marker does not hold.
func (x *Explanation) AddRequirements(requires map[string][]pep508.Requirement) {
	selected := map[string]int{}
	extras := map[int]map[string]bool{} // that are asked for
	for i := range x.Lock.Packages {
		if x.Selected[i] && x.Lock.Packages[i].Name != "" {
			selected[x.Lock.Packages[i].Name] = i
			extras[i] = map[string]bool{}
		}
	}
	for _, e := range x.Edges {
		for _, extra := range e.Extras {
			if e.State == Holds {
				extras[e.Package][extra] = true
			}
		}
	}
	var edges []Edge
	for more := true; more; { // an extra may ask for another one's package with extras
		edges, more = nil, false
		for from := range x.Lock.Packages {
			for _, r := range requires[x.Lock.Packages[from].Name] {
				to, ok := selected[pep503.Normalize(r.Name)]
				if !ok || !x.Selected[from] || to == from {
					continue
				}
				env := x.Target.Environment()
				env.Extra = extras[from]
				if ok, err := holds(r.Marker, env); err != nil || !ok {
					continue
				}
				for _, extra := range r.Extras {
					more = more || !extras[to][extra]
					extras[to][extra] = true
				}
				edges = append(edges, Edge{From: from, Dependency: lock.Dependency{Package: to, Extras: r.Extras, Marker: r.Marker}})
			}
		}
	}
	x.Edges = slices.Concat(x.Edges, edges)
}
