package lock

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// linker turns requirements, names with versions, into edges to the packages
// of a lock that satisfy them. It serves formats that note what a package
// requires, and not which package that came to be.
type linker struct {
	d       *document
	lock    *Lock
	markers map[string]pep508.Marker // parsed before; markers repeat a lot

	byName   map[string][]int // into lock.Packages, highest version first
	versions []pep440.Version
	python   []string // by package, the marker of the Pythons it is for
	missing  map[string]int
}

func newLinker(d *document, l *Lock) *linker {
	return &linker{d: d, lock: l, markers: map[string]pep508.Marker{}, missing: map[string]int{}}
}

// index prepares to link the packages that the lock has now. python tells for
// each the marker of the Python versions that it is for.
func (k *linker) index(python []string) {
	k.lock.Linked = true
	k.python = python
	k.byName = map[string][]int{}
	k.versions = make([]pep440.Version, len(k.lock.Packages))
	for i := range k.lock.Packages {
		p := &k.lock.Packages[i]
		k.versions[i], _ = pep440.Parse(p.Version) // one that is none satisfies what does not ask for versions
		k.byName[p.Name] = append(k.byName[p.Name], i)
	}
	for _, list := range k.byName {
		slices.SortStableFunc(list, func(a, b int) int { return compareVersions(k.versions[b], k.versions[a]) })
	}
}

// compareVersions orders versions, the zero value (none) before all.
func compareVersions(a, b pep440.Version) int {
	if a.String() == "" || b.String() == "" {
		return cmp.Compare(len(a.String()), len(b.String()))
	}
	return a.Compare(b)
}

// marker parses a marker; "" always holds.
func (k *linker) marker(text string) (pep508.Marker, error) {
	if m, ok := k.markers[text]; ok || text == "" {
		return m, nil
	}
	m, err := pep508.ParseMarker(text)
	if err != nil {
		return m, fmt.Errorf("marker %q: %w", text, err)
	}
	k.markers[text] = m
	return m, nil
}

// requirement is what one package, or the project, asks of the lock.
type requirement struct {
	name   string // normalised
	extras []string
	text   string                    // the versions, for messages
	allows func(pep440.Version) bool // nil: whatever version is there
	marker string
	// optional: nothing is wrong if the lock has no such package, as the extra
	// that asks for it may be one that nobody wants.
	optional bool
}

// edges returns the alternatives by which r can be satisfied, the highest
// version first. Where the lock has none, the edge leads to a package that
// cannot be installed, so that it matters only where it is reached.
func (k *linker) edges(r requirement) ([]Dependency, error) {
	var edges []Dependency
	for _, i := range k.byName[r.name] {
		if r.allows != nil && k.lock.Packages[i].Source.Kind == FromIndex && !r.allows(k.versions[i]) {
			continue
		}
		m, err := k.marker(conjunction(r.marker, k.python[i]))
		if err != nil {
			return nil, err
		}
		edges = append(edges, Dependency{Package: i, Extras: r.extras, Marker: m, Or: true})
	}
	if len(edges) > 0 {
		edges[len(edges)-1].Or = false
		return edges, nil
	}
	if r.optional {
		return nil, nil
	}
	m, err := k.marker(r.marker)
	return []Dependency{{Package: k.absent(r), Marker: m}}, err
}

// absent adds the package that stands for what the lock does not have.
func (k *linker) absent(r requirement) int {
	what := r.name + " " + r.text
	i, ok := k.missing[what]
	if !ok {
		i = len(k.lock.Packages)
		k.missing[what] = i
		k.lock.Packages = append(k.lock.Packages, Package{Name: r.name, Unpinned: what, Path: k.d.path})
	}
	return i
}
