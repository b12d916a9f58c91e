package index

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// netrc is the content of a netrc file.
type netrc struct {
	machines map[string]login // by host name
	fallback *login           // the entry "default"
}

type login struct{ user, password string }

// lookup returns the user and password for host. As in Python's netrc, "default" applies to
// every machine that is not listed.
func (n netrc) lookup(host string) (user, password string) {
	l, ok := n.machines[host]
	if !ok && n.fallback != nil {
		l = *n.fallback
	}
	return l.user, l.password
}

// with returns n with these logins added. They replace those for the same host.
func (n netrc) with(logins map[string]login) netrc {
	machines := maps.Clone(n.machines)
	if machines == nil {
		machines = map[string]login{}
	}
	maps.Copy(machines, logins)
	return netrc{machines: machines, fallback: n.fallback}
}

// String returns n as a netrc file. It quotes words that a parser could misread.
func (n netrc) String() string {
	var b strings.Builder
	for _, host := range slices.Sorted(maps.Keys(n.machines)) {
		l := n.machines[host]
		fmt.Fprintf(&b, "machine %s login %s password %s\n", netrcWord(host), netrcWord(l.user), netrcWord(l.password))
	}
	if n.fallback != nil {
		fmt.Fprintf(&b, "default login %s password %s\n", netrcWord(n.fallback.user), netrcWord(n.fallback.password))
	}
	return b.String()
}

func netrcWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\r\n\"\\#") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// parseNetrc parses a netrc file as Python's netrc module does: tokens are separated by
// white space; a token that contains white space is in double quotes; a backslash escapes a
// character; a comment starts with # wherever a token other than a value may start; macdef
// ends at an empty line. The last entry for a machine wins.
func parseNetrc(content string) (netrc, error) {
	n := netrc{machines: map[string]login{}}
	s := &netrcScanner{rest: content, line: 1}
	for {
		switch word := s.word(); {
		case word == "":
			return n, nil
		case strings.HasPrefix(word, "#"):
			s.skipLine()
		case word == "machine":
			host := s.word()
			if host == "" {
				return netrc{}, fmt.Errorf("line %d: \"machine\" has no name", s.line)
			}
			l, err := s.login()
			if err != nil {
				return netrc{}, err
			}
			n.machines[host] = l
		case word == "default":
			l, err := s.login()
			if err != nil {
				return netrc{}, err
			}
			n.fallback = &l
		case word == "macdef":
			s.skipLine()
			s.skipMacro()
		default: // the word itself is not shown, because it may be part of a password
			return netrc{}, fmt.Errorf("line %d: expected \"machine\", \"default\", or \"macdef\"", s.line)
		}
	}
}

type netrcScanner struct {
	rest string
	line int // line number at the start of rest, from 1
}

// login parses the keys of one machine, up to the next top-level word.
func (s *netrcScanner) login() (login, error) {
	var l login
	for {
		before := *s
		switch word := s.word(); {
		case word == "" || word == "machine" || word == "default" || word == "macdef":
			*s = before
			return l, nil
		case strings.HasPrefix(word, "#"):
			s.skipLine()
		case word == "login" || word == "user":
			l.user = s.word()
		case word == "password":
			l.password = s.word()
		case word == "account":
			s.word()
		default:
			return login{}, fmt.Errorf("line %d: expected \"login\", \"password\", or \"account\"", s.line)
		}
	}
}

// next consumes and returns one character, or 0 at the end.
func (s *netrcScanner) next() byte {
	if s.rest == "" {
		return 0
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	if b == '\n' {
		s.line++
	}
	return b
}

// word consumes and returns the next word, or "" at the end.
func (s *netrcScanner) word() string {
	for s.rest != "" && isSpace(s.rest[0]) {
		s.next()
	}
	var b strings.Builder
	if strings.HasPrefix(s.rest, `"`) {
		s.next()
		for s.rest != "" {
			c := s.next()
			if c == '"' {
				return b.String()
			}
			if c == '\\' {
				c = s.next()
			}
			b.WriteByte(c)
		}
		return b.String()
	}
	for s.rest != "" && !isSpace(s.rest[0]) {
		c := s.next()
		if c == '\\' {
			c = s.next()
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// skipLine skips the rest of the line, such as a comment or the name of a macro.
func (s *netrcScanner) skipLine() {
	for s.rest != "" && s.next() != '\n' {
	}
}

// skipMacro skips everything up to and including the next empty line.
func (s *netrcScanner) skipMacro() {
	for s.rest != "" {
		line, rest, _ := strings.Cut(s.rest, "\n")
		s.rest = rest
		s.line++
		if strings.TrimSpace(line) == "" {
			return
		}
	}
}
