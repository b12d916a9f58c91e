package resolve

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/target"
)

// DependencyTree shows the content of a layer as a tree of requirements.
type DependencyTree struct {
	Target        target.Target `json:"-"`
	Lock          string        `json:"lock"`          // path of the lock file
	Roots         []*TreeNode   `json:"roots"`         // projects, or the packages that no other package requires
	Distributions int           `json:"distributions"` // number of distributions in the layer
	Sizes                       // of all of them
	Unmeasured    int           `json:"unmeasured"` // number of distributions whose unzipped size is unknown
	// Unknown is the number of distributions whose requirements are neither in the
	// lock file nor in a cached wheel.
	Unknown int   `json:"unknown"`
	Gaps    []Gap `json:"-"` // distributions that cannot be installed, sorted by name
}

// Sizes are in bytes; 0 means unknown.
type Sizes struct {
	Wheel    int64 `json:"wheel"`    // size of the wheel in bytes, from the lock file, the index, or the cache
	Unzipped int64 `json:"unzipped"` // unzipped size in bytes, before patterns in exclude are applied; known only for cached wheels
}

// TreeNode is a distribution in the dependency tree.
type TreeNode struct {
	Name     string      `json:"name"`               // name of the distribution or project
	Version  string      `json:"version,omitempty"`  // version of the distribution
	Extras   []string    `json:"extras,omitempty"`   // required extras, sorted
	Project  bool        `json:"project,omitempty"`  // whether this is the project itself, which is not in the layer
	Excluded bool        `json:"excluded,omitempty"` // whether an exclude left it out of the layer
	Missing  string      `json:"missing,omitempty"`  // why the distribution cannot be installed, such as "has no wheel for …"; "" if it can
	Sizes                // 0 if it is not in the layer
	Repeated bool        `json:"repeated,omitempty"` // whether its requirements are shown elsewhere in the tree
	Requires []*TreeNode `json:"requires"`           // distributions that it requires
}

// Tree returns the dependency tree of r, which was resolved from the lock that x explains.
// unknown is the number of distributions whose requirements are unknown.
func (x *Explanation) Tree(r *Resolution, unknown int, sizeOf func(Distribution) (Sizes, error)) (*DependencyTree, error) {
	t := &DependencyTree{Target: r.Target, Lock: x.Lock.Path, Unknown: unknown, Distributions: len(r.Distributions), Gaps: r.Gaps}
	sizes := map[string]Sizes{}
	for _, d := range r.Distributions {
		s, err := sizeOf(d)
		if err != nil {
			return nil, err
		}
		sizes[d.Name] = s
		t.Wheel += s.Wheel
		t.Unzipped += s.Unzipped
		if s.Unzipped == 0 {
			t.Unmeasured++
		}
	}
	b := treeBuilder{Explanation: x, sizes: sizes, missing: map[string]string{}, edges: childEdges(x), seen: map[int]bool{}}
	for _, gap := range r.Gaps {
		b.missing[gap.Name] = gap.Reason
	}
	t.Roots = b.children(Project)
	return t, nil
}

// treeBuilder builds a tree from a graph. The subtree of a package is only at its first
// occurrence.
type treeBuilder struct {
	*Explanation
	sizes   map[string]Sizes
	missing map[string]string        // the reasons, by name
	edges   map[int]map[int][]string // from → to → required extras
	seen    map[int]bool
}

// childEdges returns the active edges by package. Edges between the same two packages are
// merged.
func childEdges(x *Explanation) map[int]map[int][]string {
	edges := map[int]map[int][]string{}
	for _, e := range x.Edges {
		if e.State != Holds || e.From == e.Package {
			continue
		}
		if edges[e.From] == nil {
			edges[e.From] = map[int][]string{}
		}
		extras := append(edges[e.From][e.Package], e.Extras...)
		slices.Sort(extras)
		edges[e.From][e.Package] = slices.Compact(extras)
	}
	return edges
}

// children returns the nodes that a package, or Project, requires.
func (b *treeBuilder) children(from int) []*TreeNode {
	var nodes []*TreeNode
	for _, i := range b.byName(b.edges[from]) {
		nodes = append(nodes, b.node(i, b.edges[from][i]))
	}
	return nodes
}

// byName sorts packages by name.
func (b *treeBuilder) byName(packages map[int][]string) []int {
	return slices.SortedFunc(maps.Keys(packages), func(i, j int) int {
		return cmp.Or(cmp.Compare(b.Lock.Packages[i].Name, b.Lock.Packages[j].Name), cmp.Compare(i, j))
	})
}

func (b *treeBuilder) node(i int, extras []string) *TreeNode {
	p := &b.Lock.Packages[i]
	n := &TreeNode{Name: p.Name, Version: p.Version, Extras: extras, Project: b.IsProject(i), Excluded: b.Excluded[i]}
	if n.Name == "" {
		n.Name = p.String()
	}
	if !n.Project && !n.Excluded {
		n.Sizes, n.Missing = b.sizes[p.Name], b.missing[p.Name]
	}
	if b.seen[i] {
		n.Repeated = len(b.edges[i]) > 0
		return n
	}
	b.seen[i] = true
	n.Requires = b.children(i)
	return n
}
