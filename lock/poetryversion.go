package lock

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep440"
)

// poetryVersions is a Poetry version constraint: a version must satisfy at least one of the
// sets. If there are no sets, any version is allowed.
type poetryVersions []pep440.Specifiers

// parsePoetryVersions parses a Poetry version constraint ("Version constraints" in
// its documentation): PEP 440 specifiers, ^1.2, ~1.2, 1.*, and 1.2, joined by commas or
// spaces for "and", and by || for "or".
func parsePoetryVersions(text string) (poetryVersions, error) {
	var c poetryVersions
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "||", "|"), "|") {
		var clauses []string
		rest := strings.TrimLeft(part, " ,")
		for rest != "" {
			m := poetryClause.FindStringSubmatch(rest)
			if m == nil {
				return nil, fmt.Errorf("%q is not a valid Poetry version constraint", text)
			}
			rest = rest[len(m[0]):]
			clauses = append(clauses, poetrySpecifiers(m[1], m[2])...)
		}
		s, err := pep440.ParseSpecifiers(strings.Join(clauses, ","))
		if err != nil {
			return nil, err
		}
		if s.Empty() {
			return nil, nil // any version
		}
		c = append(c, s)
	}
	return c, nil
}

var poetryClause = regexp.MustCompile(`^(\^|~=|~|===|==|!=|<=|>=|<|>|=|)\s*(\*|(?:[0-9]+!)?[^\s,^~=!<>]+)[\s,]*`)

// poetrySpecifiers translates a clause to PEP 440 specifiers.
func poetrySpecifiers(op, version string) []string {
	switch {
	case version == "*":
		return nil
	case op == "^":
		return []string{">=" + version, "<" + nextBreaking(version)}
	case op == "~":
		return []string{">=" + version, "<" + bump(version, 1)}
	case op == "" || op == "=":
		return []string{"==" + version}
	case op != "==" && op != "!=" && op != "===":
		version, _, _ = strings.Cut(version, "+") // PEP 440 does not order local versions
	}
	return []string{op + version}
}

// nextBreaking returns the lowest version that ^version excludes: it increments the first
// nonzero number.
func nextBreaking(version string) string {
	numbers := release(version)
	for i, n := range numbers {
		if strings.Trim(n, "0") != "" || i == len(numbers)-1 {
			return bump(version, i)
		}
	}
	return version
}

// bump returns the release of version up to position i, or its last position if it has
// fewer, with the number there incremented.
func bump(version string, i int) string {
	numbers := release(version)
	i = min(i, len(numbers)-1)
	numbers = append([]string{}, numbers[:i+1]...)
	numbers[i] = increment(numbers[i])
	return epoch.FindString(version) + strings.Join(numbers, ".")
}

// increment adds one to a decimal number of any length.
func increment(n string) string {
	digits := []byte("0" + n)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			break
		}
		digits[i] = '0'
	}
	if trimmed := strings.TrimLeft(string(digits), "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}

var (
	epoch         = regexp.MustCompile(`^v?[0-9]+!`)
	releasePrefix = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*`)
)

// release returns the numbers in a version's release segment, or "0" if it has none.
func release(version string) []string {
	version = strings.TrimPrefix(version[len(epoch.FindString(version)):], "v")
	if numbers := releasePrefix.FindString(version); numbers != "" {
		return strings.Split(numbers, ".")
	}
	return []string{"0"}
}

// allows reports whether v satisfies c.
func (c poetryVersions) allows(v pep440.Version) bool {
	for _, s := range c {
		if s.Contains(v) {
			return true
		}
	}
	return len(c) == 0
}

// marker returns the constraint c on the full Python version as a marker expression, or ""
// if it is always true.
func (c poetryVersions) marker() string {
	return c.markerOf(func(string) string { return "python_full_version" })
}

// dependencyMarker is like marker, for the key python of a dependency. Poetry compares a
// version with two numbers, such as "<=3.11", with the first two numbers of Python's
// version.
func (c poetryVersions) dependencyMarker() string {
	return c.markerOf(func(version string) string {
		if len(release(version)) < 3 {
			return "python_version"
		}
		return "python_full_version"
	})
}

func (c poetryVersions) markerOf(variable func(version string) string) string {
	var alternatives []string
	for _, s := range c {
		var clauses []string
		for clause := range strings.SplitSeq(s.String(), ",") {
			version := strings.TrimLeft(clause, "~=!<>")
			clauses = append(clauses, fmt.Sprintf("%s %s %q", variable(version), strings.TrimSuffix(clause, version), version))
		}
		alternatives = append(alternatives, strings.Join(clauses, " and "))
	}
	return disjunction(alternatives)
}
