// Package pep503 normalizes project names according to PEP 503, so that "Foo.Bar",
// "foo_bar", and "foo-bar" are the same name.
package pep503

import "strings"

// Normalize returns name in lower case, with every run of "-", "_", and "." replaced with a
// single "-" (PEP 503, "Normalized Names").
func Normalize(name string) string {
	if isNormal(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	separator := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			separator = true
			continue
		}
		if separator {
			b.WriteByte('-')
			separator = false
		}
		b.WriteRune(r)
	}
	if separator {
		b.WriteByte('-')
	}
	return b.String()
}

// isNormal reports whether a name is already normalized, like nearly all names in lock
// files.
func isNormal(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && (i == 0 || name[i-1] != '-'):
		default:
			return false
		}
	}
	return true
}
