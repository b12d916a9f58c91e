// Package pysource splits Python source into statements, which are lists of tokens. The
// tokens do not depend on comments, blank lines, the kind of quotes, or line breaks.
//
// The package implements the lexical rules in chapter 2 of "The Python Language Reference"
// that are the same in every Python 3 version, but no grammar. [Parse] is for small files
// with a few statements, such as the __init__.py of a namespace package. [Top] finds the
// position at the top of a script where a statement can be added.
package pysource

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Statement is a simple statement, or the header of a compound statement, such as "try :".
// The statements after the colon of try, except, else, and finally are separate.
type Statement struct {
	Depth  int      // indentation level; 0 at the top level
	Tokens []string // names, numbers, strings in Go syntax, and single operator characters
	Line   int      // offset of the start of its first line
	End    int      // offset of the end of its last line
}

// IsString reports whether the statement is only a string, such as a docstring.
func (s *Statement) IsString() bool {
	return !slices.ContainsFunc(s.Tokens, func(token string) bool { return !isString(token) })
}

// IsFuture reports whether the statement is "from __future__ import …".
func (s *Statement) IsFuture() bool {
	return len(s.Tokens) > 2 && s.Tokens[0] == "from" && s.Tokens[1] == "__future__"
}

// Parse returns the statements in source, which must be UTF-8. It returns an error if
// source is not lexically valid.
func Parse(source []byte) ([]Statement, error) {
	p := parser{source: string(bytes.TrimPrefix(source, []byte("\ufeff"))), indents: []int{0}}
	p.offset = len(source) - len(p.source)
	for p.at < len(p.source) {
		if err := p.line(); err != nil {
			return nil, err
		}
	}
	return p.statements, nil
}

// Top returns the offset in source where a statement can be inserted so that it runs before
// all others: after the module's docstring and future imports.
func Top(source []byte) (int, error) {
	statements, err := Parse(source)
	if err != nil {
		return 0, err
	}
	end := 0
	for i := range statements {
		s := &statements[i]
		switch {
		case i == 0 && s.IsString(), s.IsFuture():
			end = s.End
		case s.Line >= end:
			return s.Line, nil
		}
	}
	return len(source), nil
}

type parser struct {
	source     string
	offset     int // offset of source in the file, after the byte order mark
	at         int
	indents    []int // columns of the open blocks
	statements []Statement
}

var (
	errString  = errors.New("unterminated string")
	errBracket = errors.New("unbalanced brackets")
	errIndent  = errors.New("inconsistent indentation")
)

// line parses a logical line (section 2.1.5) and adds its statements.
func (p *parser) line() error {
	start := p.at
	column := p.indent()
	var tokens []string
	var open brackets
	for p.at < len(p.source) {
		c := p.source[p.at]
		if c == '\n' || c == '\r' {
			p.newline()
			if len(open) == 0 {
				return p.add(tokens, column, start)
			}
			continue
		}
		token, err := p.token()
		if err != nil {
			return err
		}
		if token == "" {
			continue
		}
		if err := open.match(token); err != nil {
			return err
		}
		tokens = append(tokens, token)
	}
	if len(open) > 0 {
		return errBracket
	}
	return p.add(tokens, column, start)
}

// token consumes and returns the next token of a line. For white space, a comment, or an
// escaped line break, it returns "".
func (p *parser) token() (string, error) {
	switch c := p.source[p.at]; {
	case c == ' ' || c == '\t' || c == '\f':
		p.at++
		return "", nil
	case c == '#':
		p.comment()
		return "", nil
	case c == '\\':
		p.at++
		if p.at < len(p.source) && p.source[p.at] != '\n' && p.source[p.at] != '\r' {
			return "", errors.New("unexpected backslash within a line")
		}
		p.newline()
		return "", nil
	case c == '"' || c == '\'':
		return p.text("")
	case isWord(c):
		word := p.word()
		if p.at < len(p.source) && (p.source[p.at] == '"' || p.source[p.at] == '\'') && isPrefix(word) {
			return p.text(word)
		}
		return word, nil
	default:
		p.at++
		return string(c), nil
	}
}

// brackets holds the closing brackets that match the open brackets of a line.
type brackets []byte

// match updates the open brackets after a token.
func (b *brackets) match(token string) error {
	switch token {
	case "(":
		*b = append(*b, ')')
	case "[":
		*b = append(*b, ']')
	case "{":
		*b = append(*b, '}')
	case ")", "]", "}":
		last := len(*b) - 1
		if last < 0 || (*b)[last] != token[0] {
			return errBracket
		}
		*b = (*b)[:last]
	}
	return nil
}

// indent consumes the white space at the start of a line and returns its width.
func (p *parser) indent() int {
	column := 0
	for p.at < len(p.source) {
		switch p.source[p.at] {
		case ' ':
			column++
		case '\t':
			column = column/8*8 + 8
		case '\f':
			column = 0
		default:
			return column
		}
		p.at++
	}
	return column
}

func (p *parser) newline() {
	if strings.HasPrefix(p.source[p.at:], "\r\n") {
		p.at++
	}
	p.at = min(p.at+1, len(p.source))
}

func (p *parser) comment() {
	n := strings.IndexAny(p.source[p.at:], "\r\n")
	if n < 0 {
		n = len(p.source) - p.at
	}
	p.at += n
}

func (p *parser) word() string {
	start := p.at
	for p.at < len(p.source) && isWord(p.source[p.at]) {
		p.at++
	}
	return p.source[start:p.at]
}

// text consumes a string literal (section 2.4.1) after its prefix. If there are no escapes,
// it returns the literal in Go syntax, so that the kind of Python quotes makes no
// difference.
func (p *parser) text(prefix string) (string, error) {
	quote := p.source[p.at : p.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(p.source[p.at:], triple) {
		quote = triple
	}
	start := p.at + len(quote)
	for at := start; at < len(p.source); at++ {
		switch c := p.source[at]; {
		case c == '\\':
			at++
		case (c == '\n' || c == '\r') && len(quote) == 1:
			return "", errString
		case strings.HasPrefix(p.source[at:], quote):
			p.at = at + len(quote)
			content := p.source[start:at]
			if prefix = strings.ToLower(prefix); prefix == "u" {
				prefix = ""
			}
			if prefix != "" || strings.ContainsAny(content, "\\\r") {
				return prefix + quote + content + quote, nil
			}
			return strconv.Quote(content), nil
		}
	}
	return "", errString
}

// add adds the statements of a logical line.
func (p *parser) add(tokens []string, column, start int) error {
	if len(tokens) == 0 {
		return nil
	}
	top := len(p.indents) - 1
	switch {
	case column > p.indents[top]:
		p.indents = append(p.indents, column)
	default:
		for top > 0 && p.indents[top] > column {
			top--
		}
		if p.indents = p.indents[:top+1]; p.indents[top] != column {
			return errIndent
		}
	}
	depth := len(p.indents) - 1
	if n := headLength(tokens); n > 0 && n < len(tokens) {
		p.simple(tokens[:n], depth, start)
		depth, tokens = depth+1, tokens[n:]
	}
	p.simple(tokens, depth, start)
	return nil
}

// simple adds the statements that are separated by semicolons.
func (p *parser) simple(tokens []string, depth, start int) {
	for len(tokens) > 0 {
		n := slices.Index(tokens, ";")
		if n < 0 {
			n = len(tokens)
		}
		if n > 0 {
			p.statements = append(p.statements, Statement{Depth: depth, Tokens: tokens[:n], Line: p.offset + start, End: p.offset + p.at})
		}
		tokens = tokens[min(n+1, len(tokens)):]
	}
}

// headLength returns the number of tokens in the header of a try statement or of its other
// clauses, or 0 for any other statement.
func headLength(tokens []string) int {
	switch tokens[0] {
	case "try", "except", "else", "finally":
		return slices.Index(tokens, ":") + 1
	}
	return 0
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}

func isPrefix(word string) bool {
	switch strings.ToLower(word) {
	case "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt":
		return true
	}
	return false
}

// isString reports whether a token is a string literal.
func isString(token string) bool {
	return strings.HasSuffix(token, `"`) || strings.HasSuffix(token, `'`)
}
