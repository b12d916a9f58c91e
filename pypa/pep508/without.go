package pep508

import "slices"

// Without returns the marker with every comparison of one of the given variables replaced
// with true. The result is true at least wherever m is.
func (m Marker) Without(variables ...string) Marker {
	if m.Empty() {
		return m
	}
	return Marker{m.root.without(variables)}
}

// without returns nil for an expression that is always true.
func (x *expression) without(variables []string) *expression {
	left := &expression{}
	branch := 0 // index in left of the first operand of the current "and"
	for i := range x.operands {
		if i > 0 && x.or[i-1] {
			if branch == len(left.operands) {
				return nil
			}
			branch = len(left.operands)
		}
		o := x.operands[i]
		switch {
		case o.group != nil:
			if o.group = o.group.without(variables); o.group == nil {
				continue
			}
		case slices.Contains(variables, string(o.comparison.variable)):
			continue
		}
		if len(left.operands) > 0 {
			left.or = append(left.or, branch == len(left.operands))
		}
		left.operands = append(left.operands, o)
	}
	if branch == len(left.operands) {
		return nil
	}
	return left
}
