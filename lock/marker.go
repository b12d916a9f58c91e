package lock

import "strings"

// conjunction is the marker expression "a and b"; "" always holds.
func conjunction(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ") and (" + b + ")"
}

// disjunction is the marker expression that holds if one of list does; an
// empty list always holds.
func disjunction(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ") or (") + ")"
}
