package pep440

import (
	"slices"
	"strings"
)

// Specifiers is a set of version clauses, all of which must be satisfied. Every version
// satisfies the zero value.
type Specifiers struct {
	clauses []Specifier // sorted by text, without duplicates
}

// ParseSpecifiers parses a comma-separated set such as ">=3.9,!=3.9.1". An empty string is
// a set without clauses.
func ParseSpecifiers(s string) (Specifiers, error) {
	var set Specifiers
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimFunc(part, isSpace) == "" {
			continue
		}
		c, err := ParseSpecifier(part)
		if err != nil {
			return Specifiers{}, err
		}
		set.clauses = append(set.clauses, c)
	}
	slices.SortFunc(set.clauses, func(a, b Specifier) int { return strings.Compare(a.String(), b.String()) })
	set.clauses = slices.Compact(set.clauses)
	return set, nil
}

// Contains reports whether v satisfies every clause. It does not exclude pre-releases (like
// packaging with prereleases=True).
func (s Specifiers) Contains(v Version) bool {
	for _, c := range s.clauses {
		if !c.Contains(v) {
			return false
		}
	}
	return true
}

// ContainsText is like Contains for a version as written: "===" compares the text, and no
// other clause is satisfied by an invalid version.
func (s Specifiers) ContainsText(version string) bool {
	for _, c := range s.clauses {
		if !c.ContainsText(version) {
			return false
		}
	}
	return true
}

// Pinned returns the version if the set consists of a single "==" or "===" clause without a
// wildcard, and reports whether it does.
func (s Specifiers) Pinned() (string, bool) {
	if len(s.clauses) != 1 {
		return "", false
	}
	c := s.clauses[0]
	if c.op != arbitrary && (c.op != equal || c.prefix) || c.text == "" {
		return "", false
	}
	return c.text, true
}

// Empty reports whether the set has no clauses.
func (s Specifiers) Empty() bool { return len(s.clauses) == 0 }

// String returns the clauses as written, without white space or duplicates, sorted by text,
// and joined by commas, like packaging.
func (s Specifiers) String() string {
	texts := make([]string, len(s.clauses))
	for i, c := range s.clauses {
		texts[i] = c.String()
	}
	return strings.Join(texts, ",")
}
