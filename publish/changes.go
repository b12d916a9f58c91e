package publish

import (
	"maps"
	"slices"
	"strings"
)

// ChangeKind says what happened to a distribution.
type ChangeKind string

const (
	Added   ChangeKind = "added"   // +
	Removed ChangeKind = "removed" // −
	Updated ChangeKind = "updated" // ~: another version, or another file of the same
)

// Change is one distribution that differs between two layer versions.
type Change struct {
	Kind ChangeKind `json:"kind"`
	Name string     `json:"name"`
	Old  *Package   `json:"old,omitempty"` // nil if added
	New  *Package   `json:"new,omitempty"` // nil if removed
}

// Compare lists what differs from old to new, sorted by name.
func Compare(old, new []Package) []Change {
	before, after := byName(old), byName(new)
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if before[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)

	var changes []Change
	for _, name := range names {
		b, a := before[name], after[name]
		switch {
		case b == nil:
			changes = append(changes, Change{Added, name, nil, a})
		case a == nil:
			changes = append(changes, Change{Removed, name, b, nil})
		case a.Version != b.Version || a.Hash != b.Hash || a.File != b.File:
			changes = append(changes, Change{Updated, name, b, a})
		}
	}
	return changes
}

func byName(packages []Package) map[string]*Package {
	m := make(map[string]*Package, len(packages))
	for i := range packages {
		m[packages[i].Name] = &packages[i]
	}
	return m
}

// CompareOptions lists what was added (+) and removed (-), option by option, in
// words: "exclude +boto3, rules -1".
func CompareOptions(old, new map[string][]string) string {
	both := maps.Clone(new)
	if both == nil {
		both = map[string][]string{}
	}
	for name := range old {
		both[name] = append(slices.Clone(both[name]), old[name]...)
	}
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(both)) {
		for _, word := range slices.Compact(slices.Sorted(slices.Values(both[name]))) {
			was, is := slices.Contains(old[name], word), slices.Contains(new[name], word)
			switch {
			case is && !was:
				changes = append(changes, name+" +"+word)
			case was && !is:
				changes = append(changes, name+" -"+word)
			}
		}
	}
	return strings.Join(changes, ", ")
}
