package pep508

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// maxDepth is the maximum nesting of parentheses. Real markers have two levels.
const maxDepth = 100

// ParseMarker parses a marker expression. An empty expression is an error; the zero Marker
// is the one that is always true.
func ParseMarker(s string) (Marker, error) {
	p := parser{rest: s}
	x, err := p.expression(0)
	if err == nil && p.rest != "" {
		err = expected(`"and", "or", or the end of the marker`, p.rest)
	}
	if err != nil {
		return Marker{}, fmt.Errorf("invalid marker %q: %w", s, err)
	}
	return Marker{x}, nil
}

// expected returns the error for text that does not begin with what.
func expected(what, text string) error {
	if text == "" {
		return fmt.Errorf("expected %s, but nothing follows", what)
	}
	return fmt.Errorf("expected %s, but found %q", what, text)
}

// parser holds the remaining text to parse.
type parser struct{ rest string }

// space skips spaces and tabs. Markers do not contain line breaks.
func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t") }

// accept consumes token if it is next.
func (p *parser) accept(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return ok
}

// word returns the next run of letters, digits, and underscores without consuming it.
func (p *parser) word() string {
	i := 0
	for i < len(p.rest) && isWord(p.rest[i]) {
		i++
	}
	return p.rest[:i]
}

// acceptWord consumes word if it is the next whole word.
func (p *parser) acceptWord(word string) bool {
	return p.word() == word && p.accept(word)
}

// expression parses operands joined by "and" and "or", including the space around them.
func (p *parser) expression(depth int) (*expression, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d nested parentheses", maxDepth)
	}
	x := new(expression)
	for {
		o, err := p.operand(depth)
		if err != nil {
			return nil, err
		}
		x.operands = append(x.operands, o)
		or := p.acceptWord("or")
		if !or && !p.acceptWord("and") {
			return x, nil
		}
		x.or = append(x.or, or)
	}
}

func (p *parser) operand(depth int) (o operand, err error) {
	p.space()
	if p.accept("(") {
		if o.group, err = p.expression(depth + 1); err != nil {
			return o, err
		}
		if !p.accept(")") {
			return o, expected("a closing parenthesis", p.rest)
		}
	} else if o.comparison, err = p.comparison(); err != nil {
		return o, err
	}
	p.space()
	return o, nil
}

func (p *parser) comparison() (comparison, error) {
	left, leftVariable, err := p.value()
	if err != nil {
		return comparison{}, err
	}
	p.space()
	op, err := p.operator()
	if err != nil {
		return comparison{}, err
	}
	p.space()
	right, rightVariable, err := p.value()
	if err != nil {
		return comparison{}, err
	}
	switch {
	case leftVariable == "" && rightVariable == "":
		return comparison{}, fmt.Errorf("neither side of the comparison of %q with %q is a variable", left, right)
	case leftVariable != "" && rightVariable != "":
		return comparison{}, fmt.Errorf("neither side of the comparison of %s with %s is a quoted string", leftVariable, rightVariable)
	}
	v, literal := leftVariable+rightVariable, left+right
	if v.isName() && (v == extra || leftVariable == "") {
		literal = pep503.Normalize(literal)
	}
	return newComparison(v, op, literal, leftVariable == ""), nil
}

// value parses a variable or a quoted string. v is "" for a string.
func (p *parser) value() (literal string, v variable, err error) {
	if p.rest == "" {
		return "", "", expected("a variable or a quoted string", "")
	}
	if q := p.rest[:1]; q == `"` || q == "'" {
		literal, rest, ok := strings.Cut(p.rest[1:], q)
		if !ok {
			return "", "", fmt.Errorf("unclosed quotation mark at %q", p.rest)
		}
		// The grammar has no escape sequences, which would need a backslash.
		if strings.ContainsAny(literal, "\\\r\n\x00") {
			return "", "", fmt.Errorf("the quoted string %q contains a backslash or line break", literal)
		}
		p.rest = rest
		return literal, "", nil
	}
	name := p.word()
	if dot := p.rest[len(name):]; (name == "os" || name == "sys" || name == "platform") && strings.HasPrefix(dot, ".") {
		after := parser{dot[1:]}
		name += "." + after.word()
	}
	v, ok := parseVariable(name)
	if !ok {
		return "", "", expected("a variable or a quoted string", p.rest)
	}
	p.accept(name)
	return "", v, nil
}

// A longer operator must precede its prefixes.
var operators = []operator{"===", "==", "~=", "!=", "<=", ">=", "<", ">"}

func (p *parser) operator() (operator, error) {
	for _, op := range operators {
		if p.accept(string(op)) {
			return op, nil
		}
	}
	if p.acceptWord("in") {
		return "in", nil
	}
	start := p.rest
	if p.acceptWord("not") {
		p.space()
		if p.acceptWord("in") {
			return "not in", nil
		}
	}
	return "", expected("one of <=, <, !=, ==, >=, >, ~=, ===, in, not in", start)
}

func isWord(c byte) bool { return isAlphanumeric(c) || c == '_' || c >= 0x80 }

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
