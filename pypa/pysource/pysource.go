// Package pysource reads Python source as far as one can without running it: as
// statements, which are lists of tokens. Comments, blank lines, and how a string
// is quoted or a line is broken, make no difference to them.
//
// It knows the lexical rules of "The Python Language Reference", chapter 2, that
// are the same in every Python 3, and no grammar. [Parse] is for small files whose
// whole meaning follows from a few statements, such as the __init__.py of a
// namespace package, and for the place at the top of a script where a statement
// may be added ([Top]).
package pysource

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Statement is a simple statement, or the head of a compound one: "try :". The
// suite behind the colon of try, except, else and finally is statements of their own.
type Statement struct {
	Depth  int      // of indentation: 0 is the module's own
	Tokens []string // names, numbers, strings in Go's quotes, and single characters of operators
	Line   int      // offset of the line that it begins on
	End    int      // offset behind the last line that it is on
}

// IsString reports an expression that is a string and nothing else, such as a docstring.
func (s *Statement) IsString() bool {
	return !slices.ContainsFunc(s.Tokens, func(token string) bool { return !isString(token) })
}

// IsFuture reports a "from __future__ import …".
func (s *Statement) IsFuture() bool {
	return len(s.Tokens) > 2 && s.Tokens[0] == "from" && s.Tokens[1] == "__future__"
}

// Parse returns the statements of source, which is UTF-8.
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

// Top returns the offset in source where a statement may be added that is to run
// before all others: behind the module's docstring and its future imports.
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
	offset     int // of source in the file, behind a byte order mark
	at         int
	indents    []int // columns of the open suites
	statements []Statement
}

var (
	errString  = errors.New("a string does not end")
	errBracket = errors.New("the brackets do not match")
	errIndent  = errors.New("the indentation does not match")
)

// line reads one logical line (section 2.1.5) and adds its statements.
func (p *parser) line() error { //nolint:gocognit // one case for each kind of token
	start := p.at
	column := p.indent()
	var tokens []string
	var open []byte // closing brackets that are due
	for p.at < len(p.source) {
		c := p.source[p.at]
		switch {
		case c == '\n' || c == '\r':
			p.newline()
			if len(open) == 0 {
				return p.add(tokens, column, start)
			}
		case c == ' ' || c == '\t' || c == '\f':
			p.at++
		case c == '#':
			p.comment()
		case c == '\\':
			p.at++
			if p.at < len(p.source) && p.source[p.at] != '\n' && p.source[p.at] != '\r' {
				return errors.New("a backslash is not at the end of its line")
			}
			p.newline()
		case c == '"' || c == '\'':
			text, err := p.text("")
			if err != nil {
				return err
			}
			tokens = append(tokens, text)
		case isWord(c):
			word := p.word()
			if p.at < len(p.source) && (p.source[p.at] == '"' || p.source[p.at] == '\'') && isPrefix(word) {
				text, err := p.text(word)
				if err != nil {
					return err
				}
				word = text
			}
			tokens = append(tokens, word)
		default:
			switch c {
			case '(':
				open = append(open, ')')
			case '[':
				open = append(open, ']')
			case '{':
				open = append(open, '}')
			case ')', ']', '}':
				if len(open) == 0 || open[len(open)-1] != c {
					return errBracket
				}
				open = open[:len(open)-1]
			}
			tokens = append(tokens, string(c))
			p.at++
		}
	}
	if len(open) > 0 {
		return errBracket
	}
	return p.add(tokens, column, start)
}

// indent reads white space at the beginning of a line and returns its width.
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

// text reads a string literal (section 2.4.1) behind its prefix. Without escapes
// it is returned as Go quotes it, so that Python's quotes make no difference.
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

// simple adds the statements that semicolons divide.
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

// headLength returns how many tokens the head of a try statement has, 0 if
// tokens are another statement.
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

// isString reports a token that is a string literal.
func isString(token string) bool {
	return strings.HasSuffix(token, `"`) || strings.HasSuffix(token, `'`)
}
