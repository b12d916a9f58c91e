package builder

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lamella-build/lamella/fault"
)

// pattern is a compiled exclude. The package comment describes its rules.
type pattern struct {
	text     string
	segments []string
	metadata bool // whether it contains ".dist-info", and so may match files there
}

// special are the characters that have a meaning in other tools' patterns.
const special = "[]{}"

// compile parses a pattern. It returns a fault.Error of kind Usage for a pattern that could
// never match or that has a different meaning in other tools.
func compile(text string) (pattern, error) {
	p := pattern{text: text, metadata: strings.Contains(text, ".dist-info")}
	trimmed := strings.TrimSuffix(text, "/")
	refuse := func(reason, instead string) (pattern, error) {
		e := &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf("the pattern %q %s", text, reason), Subject: text}
		if instead != "" {
			e.Hints = []string{fmt.Sprintf("correct the pattern: exclude = [%q]", instead)}
		}
		return p, e
	}
	switch {
	case text == "":
		return refuse("is empty", "")
	case strings.Contains(text, `\`):
		return refuse("has a backslash instead of the separator /", strings.ReplaceAll(text, `\`, "/"))
	case strings.HasPrefix(text, "!"):
		return refuse(`begins with "!", but patterns cannot be negated`, "")
	case strings.ContainsAny(text, special):
		return refuse(fmt.Sprintf("contains %q, which is not supported; the only wildcards are *, ?, and **", string(text[strings.IndexAny(text, special)])), "")
	case strings.HasPrefix(text, "/"):
		return refuse("must not begin with /, because patterns are relative to python/", anchored(strings.TrimLeft(text, "/")))
	case strings.HasPrefix(text, "python/"):
		return refuse("must not begin with python/, because patterns are already relative to python/", anchored(strings.TrimPrefix(text, "python/")))
	}
	trimmed, top := strings.CutPrefix(trimmed, "./")
	if trimmed == "." {
		return refuse(`names no file; "." is allowed only in front of a name, as in "./a"`, "")
	}
	p.segments = strings.Split(trimmed, "/")
	if len(p.segments) == 1 && p.segments[0] != "**" && !top {
		p.segments = []string{"**", p.segments[0]}
	}
	everything := true
	for _, s := range p.segments {
		if reason, instead := wrongSegment(s, text); reason != "" {
			return refuse(reason, instead)
		}
		everything = everything && s == "**"
	}
	if everything {
		return refuse("matches every file", "")
	}
	return p, nil
}

// wrongSegment says what is wrong with a segment of the pattern text, and what could be
// written instead of text. reason is "" if nothing is wrong.
func wrongSegment(s, text string) (reason, instead string) {
	switch {
	case s == "..":
		return `has the segment "..", which is not supported`, ""
	case s == ".":
		return `has the segment ".", which is allowed only at the beginning of a path, as in "./a"`, withoutEmpty(text)
	case s == "":
		return "has an empty segment", withoutEmpty(text)
	case s != "**" && strings.Contains(s, "**"):
		return "has ** next to other characters, but ** matches only whole folders", strings.ReplaceAll(text, "**", "*")
	}
	return "", ""
}

// withoutEmpty returns the pattern text without empty segments and without "." segments
// after the beginning, or "" if that is not a pattern either.
func withoutEmpty(text string) string {
	segments := slices.DeleteFunc(strings.Split(text, "/"), func(s string) bool { return s == "" || s == "." })
	instead := strings.Join(segments, "/")
	if strings.HasPrefix(text, "./") {
		instead = anchored(instead)
	}
	if _, err := compile(instead); err != nil {
		return ""
	}
	return instead
}

// anchored returns a pattern that matches only the given path, which is relative to
// python/.
func anchored(path string) string {
	if path != "" && !strings.Contains(path, "/") {
		return "./" + path
	}
	return path
}

// match reports whether p matches the file at path.
func (p *pattern) match(path string) bool {
	if inMetadata(path) && !p.metadata {
		return false
	}
	return matchSegments(p.segments, path)
}

// inMetadata reports whether path is in a .dist-info folder.
func inMetadata(path string) bool {
	top, _, nested := strings.Cut(path, "/")
	return nested && strings.HasSuffix(top, ".dist-info")
}

// matchSegments matches pattern against path or one of its folders. It backtracks only to
// the last "**": whatever an earlier "**" could match, the last one can match, too.
// Therefore, it never takes exponential time.
func matchSegments(pattern []string, path string) bool {
	var retry []string // pattern after the last "**", nil before the first
	var retryPath string
	for rest := pattern; ; {
		if len(rest) > 0 && rest[0] == "**" {
			rest = rest[1:]
			retry, retryPath = rest, path
			if len(rest) == 0 {
				return path != "" // "a/**" matches everything in a, but not a itself
			}
			continue
		}
		if len(rest) == 0 {
			return true // the whole pattern matched this file or a folder that contains it
		}
		segment, tail, _ := strings.Cut(path, "/")
		if path != "" && matchSegment(rest[0], segment) {
			rest, path = rest[1:], tail
			continue
		}
		if retry == nil || retryPath == "" {
			return false
		}
		_, retryPath, _ = strings.Cut(retryPath, "/")
		rest, path = retry, retryPath
	}
}

// matchSegment matches one segment, and backtracks to its last "*" in the same way.
func matchSegment(pattern, name string) bool {
	retry, retryName := "", ""
	star := false
	for {
		switch {
		case pattern != "" && pattern[0] == '*':
			pattern = pattern[1:]
			star, retry, retryName = true, pattern, name
			continue
		case pattern == "" && name == "":
			return true
		case pattern != "" && name != "":
			_, n := utf8.DecodeRuneInString(name)
			_, m := utf8.DecodeRuneInString(pattern)
			if pattern[0] == '?' || pattern[:m] == name[:n] {
				pattern, name = pattern[m:], name[n:]
				continue
			}
		}
		if !star || retryName == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(retryName)
		retryName = retryName[n:]
		pattern, name = retry, retryName
	}
}
