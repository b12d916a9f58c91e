// Package number writes numbers in messages.
package number

import "strconv"

// Group writes n with a comma between every three digits: "262,144,000".
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

// Count writes n and what it counts: "1 wheel", "1,400 wheels".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Group(int64(n)) + " " + noun + "s"
}
