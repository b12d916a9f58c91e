package lock

import "strings"

// conjunction returns the marker expression "a and b". "" is always true.
func conjunction(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ") and (" + b + ")"
}

// disjunction returns the marker expression that joins list with "or". An empty
// list is always true.
func disjunction(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ") or (") + ")"
}
