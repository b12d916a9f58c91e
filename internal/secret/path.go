package secret

import (
	"regexp"
	"strings"
)

// known matches a token that its prefix identifies: GitHub's, GitLab's, and PyPI's.
var known = regexp.MustCompile(`^(gh[opsru]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|gl[a-z]{1,4}-[A-Za-z0-9_-]{20,}|pypi-AgE[A-Za-z0-9_-]{30,})$`)

// random matches what may be a token, if it has both letters and digits. The name of a user
// is rarely that long.
var random = regexp.MustCompile(`^[A-Za-z0-9_-]{16,}$`)

// eachToken replaces the tokens in a path by replace, and returns whether there are any. Some
// services expect a token in the path:
//
//	https://index.example/TOKEN/OWNER/REPOSITORY/python/simple/
//	https://c.example/TOKEN/OWNER/
//	https://b.example/TOKEN/OWNER/REPOSITORY/pypi/simple
//	https://b.example/priv/TOKEN/OWNER/REPOSITORY/pypi/simple
func (p parts) eachToken(path string, v variable, replace string) (string, bool) {
	if len(path) < 2 {
		return path, false
	}
	host, _, _ := strings.Cut(strings.ToLower(p.host), ":")
	segments, found := strings.Split(path, "/"), false
	for i, s := range segments {
		if s == "" || v.MatchString(s) {
			continue
		}
		mayBe := false
		switch {
		case known.MatchString(s):
			mayBe = true
		case host == "index.example":
			mayBe = i == 1 && s != "public" && s != "basic" && len(segments) > 3
		case host == "c.example" || strings.HasSuffix(host, ".c.example"):
			mayBe = i == 1 && isRandom(s)
		case host == "b.example":
			mayBe = (i == 1 || i == 2 && segments[1] == "priv") && isRandom(s)
		}
		if mayBe {
			segments[i], found = replace, true
		}
	}
	if !found {
		return path, false
	}
	return strings.Join(segments, "/"), true
}

func isRandom(s string) bool {
	return random.MatchString(s) && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789_-") != ""
}

// hasToken reports whether the path contains a token.
func (p parts) hasToken(v variable) bool {
	path, _, _ := cutTail(p.tail)
	_, found := p.eachToken(path, v, "")
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
	path, _ = p.eachToken(path, pipVariable, hidden)
	return path + query + fragment
}
