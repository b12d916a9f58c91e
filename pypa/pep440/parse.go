package pep440

import (
	"fmt"
	"strings"
	"unicode"
)

// Parse parses a version in any form that PEP 440 allows ("Normalization"): with upper
// case, a leading v, alternative separators and labels, or surrounding white space.
func Parse(s string) (Version, error) {
	v, ok := parse(strings.TrimFunc(s, isSpace))
	if !ok {
		return Version{}, fmt.Errorf("%q is not a valid version (PEP 440)", s)
	}
	return v, nil
}

// isSpace reports whether Python's str.strip removes the character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// label is a word that starts a segment, and its normal form.
type label struct{ word, normal string }

// A longer word must precede its prefixes.
var (
	preLabels = []label{
		{"alpha", "a"}, {"a", "a"}, {"beta", "b"}, {"b", "b"},
		{"preview", "rc"}, {"pre", "rc"}, {"c", "rc"}, {"rc", "rc"},
	}
	postLabels = []label{{"post", ".post"}, {"rev", ".post"}, {"r", ".post"}}
	devLabels  = []label{{"dev", ".dev"}}
)

// parse parses all of s. For a version in normal form, like nearly all versions in lock
// files, it does not allocate memory.
func parse(s string) (v Version, ok bool) {
	var array [64]byte
	out := array[:0]
	p := scanner{s}

	p.accept("v")
	n := p.digits()
	if n != "" && p.accept("!") {
		if n = trimZeros(n); n != "0" {
			out = append(append(out, n...), '!')
		}
		v.epoch = int32(len(out))
		n = p.digits()
	}
	if n == "" {
		return v, false
	}
	out = append(out, trimZeros(n)...)
	for len(p.rest) > 1 && p.rest[0] == '.' && isDigit(p.rest[1]) {
		p.accept(".")
		out = append(append(out, '.'), trimZeros(p.digits())...)
	}
	v.release = int32(len(out))

	out = p.segment(out, preLabels)
	v.pre = int32(len(out))
	if len(p.rest) > 1 && p.rest[0] == '-' && isDigit(p.rest[1]) { // 1.0-1 means 1.0.post1
		p.accept("-")
		out = append(append(out, ".post"...), trimZeros(p.digits())...)
	} else {
		out = p.segment(out, postLabels)
	}
	v.post = int32(len(out))
	out = p.segment(out, devLabels)
	v.dev = int32(len(out))

	if p.accept("+") {
		if out, ok = p.local(out); !ok {
			return v, false
		}
	}
	if p.rest != "" {
		return v, false
	}
	if v.text = s; string(out) != s {
		v.text = string(out)
	}
	return v, true
}

// scanner holds the remaining text to parse.
type scanner struct{ rest string }

// accept consumes word, which is in lower case, if it is next in any case.
func (p *scanner) accept(word string) bool {
	if len(p.rest) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(p.rest[i]) != word[i] {
			return false
		}
	}
	p.rest = p.rest[len(word):]
	return true
}

// digits consumes and returns the next digits. There may be none.
func (p *scanner) digits() string {
	i := 0
	for i < len(p.rest) && isDigit(p.rest[i]) {
		i++
	}
	n := p.rest[:i]
	p.rest = p.rest[i:]
	return n
}

// separator consumes a "-", "_", or "." if it is next.
func (p *scanner) separator() {
	if p.rest != "" && isSeparator(p.rest[0]) {
		p.rest = p.rest[1:]
	}
}

// segment consumes a label and its number, which defaults to 0, and appends their normal
// form to out. It consumes nothing if no label is next.
func (p *scanner) segment(out []byte, labels []label) []byte {
	start := p.rest
	p.separator()
	for _, l := range labels {
		if p.accept(l.word) {
			p.separator()
			return append(append(out, l.normal...), trimZeros(p.digits())...)
		}
	}
	p.rest = start
	return out
}

// local appends "+" and the normal form of the local version label.
func (p *scanner) local(out []byte) (_ []byte, ok bool) {
	join := byte('+')
	for {
		i, number := 0, true
		for i < len(p.rest) && (isDigit(p.rest[i]) || isLetter(p.rest[i])) {
			number = number && isDigit(p.rest[i])
			i++
		}
		if i == 0 {
			return out, false
		}
		part := p.rest[:i]
		p.rest = p.rest[i:]
		out = append(out, join)
		if number {
			out = append(out, trimZeros(part)...)
		} else {
			for j := range len(part) {
				out = append(out, lower(part[j]))
			}
		}
		if p.rest == "" || !isSeparator(p.rest[0]) {
			return out, true
		}
		p.separator()
		join = '.'
	}
}

// trimZeros returns a number in normal form, or "0" if it is empty.
func trimZeros(n string) string {
	if n = strings.TrimLeft(n, "0"); n == "" {
		return "0"
	}
	return n
}

func isDigit(c byte) bool     { return '0' <= c && c <= '9' }
func isLetter(c byte) bool    { c = lower(c); return 'a' <= c && c <= 'z' }
func isSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
