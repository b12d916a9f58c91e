package pep440

import (
	"slices"
	"strings"
)

// Specifiers is a set of version clauses, all of which must hold. The zero
// value holds for every version.
type Specifiers struct {
	clauses []Specifier // in the order of their text, without repeats
}

// ParseSpecifiers reads a comma-separated set such as ">=3.9,!=3.9.1". An
// empty text is the set without clauses.
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

// Contains reports whether v satisfies every clause. Pre-releases count as
// versions like any other (packaging's prereleases=True).
func (s Specifiers) Contains(v Version) bool {
	for _, c := range s.clauses {
		if !c.Contains(v) {
			return false
		}
	}
	return true
}

// ContainsText is Contains for a version as somebody wrote it: "===" compares
// that text, and what is not a version satisfies no other clause.
func (s Specifiers) ContainsText(version string) bool {
	for _, c := range s.clauses {
		if !c.ContainsText(version) {
			return false
		}
	}
	return true
}

// Pinned returns the version text of a set that is a single "==" or "==="
// clause without a wildcard, and whether it is one.
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

// Empty reports a set without clauses.
func (s Specifiers) Empty() bool { return len(s.clauses) == 0 }

// String returns the clauses as they were written, without space or repeats,
// in the order of their text and joined by commas, as packaging does.
func (s Specifiers) String() string {
	texts := make([]string, len(s.clauses))
	for i, c := range s.clauses {
		texts[i] = c.String()
	}
	return strings.Join(texts, ",")
}
