// Package number formats numbers and lists in messages.
package number

import (
	"strconv"
	"strings"
)

// Group formats n with a comma between every three digits, such as "262,144,000".
func Group(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count formats n with what it counts, such as "1 wheel" or "1,400 wheels".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Group(int64(n)) + " " + noun + "s"
}

// And joins words into a list, such as "a", "a and b", or "a, b, and c".
func And(words []string) string {
	if n := len(words) - 1; n > 1 {
		return strings.Join(words[:n], ", ") + ", and " + words[n]
	}
	return strings.Join(words, " and ")
}
