// Package shell writes words for a shell.
package shell

import (
	"os"
	"strings"
	"unicode"
)

// Quote quotes s, if need be, so that a shell takes it as one word.
func Quote(s string) string {
	safe := func(r rune) bool {
		return r > unicode.MaxASCII || unicode.IsLetter(r) || unicode.IsDigit(r) ||
			r == os.PathSeparator || strings.ContainsRune("/.:=@%+,_-", r)
	}
	if s != "" && strings.TrimFunc(s, safe) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
