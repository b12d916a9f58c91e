package publish

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ChangeKind says how a distribution changed.
type ChangeKind string

const (
	Added   ChangeKind = "added"   // +
	Removed ChangeKind = "removed" // −
	Updated ChangeKind = "updated" // ~: another version, or another file of the same version
)

// Change is one distribution that differs between two layer versions.
type Change struct {
	Kind ChangeKind `json:"kind"`          // kind of change
	Name string     `json:"name"`          // name of the distribution
	Old  *Package   `json:"old,omitempty"` // old version; nil if the distribution was added
	New  *Package   `json:"new,omitempty"` // new version; nil if the distribution was removed
}

// Compare returns the changes from old to new, sorted by name.
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

// mostChanges is the maximum number of changes that a summary names.
const mostChanges = 3

// summary names the first changes, as in "httpx 0.27.0 → 0.28.1, added idna 3.10 and 4
// more".
func summary(changes []Change) string {
	var parts []string
	for _, c := range changes[:min(len(changes), mostChanges)] {
		parts = append(parts, c.String())
	}
	text := strings.Join(parts, ", ")
	if more := len(changes) - mostChanges; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// String returns the change in words, such as "httpx 0.27.0 → 0.28.1", "added idna 3.10", or
// "removed six 1.17.0".
func (c Change) String() string {
	switch {
	case c.Old == nil && c.New == nil:
		return c.Name
	case c.Old == nil:
		return "added " + c.Name + " " + c.New.Version
	case c.New == nil:
		return "removed " + c.Name + " " + c.Old.Version
	case c.Old.Version == c.New.Version:
		return c.Name + " " + c.New.Version + " from a different file"
	}
	return c.Name + " " + c.Old.Version + " → " + c.New.Version
}

// optionChange is a word that was added to or removed from an option.
type optionChange struct {
	option, word string
	added        bool
}

// changedOptions returns the differences between the words of options, sorted.
func changedOptions(old, new map[string][]string) []optionChange {
	both := maps.Clone(new)
	if both == nil {
		both = map[string][]string{}
	}
	for name := range old {
		both[name] = append(slices.Clone(both[name]), old[name]...)
	}
	var changes []optionChange
	for _, name := range slices.Sorted(maps.Keys(both)) {
		for _, word := range slices.Compact(slices.Sorted(slices.Values(both[name]))) {
			was, is := slices.Contains(old[name], word), slices.Contains(new[name], word)
			if was != is {
				changes = append(changes, optionChange{name, word, is})
			}
		}
	}
	return changes
}

// CompareOptions returns the words added to (+) and removed from (-) each option, such as
// "exclude +boto3, rules -1". It returns "" if old and new are the same.
func CompareOptions(old, new map[string][]string) string {
	var changes []string
	for _, c := range changedOptions(old, new) {
		sign := " -"
		if c.added {
			sign = " +"
		}
		changes = append(changes, c.option+sign+c.word)
	}
	return strings.Join(changes, ", ")
}

// optionsReason is like CompareOptions, in words: "the options changed: added boto3 to
// \"exclude\"".
func optionsReason(old, new map[string][]string) string {
	var changes []string
	for _, c := range changedOptions(old, new) {
		was, is := old[c.option], new[c.option]
		switch {
		case len(was) == 1 && len(is) == 1:
			if c.added {
				changes = append(changes, fmt.Sprintf("set %q to %s instead of %s", c.option, is[0], was[0]))
			}
		case c.word == "true" && c.added:
			changes = append(changes, fmt.Sprintf("turned on %q", c.option))
		case c.word == "true":
			changes = append(changes, fmt.Sprintf("turned off %q", c.option))
		case c.added:
			changes = append(changes, fmt.Sprintf("added %s to %q", c.word, c.option))
		default:
			changes = append(changes, fmt.Sprintf("removed %s from %q", c.word, c.option))
		}
	}
	if changes == nil {
		return ""
	}
	return "the options changed: " + strings.Join(changes, ", ")
}
