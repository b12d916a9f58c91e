package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// roots is where a walk starts.
type roots struct {
	edges []lock.Dependency
	// active are the projects and groups that are active from the start; the
	// extras become active by the edges that ask for them.
	active []lock.ConflictItem
}

// chooseRoots adds the extras and groups asked for to the lock's own roots.
func chooseRoots(l *lock.Lock, o Options) (roots, error) {
	r := roots{edges: slices.Clone(l.Roots)}
	for _, extra := range o.Extras {
		edges, err := lookup(l, "extra", l.Extras, extra)
		if err != nil {
			return r, err
		}
		r.edges = append(r.edges, edges...)
	}
	var groups []string
	for _, group := range o.Groups {
		edges, err := lookup(l, "group", l.Groups, group)
		if err != nil {
			return r, err
		}
		r.edges = append(r.edges, edges...)
		groups = append(groups, pep503.Normalize(group))
	}
	for i := range l.Packages {
		p := &l.Packages[i]
		if !p.Root {
			continue
		}
		r.active = append(r.active, lock.ConflictItem{Package: p.Name})
		for _, group := range groups {
			r.active = append(r.active, lock.ConflictItem{Package: p.Name, Group: group})
		}
	}
	return r, nil
}

// lookup finds what an extra or group adds.
func lookup(l *lock.Lock, kind string, known map[string][]lock.Dependency, name string) ([]lock.Dependency, error) {
	edges, ok := known[pep503.Normalize(name)]
	if ok {
		return edges, nil
	}
	e := &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: l.Path, Err: fmt.Errorf("it has no %s %q", kind, name)}
	if len(known) == 0 {
		e.Hints = []string{fmt.Sprintf("it has no %ss at all: leave --%s out", kind, kind)}
	} else {
		e.Hints = []string{fmt.Sprintf("the %ss it has: %s", kind, strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
	}
	return nil, e
}

// node is a package that a walk reached.
type node struct {
	*lock.Package
	direct     bool            // the project depends on it
	requiredBy map[string]bool // names of the other packages that do
}

// graph is what a walk reached.
type graph struct {
	lock   *lock.Lock
	target target.Target
	roots  roots

	nodes  map[int]*node // by index into lock.Packages
	items  map[lock.ConflictItem]bool
	active map[string]bool // items as markers see them
}

// walkLock follows the edges whose markers hold for t.
//
// Where the lock has conflicts, markers ask which extras are active, and that
// is known only after a walk. So the first walk collects them on its way, and
// further ones, each with what the one before found, make sure that what is
// reached and what is active belong together.
func walkLock(l *lock.Lock, t target.Target, r roots) (*graph, error) {
	g, err := walkOnce(l, t, r, nil)
	if err != nil || len(l.Conflicts) == 0 {
		return g, err
	}
	const enough = 8 // each walk settles one more level of extras that turn others off
	for range enough {
		next, err := walkOnce(l, t, r, g.active)
		if err != nil {
			return nil, err
		}
		settled := maps.Equal(next.active, g.active)
		if g = next; settled {
			break
		}
	}
	return g, g.checkConflicts()
}

// walkOnce walks with the given items active, or, if active is nil, with
// those that the walk itself has found so far.
func walkOnce(l *lock.Lock, t target.Target, r roots, active map[string]bool) (*graph, error) {
	g := &graph{lock: l, target: t, roots: r, nodes: map[int]*node{}, items: map[lock.ConflictItem]bool{}, active: map[string]bool{}}
	for _, item := range r.active {
		g.activate(item)
	}
	env := t.Environment()
	if env.Extra = active; active == nil {
		env.Extra = g.active
	}
	type visit struct {
		pkg   int
		extra string
	}
	var queue []visit
	seen := map[visit]bool{}
	follow := func(from *node, edges []lock.Dependency) error {
		for _, edge := range edges {
			p := &l.Packages[edge.Package]
			added := g.activateExtras(p, edge.Extras) // a marker may ask for what its own edge activates
			if ok, err := holds(edge.Marker, env); err != nil {
				return &fault.Error{Kind: fault.Lock, Op: "resolve", Subject: p.String() + " in " + p.Where(), Err: err}
			} else if !ok {
				g.deactivate(added)
				continue
			}
			g.reach(edge.Package, from)
			for _, extra := range append([]string{""}, edge.Extras...) {
				if v := (visit{edge.Package, extra}); !seen[v] {
					seen[v] = true
					queue = append(queue, v)
				}
			}
		}
		return nil
	}
	if err := follow(nil, r.edges); err != nil {
		return nil, err
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		n := g.nodes[v.pkg]
		edges := n.Dependencies
		if v.extra != "" {
			edges = n.Extras[v.extra]
		}
		if err := follow(n, edges); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func holds(m pep508.Marker, env pep508.Environment) (bool, error) {
	if m.Empty() {
		return true, nil
	}
	return m.Evaluate(env)
}

// reach notes that an edge leads from one node (nil: the lock's roots) to a package.
func (g *graph) reach(pkg int, from *node) {
	n := g.nodes[pkg]
	if n == nil {
		n = &node{Package: &g.lock.Packages[pkg], requiredBy: map[string]bool{}}
		g.nodes[pkg] = n
	}
	switch {
	case from == nil || from.Root:
		n.direct = true
	case from != n:
		n.requiredBy[from.Name] = true
	}
}

func (g *graph) activate(item lock.ConflictItem) {
	g.items[item] = true
	g.active[item.Marker()] = true
}

// activateExtras activates extras of p and returns those that were not active.
func (g *graph) activateExtras(p *lock.Package, extras []string) []lock.ConflictItem {
	var added []lock.ConflictItem
	for _, extra := range extras {
		if item := (lock.ConflictItem{Package: p.Name, Extra: extra}); !g.items[item] {
			g.activate(item)
			added = append(added, item)
		}
	}
	return added
}

func (g *graph) deactivate(items []lock.ConflictItem) {
	for _, item := range items {
		delete(g.items, item)
		delete(g.active, item.Marker())
	}
}

// checkConflicts refuses two active items of one conflict set.
func (g *graph) checkConflicts() error {
	for _, set := range g.lock.Conflicts {
		var active []string
		hint := "ask for one of them only, with --extra or --group"
		for _, item := range set {
			if !g.items[item] {
				continue
			}
			active = append(active, item.String())
			if item.Extra == "" && item.Group == "" {
				hint = fmt.Sprintf("make the layer of one of them: uv export --package %s --no-dev --no-emit-workspace --output-file requirements.txt", item.Package)
			}
		}
		if len(active) > 1 {
			return &fault.Error{
				Kind: fault.Lock, Op: "resolve", Subject: g.lock.Path, Hints: []string{hint},
				Err: fmt.Errorf("%s conflict: the project declares that they cannot be installed together", strings.Join(active, " and ")),
			}
		}
	}
	return nil
}

// narrow returns what is to be installed, sorted by name: the nodes less the
// projects themselves. Two packages of one name are refused.
func (g *graph) narrow() ([]*node, error) {
	var reached []*node
	for _, n := range g.nodes {
		if !n.Root && n.Source.Kind != lock.Virtual {
			reached = append(reached, n)
		}
	}
	slices.SortFunc(reached, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	for i := 1; i < len(reached); i++ {
		a, b := reached[i-1], reached[i]
		if a.Name != b.Name || a.Name == "" {
			continue
		}
		return nil, &fault.Error{
			Kind: fault.Lock, Op: "resolve", Subject: a.Name + " for " + g.target.String(),
			Err:     errors.New("the lock has two of it for this target"),
			Details: []string{a.String() + " (" + a.Where() + "), " + a.asked(), b.String() + " (" + b.Where() + "), " + b.asked()},
			Hints:   []string{"lock again so that the markers of one exclude the other: " + g.relock()},
		}
	}
	return reached, nil
}

// asked says who depends on n.
func (n *node) asked() string {
	by := slices.Sorted(maps.Keys(n.requiredBy))
	if n.direct {
		by = append([]string{"the project"}, by...)
	}
	return "required by " + strings.Join(by, ", ")
}
