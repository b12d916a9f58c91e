// Package shell quotes words for a shell.
package shell

import (
	"os"
	"strings"
	"unicode"
)

// Quote returns s, quoted if necessary, so that a shell treats it as one word.
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
