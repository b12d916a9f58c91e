package pep440

import (
	"fmt"
	"slices"
	"strings"
)

// Specifier is a version clause, such as ">=3.9" or "==2.1.*". Use ParseSpecifier.
type Specifier struct {
	op      operator
	text    string  // version as written
	version Version // version without ".*"; the zero value for ===, and the bound for <
	prefix  bool    // written with ".*"
}

type operator string

const (
	compatible   operator = "~="
	equal        operator = "=="
	notEqual     operator = "!="
	lessEqual    operator = "<="
	greaterEqual operator = ">="
	less         operator = "<"
	greater      operator = ">"
	arbitrary    operator = "==="
)

// A longer operator must precede its prefixes.
var operators = []operator{arbitrary, compatible, equal, notEqual, lessEqual, greaterEqual, less, greater}

// ParseSpecifier parses a clause. White space is allowed around the operator and at both
// ends.
func ParseSpecifier(s string) (Specifier, error) {
	fail := func(why string) (Specifier, error) {
		return Specifier{}, fmt.Errorf("%q is not a valid version specifier (PEP 440): %s", s, why)
	}
	trimmed := strings.TrimFunc(s, isSpace)
	at := slices.IndexFunc(operators, func(op operator) bool { return strings.HasPrefix(trimmed, string(op)) })
	if at < 0 {
		return fail("expected one of ==, !=, <=, >=, <, >, ~=, ===")
	}
	c := Specifier{op: operators[at]}
	c.text = strings.TrimLeftFunc(trimmed[len(c.op):], isSpace)

	if c.op == arbitrary {
		if strings.ContainsFunc(c.text, func(r rune) bool { return isSpace(r) || r == ';' || r == ')' }) {
			return fail("what follows === must be one word")
		}
		return c, nil
	}
	release, prefix := strings.CutSuffix(c.text, ".*")
	var ok bool
	if c.version, ok = parse(release); !ok {
		return fail("what follows the operator is not a version")
	}
	c.prefix = prefix
	exact := c.op == equal || c.op == notEqual
	switch {
	case prefix && !exact:
		return fail(".* goes with == and != only")
	case prefix && int(c.version.release) != len(c.version.text):
		return fail(".* follows a release such as 1.2 only")
	case c.version.Local() != "" && !exact:
		return fail("a local version label (+…) goes with == and != only")
	case c.op == compatible && !strings.Contains(c.version.releaseText(), "."):
		return fail("~= needs a release of at least two numbers")
	case c.op == less && !c.version.IsPrerelease():
		// <V also excludes the pre-releases of V, the first of which is V.dev0.
		c.version, _ = parse(c.version.text + ".dev0")
	}
	return c, nil
}

// String returns the operator and the version as written, without white space.
func (c Specifier) String() string { return string(c.op) + c.text }

// Contains reports whether v satisfies the clause. It does not exclude pre-releases.
// "===" compares the normal form of v.
func (c Specifier) Contains(v Version) bool { return c.contains(v, v.text) }

// ContainsText is like Contains for a version as written: "===" compares the text, and no
// other clause is satisfied by an invalid version.
func (c Specifier) ContainsText(version string) bool {
	if c.op == arbitrary {
		return c.contains(Version{}, version)
	}
	v, ok := parse(strings.TrimFunc(version, isSpace))
	return ok && c.contains(v, version)
}

func (c Specifier) contains(v Version, text string) bool {
	switch c.op {
	case arbitrary:
		return strings.EqualFold(text, c.text)
	case equal:
		return c.equals(v)
	case notEqual:
		return !c.equals(v)
	case lessEqual:
		return v.comparePublic(c.version) <= 0
	case greaterEqual:
		return v.Compare(c.version) >= 0
	case less:
		return v.Compare(c.version) < 0
	case greater:
		return c.exceeds(v)
	case compatible:
		release := c.version.releaseText()
		return v.Compare(c.version) >= 0 &&
			hasPrefix(v, c.version, release[:strings.LastIndexByte(release, '.')])
	}
	return false
}

func (c Specifier) equals(v Version) bool {
	switch {
	case c.prefix:
		return hasPrefix(v, c.version, c.version.releaseText())
	case c.version.Local() == "":
		return v.comparePublic(c.version) == 0
	}
	return v.Compare(c.version) == 0
}

// exceeds implements ">": v must be greater than the clause's version, but must not be a
// local version of it. It may be a post-release of it only if the clause's version is
// itself a post-release or a development release.
func (c Specifier) exceeds(v Version) bool {
	if v.comparePublic(c.version) <= 0 {
		return false
	}
	if c.version.hasPost() || c.version.hasDev() {
		return true
	}
	return v.compareBase(c.version) != 0 || v.preText() != c.version.preText()
}

// hasPrefix reports whether v has the same epoch as w, and a release that starts with
// prefix. Both are padded with zeros as needed.
func hasPrefix(v, w Version, prefix string) bool {
	if v.epochNumber() != w.epochNumber() {
		return false
	}
	release := v.releaseText()
	for prefix != "" {
		var m, n string
		m, release = nextNumber(release)
		n, prefix = nextNumber(prefix)
		if m != n {
			return false
		}
	}
	return true
}
