// Package secret decides which parts of a URL are secrets. It serves everything that
// lamella prints, writes, and stores: messages ([Redact], [Text]), files and results for
// other programs ([Strip]), and the check of a lock file before it is stored ([Find]). What
// expands variables in a file tells it of their values ([Expand], [Expanded]).
//
// It parses URLs itself instead of using net/url, because a URL that no parser accepts can
// still contain a password, and parsers differ in what they accept.
package secret

import (
	"regexp"
	"strings"
)

// hidden replaces what is not shown.
const hidden = "***"

// noScheme matches a user name and a password at the beginning of a URL that lacks its scheme,
// but no Windows drive.
var noScheme = regexp.MustCompile(`^(?:[^/\\\s:@]{2,}:[^/\s@]+|[^/\\\s:@]:[^/\\\s@]+)@`)

// Redact returns a URL for messages: without user information, the query, and secrets in the
// path and the fragment. It returns a path that is not a URL unchanged.
func Redact(rawURL string) string {
	rawURL = hideExpanded(rawURL, false)
	p, ok := split(rawURL)
	if !ok {
		rawURL = noScheme.ReplaceAllString(rawURL, "")
		if before, _, ok := strings.Cut(rawURL, "?"); ok {
			return before + "?" + hidden
		}
		return rawURL
	}
	path, query, fragment := cutTail(p.hideTokens())
	if query != "" {
		query = "?" + hidden
	}
	return p.scheme + p.host + hideParameters(path) + query + hideParameters(fragment)
}

// Strip returns a URL without its secrets, but with everything needed to find the file: a
// user name that is not a secret ("git" for SSH) and other parameters remain.
func Strip(rawURL string) string {
	rawURL = hideExpanded(rawURL, false)
	p, ok := split(rawURL)
	if !ok {
		return noScheme.ReplaceAllString(rawURL, "")
	}
	path, query, fragment := cutTail(p.hideTokens())
	return p.scheme + p.shownUser() + p.host + hideParameters(path) + withoutSecrets(query) + withoutSecrets(fragment)
}

// Key returns a URL for the key of something in the cache. It is like [Strip], except that it
// contains the values of variables, because the URLs for different values are different
// places. Only its hash may be stored.
func Key(rawURL string) string {
	p, ok := split(rawURL)
	if !ok {
		return noScheme.ReplaceAllString(rawURL, "")
	}
	path, query, fragment := cutTail(p.tail)
	path, _ = eachToken(path, pipVariable, hidden)
	return p.scheme + p.shownUser() + p.host + hideParameters(path) + withoutSecrets(query) + withoutSecrets(fragment)
}

// Restores reports whether shown, which is from [Redact], can be what it made of rawURL, perhaps
// in another process, which knew the values of other variables.
func Restores(shown, rawURL string) bool {
	if Redact(rawURL) == shown {
		return true
	}
	var pattern strings.Builder
	last := 0
	for _, at := range reference.FindAllStringIndex(shown, -1) {
		pattern.WriteString(regexp.QuoteMeta(shown[last:at[0]]) + `[^?#]+`)
		last = at[1]
	}
	if last == 0 {
		return false
	}
	whole, err := regexp.Compile("^" + pattern.String() + regexp.QuoteMeta(shown[last:]) + "$")
	return err == nil && whole.MatchString(Redact(rawURL))
}

// reference matches what [Redact] shows in place of the value of a variable.
var reference = regexp.MustCompile(`\$\{\w+\}`)

// Text returns text with the secrets of all URLs hidden, and the values of variables (see
// [Expanded]). Placeholders for secrets, as in
// "https://USER:PASSWORD@index.example", remain.
func Text(text string) string {
	text = hideExpanded(text, false)
	if !strings.Contains(text, ":") {
		return text
	}
	var b strings.Builder
	for {
		start, end, ok := next(text)
		if !ok {
			b.WriteString(text)
			return b.String()
		}
		p, _ := split(text[start:end])
		b.WriteString(text[:start])
		b.WriteString(p.scheme + p.shownUser() + p.host + Text(hideParameters(p.hideTokens())))
		text = text[end:]
	}
}

// parts are the parts of a URL. Joined together, they are the whole URL.
type parts struct {
	scheme string // with the colon and the slashes that follow
	user   string // the user information, without the @
	at     bool   // whether there is user information
	host   string // with the port
	tail   string // path, query, and fragment
}

// split splits a URL into its parts, and reports whether it is a URL.
func split(raw string) (parts, bool) {
	n := schemeLength(raw)
	if n < 0 {
		return parts{}, false
	}
	p := parts{scheme: raw[:n]}
	rest := raw[n:]
	end := authorityEnd(p, rest)
	at, width := lastAt(rest[:end])
	if at < 0 && !hasHost(rest[:end]) { // characters that should have been escaped ended the authority too early
		at, width = lastAt(rest)
	}
	if at >= 0 {
		p.user, p.at = rest[:at], true
		rest = rest[at+width:]
		end = authorityEnd(p, rest)
	}
	p.host, p.tail = rest[:end], rest[end:]
	return p, true
}

// schemeLength returns the length of a URL's scheme with its colon and slashes or, for a URL
// without a scheme, the length of the slashes. It returns a negative number if there is
// neither. Browsers and uv (WHATWG, "URL", 4.4) do not require slashes after http:, and
// accept \ as a slash.
func schemeLength(raw string) int {
	if strings.HasPrefix(raw, "//") {
		return 2
	}
	colon := strings.IndexByte(raw, ':')
	if colon < 2 { // a single letter is a Windows drive
		return -1
	}
	for i := range colon {
		if !isSchemeByte(raw[i]) {
			return -1
		}
	}
	rest := raw[colon+1:]
	if isHTTP(raw[:colon]) {
		return len(raw) - len(strings.TrimLeft(rest, `/\`))
	}
	if strings.HasPrefix(rest, "//") {
		return colon + 3
	}
	return -1
}

func isSchemeByte(b byte) bool {
	return isLetter(b) || b >= '0' && b <= '9' || b == '+' || b == '.' || b == '-'
}

func isLetter(b byte) bool { b |= 0x20; return b >= 'a' && b <= 'z' }

// isHTTP reports whether a scheme is http or https, or is based on them (git+https). Text
// directly before the scheme, as in pip's -ihttps://…, does not matter.
func isHTTP(scheme string) bool {
	scheme = strings.ToLower(scheme)
	return strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https")
}

// authorityEnd returns where user information, host, and port end.
func authorityEnd(p parts, rest string) int {
	ends := "/?#"
	if isHTTP(strings.TrimRight(p.scheme, `:/\`)) {
		ends = `/?#\`
	}
	if i := strings.IndexAny(rest, ends); i >= 0 {
		return i
	}
	return len(rest)
}

// lastAt finds the @ after user information, which may also be written as %40.
func lastAt(s string) (at, width int) {
	at, encoded := strings.LastIndexByte(s, '@'), strings.LastIndex(s, "%40")
	if encoded > at {
		return encoded, 3
	}
	return at, 1
}

// hasHost reports whether an authority can be a host with an optional port.
func hasHost(authority string) bool {
	if strings.HasPrefix(authority, "[") {
		return strings.Contains(authority, "]")
	}
	_, port, _ := strings.Cut(authority, ":")
	return strings.Trim(port, "0123456789") == ""
}

// cutTail splits tail into the path, the query with its ?, and the fragment with its #.
func cutTail(tail string) (path, query, fragment string) {
	if i := strings.IndexByte(tail, '#'); i >= 0 {
		tail, fragment = tail[:i], tail[i:]
	}
	if i := strings.IndexByte(tail, '?'); i >= 0 {
		tail, query = tail[:i], tail[i:]
	}
	return tail, query, fragment
}

// shownUser returns the user information with its @ if it is not secret, and "" otherwise.
func (p parts) shownUser() string {
	if !p.at || p.userIsSecret(pipVariable) {
		return ""
	}
	return p.user + "@"
}
