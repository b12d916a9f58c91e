package lock

import (
	"cmp"
	"slices"

	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// linker turns requirements into edges to the locked packages that satisfy them. It is used
// for formats that record the requirements of a package but not the packages that satisfy
// them.
type linker struct {
	d       *document
	lock    *Lock
	markers map[string]pep508.Marker // parsed markers, because the same ones occur often

	byName   map[string][]int // indexes into lock.Packages, highest version first
	versions []pep440.Version
	python   []string // by package, the marker for the Python versions that it supports
	missing  map[string]int
	linked   int // number of edges so far
}

func newLinker(d *document, l *Lock) *linker {
	return &linker{d: d, lock: l, markers: map[string]pep508.Marker{}, missing: map[string]int{}}
}

// index prepares to link the packages that are in the lock so far. python holds, for each
// of them, the marker for the Python versions that it supports.
func (k *linker) index(python []string) {
	k.lock.Linked = true
	k.python = python
	k.byName = map[string][]int{}
	k.versions = make([]pep440.Version, len(k.lock.Packages))
	for i := range k.lock.Packages {
		p := &k.lock.Packages[i]
		k.versions[i], _ = pep440.Parse(p.Version) // an invalid version satisfies only requirements without versions
		k.byName[p.Name] = append(k.byName[p.Name], i)
	}
	for _, list := range k.byName {
		slices.SortStableFunc(list, func(a, b int) int { return compareVersions(k.versions[b], k.versions[a]) })
	}
}

// compareVersions orders versions, with the zero value first.
func compareVersions(a, b pep440.Version) int {
	if a.String() == "" || b.String() == "" {
		return cmp.Compare(len(a.String()), len(b.String()))
	}
	return a.Compare(b)
}

// marker parses a marker. "" is always true.
func (k *linker) marker(text string) (pep508.Marker, error) {
	if m, ok := k.markers[text]; ok || text == "" {
		return m, nil
	}
	m, err := pep508.ParseMarker(text)
	if err != nil {
		return m, err
	}
	k.markers[text] = m
	return m, nil
}

// requirement is a requirement of a package or of the project.
type requirement struct {
	name   string // normalized
	extras []string
	text   string                    // the versions, for messages
	allows func(pep440.Version) bool // nil allows any version
	marker string
	// optional reports that the package may be missing from the lock, because only an extra
	// requires it.
	optional bool
}

// edges returns the alternatives that satisfy r, highest version first. If there are none,
// it returns an edge to a package that cannot be installed, so that the error occurs only
// if the requirement is active. If r is optional, it returns nil instead.
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
		if k.linked++; k.linked > maxEdges {
			return nil, errEdges
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

// absent returns the index of a placeholder for a package that is not in the lock.
func (k *linker) absent(r requirement) int {
	text := r.name + " " + r.text
	i, ok := k.missing[text]
	if !ok {
		i = len(k.lock.Packages)
		k.missing[text] = i
		k.lock.Packages = append(k.lock.Packages, Package{Name: r.name, Unpinned: text, Path: k.d.path})
	}
	return i
}
