package pep508

import (
	"strings"

	"github.com/lamella-build/lamella/pypa/pep440"
)

// Marker is a parsed environment marker. The zero value is always true.
type Marker struct{ root *expression }

// Empty reports whether m is the zero value, a marker without conditions.
func (m Marker) Empty() bool { return m.root == nil }

// String returns the marker in packaging's canonical form: double quotes where possible,
// one space between words, normalized extras. It returns "" if the marker is Empty. Markers
// with equal strings are equal.
func (m Marker) String() string {
	if m.Empty() {
		return ""
	}
	var b strings.Builder
	m.root.write(&b)
	return b.String()
}

// expression is a list of operands joined by "and" and "or"; "and" binds more tightly. Each
// pair of parentheses is a separate expression.
type expression struct {
	operands []operand
	or       []bool // or[i] reports whether operand i is followed by "or" rather than "and"
}

// operand is a comparison, or an expression in parentheses.
type operand struct {
	group      *expression
	comparison comparison
}

// comparison is "variable op literal", or "literal op variable" if reversed.
type comparison struct {
	variable variable
	op       operator
	literal  string
	reversed bool

	// clause is the operator and the literal as a version specifier. It is valid if
	// isClause is true.
	clause   pep440.Specifier
	isClause bool
}

// operator is a comparison operator of PEP 440, or "in" or "not in".
type operator string

func newComparison(v variable, op operator, literal string, reversed bool) comparison {
	c := comparison{variable: v, op: op, literal: literal, reversed: reversed}
	if v.isVersion() && !reversed {
		c.clause, c.isClause = parseClause(op, literal)
	}
	return c
}

// parseClause parses op and version as a specifier. It returns false if they are not a
// specifier and must be compared as strings.
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

// writeGroup writes x in a single pair of parentheses, or without parentheses if x is a
// single comparison.
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

// quote quotes a literal. A literal never contains both kinds of quotes.
func quote(s string) string {
	if strings.Contains(s, `"`) {
		return "'" + s + "'"
	}
	return `"` + s + `"`
}
