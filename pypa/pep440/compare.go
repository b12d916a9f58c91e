package pep440

import (
	"cmp"
	"strings"
)

// Compare compares two versions according to PEP 440 and returns -1, 0, or +1. Trailing
// zeros of the release are ignored: 1.0 and 1.0.0 are equal.
//
//	1.dev0 < 1a0.dev0 < 1a0 < 1a0.post0 < 1rc0 < 1 < 1+local < 1.post0.dev0 < 1.post0 < 1.0.1
func (v Version) Compare(w Version) int {
	if v.text == w.text {
		return 0
	}
	if c := v.comparePublic(w); c != 0 {
		return c
	}
	return compareLocal(v.Local(), w.Local())
}

// comparePublic is like Compare, but ignores local version labels.
func (v Version) comparePublic(w Version) int {
	if c := v.compareBase(w); c != 0 {
		return c
	}
	return cmp.Or(
		comparePre(v, w),
		// A version comes before its post-releases and after its development
		// releases.
		cmp.Compare(presence(v.hasPost()), presence(w.hasPost())),
		compareNumbers(v.postNumber(), w.postNumber()),
		cmp.Compare(presence(w.hasDev()), presence(v.hasDev())),
		compareNumbers(v.devNumber(), w.devNumber()),
	)
}

// compareBase compares only epoch and release.
func (v Version) compareBase(w Version) int {
	if c := compareNumbers(v.epochNumber(), w.epochNumber()); c != 0 {
		return c
	}
	a, b := v.releaseText(), w.releaseText()
	for a != "" || b != "" {
		var m, n string
		m, a = nextNumber(a)
		n, b = nextNumber(b)
		if c := compareNumbers(m, n); c != 0 {
			return c
		}
	}
	return 0
}

// nextNumber splits off the first number of a release. n is "0" if release is empty.
func nextNumber(release string) (n, rest string) {
	if release == "" {
		return "0", ""
	}
	n, rest, _ = strings.Cut(release, ".")
	return n, rest
}

func comparePre(v, w Version) int {
	if c := cmp.Compare(preRank(v), preRank(w)); c != 0 {
		return c
	}
	return compareNumbers(preNumber(v), preNumber(w))
}

// preRank returns a number that orders the phases: 1.dev0, 1a0, 1b0, 1rc0, 1.
func preRank(v Version) int {
	switch pre := v.preText(); {
	case pre == "" && v.hasDev() && !v.hasPost():
		return 0
	case pre == "":
		return 4
	case pre[0] == 'a':
		return 1
	case pre[0] == 'b':
		return 2
	default:
		return 3
	}
}

func preNumber(v Version) string { return strings.TrimLeft(v.preText(), "abrc") }

// compareLocal compares local version labels: no label comes first; others are compared
// part by part, with letters before numbers, and then the shorter label comes first.
func compareLocal(a, b string) int {
	for a != "" && b != "" {
		var m, n string
		m, a, _ = strings.Cut(a, ".")
		n, b, _ = strings.Cut(b, ".")
		c := 0
		switch mNumber, nNumber := isNumber(m), isNumber(n); {
		case mNumber && nNumber:
			c = compareNumbers(m, n)
		case mNumber != nNumber:
			c = cmp.Compare(presence(mNumber), presence(nNumber))
		default:
			c = strings.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareNumbers compares decimal numbers of any size, without leading zeros.
func compareNumbers(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func presence(there bool) int {
	if there {
		return 1
	}
	return 0
}
