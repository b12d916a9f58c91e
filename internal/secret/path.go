package secret

import (
	"regexp"
	"strings"
	"sync"
)

// known matches a token that its prefix identifies: those of GitHub, GitLab, and PyPI.
var known = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(gh[opsru]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|gl[a-z]{1,4}-[A-Za-z0-9_-]{20,}|pypi-AgE[A-Za-z0-9_-]{30,})$`)
})

var (
	alphanumeric = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{16,}$`) })
	// mixed matches digits that have letters between them, which names hardly ever have.
	mixed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9][A-Za-z]+[0-9]`) })
)

// isRandom reports whether a segment looks like a random token: at least 16 letters and
// digits, either in both cases or hexadecimal. A hexadecimal segment with the length of a hash
// is the address of a file or a commit.
func isRandom(s string) bool {
	if !alphanumeric().MatchString(s) || !mixed().MatchString(s) {
		return false
	}
	switch len(s) {
	case 32, 40, 56, 64, 96, 128: // MD5 to SHA-512
		if isHex(strings.ToLower(s)) {
			return false
		}
	}
	return isHex(s) || inBothCases(s)
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func inBothCases(s string) bool { return strings.ToLower(s) != s && strings.ToUpper(s) != s }

// eachToken replaces the tokens in a path by replace, and returns whether there are any. Some
// services expect a token at the beginning of the path:
//
//	https://index.example/TOKEN/OWNER/REPOSITORY/python/simple/
//	https://index.example/priv/TOKEN/OWNER/REPOSITORY/pypi/simple
//
// There, a segment that looks random is a token. Elsewhere, only known tokens are recognized.
func eachToken(path string, v variable, replace string) (string, bool) {
	segments, found := strings.Split(path, "/"), false
	for i, s := range segments {
		begins := i == 1 || i == 2 && strings.HasPrefix(segments[1], "priv") // after the first slash
		if s != "" && !v.MatchString(s) && (known().MatchString(s) || begins && i < len(segments)-1 && isRandom(s)) {
			segments[i], found = replace, true
		}
	}
	if !found {
		return path, false
	}
	return strings.Join(segments, "/"), true
}

// hasToken reports whether the path contains a token.
func (p parts) hasToken(v variable) bool {
	path, _, _ := cutTail(p.tail)
	_, found := eachToken(path, v, "")
	return found
}

// hideTokens returns the path, query, and fragment with the tokens in the path hidden, and
// the values of variables.
func (p parts) hideTokens() string {
	tail := p.tail
	if p.isRemote() {
		tail = hideExpanded(tail, true)
	}
	path, query, fragment := cutTail(tail)
	path, _ = eachToken(path, pipVariable, hidden)
	return path + query + fragment
}
