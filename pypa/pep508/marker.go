package pep508

import (
	"strings"

	"github.com/lamella-build/lamella/pypa/pep440"
)

// Marker is a parsed environment marker. The zero value always holds.
type Marker struct{ root *expression }

// Empty reports the marker that always holds because nothing was written.
func (m Marker) Empty() bool { return m.root == nil }

// String returns the marker in packaging's canonical spelling, "" if Empty:
// double quotes where possible, one space between words, extras normalised.
// Equal texts are equal markers.
func (m Marker) String() string {
	if m.Empty() {
		return ""
	}
	var b strings.Builder
	m.root.write(&b)
	return b.String()
}

// An expression is a row of operands joined by "and" and "or"; "and" binds
// tighter. Parentheses stay as they were written, each its own expression.
type expression struct {
	operands []operand
	or       []bool // or[i]: what joins operand i to operand i+1 is "or", not "and"
}

// An operand is an expression in parentheses, or else a comparison.
type operand struct {
	group      *expression
	comparison comparison
}

// A comparison is "variable op literal", or "literal op variable" if reversed.
type comparison struct {
	variable variable
	op       operator
	literal  string
	reversed bool

	// What the literal and the operator mean together where versions are
	// compared; isClause says whether they mean something.
	clause   pep440.Specifier
	isClause bool
}

// An operator is one of the comparison operators of PEP 440, "in" or "not in".
type operator string

func newComparison(v variable, op operator, literal string, reversed bool) comparison {
	c := comparison{variable: v, op: op, literal: literal, reversed: reversed}
	if v.isVersion() && !reversed {
		c.clause, c.isClause = parseClause(op, literal)
	}
	return c
}

// parseClause reads op and a version as a specifier. That they are none is no
// error: then they are compared as text.
func parseClause(op operator, version string) (pep440.Specifier, bool) {
	if op == "in" || op == "not in" {
		return pep440.Specifier{}, false
	}
	clause, err := pep440.ParseSpecifier(string(op) + version)
	return clause, err == nil
}

func (x *expression) write(b *strings.Builder) {
	for i := range x.operands {
		if i > 0 && x.or[i-1] {
			b.WriteString(" or ")
		} else if i > 0 {
			b.WriteString(" and ")
		}
		o := &x.operands[i]
		switch {
		case o.group == nil:
			o.comparison.write(b)
		case len(x.operands) == 1:
			o.group.write(b)
		default:
			o.group.writeGroup(b)
		}
	}
}

// writeGroup writes x in parentheses, but only one pair of them, and none
// around a single comparison.
func (x *expression) writeGroup(b *strings.Builder) {
	if len(x.operands) > 1 {
		b.WriteByte('(')
		x.write(b)
		b.WriteByte(')')
		return
	}
	if inner := x.operands[0].group; inner != nil {
		inner.writeGroup(b)
		return
	}
	x.operands[0].comparison.write(b)
}

func (c *comparison) write(b *strings.Builder) {
	left, right := string(c.variable), quote(c.literal)
	if c.reversed {
		left, right = right, left
	}
	for i, word := range []string{left, string(c.op), right} {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
}

// quote relies on a literal never holding both kinds of quote.
func quote(s string) string {
	if strings.Contains(s, `"`) {
		return "'" + s + "'"
	}
	return `"` + s + `"`
}
