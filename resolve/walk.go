package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// node is a package that a walk reached.
type node struct {
	*lock.Package
	project    bool            // a locked project, which is not installed itself
	direct     bool            // the project requires it
	requiredBy map[string]bool // names of the other packages that require it
}

// graph is the result of a walk.
type graph struct {
	lock   *lock.Lock
	target target.Target
	roots  *roots

	allowUnhashed bool            // Options.AllowUnhashed
	allowBuild    map[string]bool // Options.AllowBuild, normalized
	refusals      int             // number of packages refused so far

	nodes  map[int]*node             // by index into lock.Packages
	held   map[*lock.Dependency]bool // whether the marker of each visited edge is true
	items  map[lock.ConflictItem]bool
	active map[string]bool // active items, by their names in markers
	// alternatives holds, by name, the sets of packages that satisfy each requirement that
	// was followed (see lock.Dependency.Or).
	alternatives map[string][][]int
}

// settled holds the results of previous walks, which the next walk assumes.
type settled struct {
	active map[string]bool // nil to use the extras that the walk itself activates
	chosen map[string]int  // chosen among alternatives, by name
}

// walkLock follows the edges whose markers are true for t.
//
// In a lock with conflicts, markers depend on the active extras. In a lock with
// alternatives, the choice depends on all requirements together. Both are known only after
// a walk, so walks are repeated, each with the results of the previous one, until the
// results no longer change.
func walkLock(l *lock.Lock, t target.Target, r *roots) (*graph, error) {
	g, err := walkOnce(l, t, r, settled{})
	if err != nil || len(l.Conflicts) == 0 && len(g.alternatives) == 0 {
		return g, err
	}
	const maxWalks = 16 // each walk settles one more level of extras that deactivate others
	assumed := settled{active: map[string]bool{}}
	for range maxWalks {
		found := settled{active: g.active, chosen: g.choose()}
		if maps.Equal(found.active, assumed.active) && maps.Equal(found.chosen, assumed.chosen) {
			return g, g.checkConflicts()
		}
		assumed = found
		if g, err = walkOnce(l, t, r, assumed); err != nil {
			return nil, err
		}
	}
	if err := g.checkConflicts(); err != nil || len(g.alternatives) == 0 {
		return g, err
	}
	tool := cmp.Or(map[lock.Format]string{lock.Poetry: "Poetry", lock.PDM: "PDM"}[l.Format], "the tool that created it")
	return nil, &fault.Error{
		Kind: fault.Lock, Subject: l.Path,
		Message: "lamella cannot tell which versions in " + l.Path + " belong together without resolving the dependencies again",
		Hints:   []string{"lock again with a newer version of " + tool + ": " + l.Relock()},
	}
}

// choose returns, for each name, the package with the highest version that satisfies all
// requirements, if there is one.
func (g *graph) choose() map[string]int {
	chosen := map[string]int{}
	for name, wants := range g.alternatives {
		for _, candidate := range wants[0] { // highest version first
			if !slices.ContainsFunc(wants, func(set []int) bool { return !slices.Contains(set, candidate) }) {
				chosen[name] = candidate
				break
			}
		}
	}
	return chosen
}

// walkOnce walks once, assuming the results of previous walks.
func walkOnce(l *lock.Lock, t target.Target, r *roots, before settled) (*graph, error) {
	g := &graph{
		lock: l, target: t, roots: r,
		nodes: map[int]*node{}, held: map[*lock.Dependency]bool{}, items: map[lock.ConflictItem]bool{},
		active: map[string]bool{}, alternatives: map[string][][]int{},
	}
	for _, item := range r.active {
		g.activate(item)
	}
	w := &walk{graph: g, before: before, env: t.Environment(), seen: map[visit]bool{}}
	if l.Format == lock.Pylock {
		w.env.Extras, w.env.DependencyGroups = r.extras, r.groups
	}
	if err := w.follow(nil, r.edges, r.extras); err != nil {
		return nil, err
	}
	for len(w.queue) > 0 {
		v := w.queue[0]
		w.queue = w.queue[1:]
		n := g.nodes[v.pkg]
		edges, extras := n.Dependencies, map[string]bool(nil)
		if v.extra != "" {
			edges, extras = n.Extras[v.extra], map[string]bool{v.extra: true}
		}
		if err := w.follow(n, edges, extras); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// walk is the state of a walk.
type walk struct {
	*graph
	before settled
	env    pep508.Environment
	queue  []visit
	seen   map[visit]bool
}

// visit is a package or one of its extras.
type visit struct {
	pkg   int
	extra string
}

// follow follows the edges of a node, or of the roots if from is nil. extras are the extras
// that the edges belong to. Markers in poetry.lock refer to them by their plain names.
func (w *walk) follow(from *node, edges []lock.Dependency, extras map[string]bool) error {
	w.env.Extra = w.before.active
	if w.env.Extra == nil {
		w.env.Extra = w.active
	}
	if len(extras) > 0 && w.lock.Format == lock.Poetry {
		w.env.Extra = extras
	}
	for len(edges) > 0 {
		n := 1 + slices.IndexFunc(edges, func(e lock.Dependency) bool { return !e.Or })
		alternatives := edges[:n]
		edges = edges[n:]
		var viable []lock.Dependency
		for i := range alternatives {
			ok, err := w.holds(&alternatives[i])
			if err != nil {
				return err
			}
			if ok {
				viable = append(viable, alternatives[i])
			}
		}
		if len(viable) > 0 {
			w.enter(from, w.decide(viable))
		}
	}
	return nil
}

// holds evaluates the marker of an edge, which may depend on extras that the edge itself
// activates.
func (w *walk) holds(edge *lock.Dependency) (bool, error) {
	p := &w.lock.Packages[edge.Package]
	added := w.activateExtras(p, edge.Extras)
	ok, err := holds(edge.Marker, w.env)
	if err != nil {
		return false, &fault.Error{Kind: fault.Lock, Subject: p.String(), Message: fmt.Sprintf("%s:%d: package %s: %s", p.Path, p.Line, p, err), Hints: w.lock.Repair()}
	}
	w.held[edge] = ok
	if !ok {
		w.deactivate(added)
	}
	return ok, nil
}

// decide chooses among alternatives: the one that a previous walk settled on, or else the
// first.
func (w *walk) decide(viable []lock.Dependency) lock.Dependency {
	if !w.lock.Linked {
		return viable[0]
	}
	name := w.lock.Packages[viable[0].Package].Name
	var set []int
	for _, edge := range viable {
		set = append(set, edge.Package)
	}
	w.alternatives[name] = append(w.alternatives[name], set)
	if chosen, ok := w.before.chosen[name]; ok {
		if i := slices.Index(set, chosen); i >= 0 {
			return viable[i]
		}
	}
	return viable[0]
}

// enter visits the package of an edge.
func (w *walk) enter(from *node, edge lock.Dependency) {
	w.reach(edge.Package, from)
	for _, extra := range append([]string{""}, edge.Extras...) {
		if v := (visit{edge.Package, extra}); !w.seen[v] {
			w.seen[v] = true
			w.queue = append(w.queue, v)
		}
	}
}

func holds(m pep508.Marker, env pep508.Environment) (bool, error) {
	if m.Empty() {
		return true, nil
	}
	return m.Evaluate(env)
}

// reach records that an edge leads to a package from a node, or from the roots if from is
// nil.
func (g *graph) reach(pkg int, from *node) {
	n := g.nodes[pkg]
	if n == nil {
		n = &node{Package: &g.lock.Packages[pkg], project: g.roots.projects[pkg]}
		g.nodes[pkg] = n
	}
	switch {
	case from == nil || from.project:
		n.direct = true
	case from != n:
		if n.requiredBy == nil {
			n.requiredBy = map[string]bool{}
		}
		n.requiredBy[from.Name] = true
	}
}

func (g *graph) activate(item lock.ConflictItem) {
	g.items[item] = true
	g.active[item.Marker()] = true
}

// activateExtras activates extras of p and returns the newly activated ones.
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

// checkConflicts returns an error if two items of the same conflict set are active.
func (g *graph) checkConflicts() error {
	for _, set := range g.lock.Conflicts {
		var active []string
		hint := "select only one of them with --extra or --group"
		for _, item := range set {
			if !g.items[item] {
				continue
			}
			active = append(active, item.String())
			if item.Extra == "" && item.Group == "" {
				hint = "build the layer for one of them: --package " + item.Package
			}
		}
		if len(active) > 1 {
			return &fault.Error{
				Kind: fault.Lock, Subject: g.lock.Path, Hints: []string{hint},
				Message: strings.Join(active, " and ") + " cannot be installed together because the project declares them as conflicting",
			}
		}
	}
	return nil
}

// narrow returns the packages to install, sorted by name: all nodes except the projects. It
// returns an error if two packages have the same name.
func (g *graph) narrow() ([]*node, error) {
	var reached []*node
	for _, n := range g.nodes {
		if !n.project && n.Source.Kind != lock.Virtual {
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
		two, one := "two versions of ", "version"
		if a.String() == b.String() {
			two, one = "two packages named ", "of the packages"
		}
		hint := fmt.Sprintf("change the requirements for %s in the project so that only one %s applies to each platform, then lock again: %s", a.Name, one, g.relock())
		if g.lock.Format == lock.Requirements && g.lock.IsSource() {
			hint = fmt.Sprintf("remove one of these lines (%s or %s), or give them mutually exclusive markers", a.Where(), b.Where())
		}
		return nil, &fault.Error{
			Kind: fault.Lock, Subject: a.Name,
			Message: fmt.Sprintf("%s selects %s for %s", g.lock.Path, two+a.Name, g.platform()),
			Details: []string{fmt.Sprintf("%s (%s), %s", a, a.Where(), a.dependents()), fmt.Sprintf("%s (%s), %s", b, b.Where(), b.dependents())},
			Hints:   []string{hint},
		}
	}
	return reached, nil
}

// dependents returns "required by" and the names of the packages that require n.
func (n *node) dependents() string {
	by := slices.Sorted(maps.Keys(n.requiredBy))
	if n.direct {
		by = append([]string{"the project"}, by...)
	}
	return "required by " + strings.Join(by, ", ")
}
