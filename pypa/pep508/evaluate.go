package pep508

import (
	"fmt"
	"strings"
)

// Evaluate returns whether the marker is true in env. It returns an error for an undefined
// variable, and for an operator that does not apply, such as ~= between strings.
func (m Marker) Evaluate(env Environment) (bool, error) {
	if m.Empty() {
		return true, nil
	}
	holds, err := m.root.evaluate(&env)
	if err != nil {
		return false, fmt.Errorf("cannot evaluate the marker '%s': %w", m, err)
	}
	return holds, nil
}

func (x *expression) evaluate(env *Environment) (bool, error) {
	any, all := false, true
	for i := range x.operands {
		if i > 0 && x.or[i-1] {
			any, all = any || all, true
		}
		holds, err := x.operands[i].evaluate(env)
		if err != nil {
			return false, err
		}
		all = all && holds
	}
	return any || all, nil
}

func (o *operand) evaluate(env *Environment) (bool, error) {
	if o.group != nil {
		return o.group.evaluate(env)
	}
	c := &o.comparison
	if !c.variable.isName() {
		return c.compare(env.text(c.variable))
	}
	set := env.set(c.variable)
	if set == nil {
		return false, fmt.Errorf("the variable %s is undefined", c.variable)
	}
	if c.variable == extra {
		return c.evaluateExtra(set)
	}
	return c.evaluateSet(set)
}

// compare evaluates a comparison for the given value of its variable.
func (c *comparison) compare(value string) (bool, error) {
	if !c.reversed {
		if c.isClause {
			return c.clause.ContainsText(value), nil
		}
		return compareText(value, c.op, c.literal)
	}
	if c.variable.isVersion() {
		if clause, ok := parseClause(c.op, value); ok {
			return clause.ContainsText(c.literal), nil
		}
	}
	return compareText(c.literal, c.op, value)
}

// compareText compares strings, which have no order since the 2026 standard: "<=" and ">="
// mean "==".
func compareText(left string, op operator, right string) (bool, error) {
	switch op {
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	}
	return false, fmt.Errorf("operator %s does not apply to the strings %q and %q", op, left, right)
}

// evaluateExtra evaluates a comparison with extra, which is compared with each active
// extra. The comparison must be true for at least one of them, or, if it is negative, for
// all of them.
func (c *comparison) evaluateExtra(active map[string]bool) (bool, error) {
	negative := c.op == "!=" || c.op == "not in"
	tried := false
	for name, on := range active {
		if !on {
			continue
		}
		tried = true
		if holds, err := c.compare(name); err != nil || holds != negative {
			return holds, err
		}
	}
	if !tried {
		return c.compare("")
	}
	return negative, nil
}

// evaluateSet evaluates a comparison with a set (PEP 751). A set has members, and is not
// equal to any string.
func (c *comparison) evaluateSet(set map[string]bool) (bool, error) {
	if !c.reversed {
		op := operator("in")
		if c.op == "!=" || c.op == "not in" {
			op = "not in"
		}
		return false, fmt.Errorf(`%[1]s is a set, so the test must be written '%[2]q %[3]s %[1]s'`, c.variable, c.literal, op)
	}
	switch c.op {
	case "in":
		return set[c.literal], nil
	case "not in":
		return !set[c.literal], nil
	case "!=":
		return true, nil
	case "==", "<=", ">=", "<", ">":
		return false, nil
	}
	return false, fmt.Errorf("operator %s does not apply to the set %s", c.op, c.variable)
}
