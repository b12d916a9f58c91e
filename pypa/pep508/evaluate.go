package pep508

import (
	"fmt"
	"strings"
)

// Evaluate decides the marker in env. An undefined variable is an error, and
// so is an operator that its operands do not have, such as ~= between texts.
func (m Marker) Evaluate(env Environment) (bool, error) {
	if m.Empty() {
		return true, nil
	}
	holds, err := m.root.evaluate(&env)
	if err != nil {
		return false, fmt.Errorf("marker %s: %w", m, err)
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
		return false, fmt.Errorf("the variable %s is not defined here", c.variable)
	}
	if c.variable == extra {
		return c.evaluateExtra(set)
	}
	return c.evaluateSet(set)
}

// compare decides a comparison with a variable of the given value.
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

// compareText compares as the standard says since 2026: text has no order.
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
	return false, fmt.Errorf("%s does not apply to the texts %q and %q", op, left, right)
}

// evaluateExtra decides a comparison with extra, a variable that has each
// active extra for its value: it must hold for one of them, in a negative
// form for all.
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

// evaluateSet decides a comparison with a set of PEP 751, which has members
// but is equal to no text.
func (c *comparison) evaluateSet(set map[string]bool) (bool, error) {
	if !c.reversed {
		return false, fmt.Errorf(`%s is a set: write "name" in %s`, c.variable, c.variable)
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
	return false, fmt.Errorf("%s does not apply to the set %s", c.op, c.variable)
}
