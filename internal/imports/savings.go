package imports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/check/probe"
)

// graph says which module imports which.
type graph struct {
	imports map[string][]string
	own     map[string]float64 // module → own time
	owner   map[string]string  // module → distribution
}

// newGraph combines the tree, for its times, with the edges of another run.
func newGraph(tree []*Module, traced probe.Traced) *graph {
	g := &graph{imports: map[string][]string{}, own: map[string]float64{}, owner: map[string]string{}}
	each(tree, func(m *Module) {
		g.own[m.Name] += m.Own
		g.owner[m.Name] = m.Distribution
		if parent, _, ok := cutLast(m.Name); ok {
			g.add(m.Name, parent)
		}
		for _, c := range m.Imports {
			g.add(m.Name, c.Name)
		}
	})
	for _, e := range traced.Edges {
		g.add(e[0], e[1])
	}
	return g
}

func (g *graph) add(from, to string) { g.imports[from] = append(g.imports[from], to) }

// cutLast splits a module's name into the package's name and the rest.
func cutLast(name string) (parent, last string, ok bool) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 {
		return "", name, false
	}
	return name[:at], name[at+1:], true
}

// reached returns what the roots import, directly or indirectly, except through modules that
// are left out.
func (g *graph) reached(roots []string, without func(module string) bool) map[string]bool {
	seen := map[string]bool{}
	next := slices.Clone(roots)
	for len(next) > 0 {
		m := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[m] || without(m) {
			continue
		}
		seen[m] = true
		next = append(next, g.imports[m]...)
	}
	return seen
}

// saving returns what is no longer reached. Modules that even all roots do not reach, such
// as those that run in another module's hook, do not count.
func (g *graph) saving(name string, all, rest map[string]bool) Saving {
	s := Saving{Name: name}
	for m, own := range g.own {
		if all[m] && !rest[m] {
			s.Modules++
			s.Seconds += own
		}
	}
	return s
}

// lazy returns what each root would save if only that root were imported later.
func (g *graph) lazy(roots []string) []Saving {
	all := g.reached(roots, nothing)
	var list []Saving
	for i, r := range roots {
		others := slices.Delete(slices.Clone(roots), i, i+1)
		if s := g.saving(r, all, g.reached(others, nothing)); s.Modules > 0 {
			list = append(list, s)
		}
	}
	return sorted(list)
}

// without returns what leaving out each distribution would save, except for the
// distributions of the roots.
func (g *graph) without(roots []string) []Saving {
	all := g.reached(roots, nothing)
	names := map[string]bool{}
	for m, d := range g.owner {
		if all[m] && d != "" && d != Standard {
			names[d] = true
		}
	}
	for _, r := range roots {
		for m := r; m != ""; m, _, _ = cutLast(m) {
			delete(names, g.owner[m])
		}
	}
	var list []Saving
	for d := range maps.Keys(names) {
		list = append(list, g.saving(d, all, g.reached(roots, func(m string) bool { return g.owner[m] == d })))
	}
	return sorted(list)
}

// tops returns the modules of a distribution that are not in a package of the distribution.
func (g *graph) tops(distribution string) []string {
	var tops []string
	for m, d := range g.owner {
		if d != distribution {
			continue
		}
		top := true
		for p, _, ok := cutLast(m); ok && top; p, _, ok = cutLast(p) {
			top = g.owner[p] != distribution
		}
		if top {
			tops = append(tops, m)
		}
	}
	slices.Sort(tops)
	return tops
}

func nothing(string) bool { return false }

func sorted(list []Saving) []Saving {
	slices.SortFunc(list, func(a, b Saving) int { return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Name, b.Name)) })
	return list
}

// costs adds up the modules' own times for each distribution.
func costs(tree []*Module) []Cost {
	by := map[string]*Cost{}
	each(tree, func(m *Module) {
		c := by[m.Distribution]
		if c == nil {
			c = &Cost{Distribution: m.Distribution}
			by[m.Distribution] = c
		}
		c.Own += m.Own
		if !m.Failed {
			c.Modules++
		}
	})
	list := []Cost{}
	for _, c := range by {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Cost) int {
		return cmp.Or(cmp.Compare(b.Own, a.Own), cmp.Compare(a.Distribution, b.Distribution))
	})
	return list
}
