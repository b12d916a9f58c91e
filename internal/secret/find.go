package secret

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Finding is a secret in a file.
type Finding struct {
	Line      int    // counted from 1; the first line of a continued line
	Host      string // host of the URL
	Parameter string // name of the secret URL parameter; "" for user information and a token in the path
}

// Find returns the secrets in the URLs of text, which is the content of a lock file called
// name, sorted by line. It also searches comments, because they are stored as well.
func Find(name, text string) []Finding {
	variables := pipVariable
	if strings.HasPrefix(name, "Pipfile") {
		variables = pipenvVariable
	}
	if !strings.HasSuffix(name, ".txt") && !strings.HasSuffix(name, ".in") {
		text = unescape(text)
	}
	found := find(text, variables, nil)
	if joined, joins := join(text); joins != nil {
		whole := find(joined, variables, joins)
		for _, f := range found { // findings that a line ending kept apart
			if !slices.ContainsFunc(whole, func(w Finding) bool { return w.Host == f.Host && w.Parameter == f.Parameter }) {
				whole = append(whole, f)
			}
		}
		slices.SortStableFunc(whole, func(a, b Finding) int { return a.Line - b.Line })
		return whole
	}
	return found
}

// find searches text. joins are the positions at which line endings were removed.
func find(text string, v variable, joins []int) []Finding {
	var found []Finding
	line, from := 1, 0
	for {
		start, end, ok := next(text[from:])
		if !ok {
			return found
		}
		line += strings.Count(text[from:from+start], "\n")
		start, end = from+start, from+end
		for len(joins) > 0 && joins[0] <= start {
			line, joins = line+1, joins[1:]
		}
		p, _ := split(text[start:end])
		f := Finding{Line: line, Host: p.host}
		user := p.at && p.userIsSecret(v)
		if !user {
			f.Parameter = secretParameter(p.tail, v)
		}
		if (user || f.Parameter != "" || p.hasToken(v)) && !slices.Contains(found, f) {
			found = append(found, f)
		}
		from = start + len(p.scheme) // the rest of it may contain another URL
	}
}

// next finds the next URL in text. If there is a quotation mark before the URL, it ends at
// the next quotation mark, and otherwise at white space, because even what no parser accepts
// as a URL may contain a password.
func next(text string) (start, end int, ok bool) {
	for from := 0; ; {
		colon := strings.IndexByte(text[from:], ':')
		if colon < 0 {
			return 0, 0, false
		}
		colon += from
		from = colon + 1
		start = colon
		for start > 0 && isSchemeByte(text[start-1]) {
			start--
		}
		for start < colon && !isLetter(text[start]) {
			start++
		}
		n := schemeLength(text[start:])
		if n <= 0 {
			continue
		}
		end = start + n + urlLength(text[:start], text[start+n:])
		if end > start+n {
			return start, end, true
		}
	}
}

// urlLength returns the length of the part of rest that belongs to the URL that begins
// before it.
func urlLength(before, rest string) int {
	space := strings.IndexFunc(rest, isSpace)
	if space < 0 {
		space = len(rest)
	}
	if before == "" || !strings.ContainsRune(quotes, rune(before[len(before)-1])) {
		return space
	}
	mark, line := before[len(before)-1], len(rest)
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		line = i
	}
	for i := range line {
		if rest[i] == mark && (i == 0 || rest[i-1] != '\\') {
			return i
		}
	}
	return space
}

const quotes = "\"'`"

// isSpace reports whether r is white space, or a control character at which Python ends a
// line.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f || r == 0 }

// continued matches a backslash at the end of a line, which pip and TOML remove together with
// the line ending. (Python has several line endings.)
var continued = regexp.MustCompile(`\\+[ \t]*(\r\n|[\n\r\v\f\x1c-\x1e\x{85}\x{2028}\x{2029}])[ \t]*`)

// join returns text with continued lines joined, and the positions of the joins, which are nil
// if there are none.
func join(text string) (joined string, joins []int) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var b strings.Builder
	last := 0
	for _, at := range continued.FindAllStringIndex(text, -1) {
		b.WriteString(text[last:at[0]])
		joins = append(joins, b.Len())
		last = at[1]
	}
	b.WriteString(text[last:])
	return b.String(), joins
}

// escape matches an escaped character in a string of JSON or TOML.
var escape = regexp.MustCompile(`\\(/|"|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})`)

// unescape returns text with the escaped characters in its strings decoded. The result has the
// same lines.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return escape.ReplaceAllStringFunc(text, func(s string) string {
		switch s[1] {
		case '/':
			return "/"
		case '"':
			return "%22"
		}
		r, err := strconv.ParseUint(s[2:], 16, 32)
		if err != nil || r == '\n' {
			return " "
		}
		return string(rune(r))
	})
}
