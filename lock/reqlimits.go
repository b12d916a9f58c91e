package lock

import (
	"bytes"
	"fmt"

	"github.com/lamella-build/lamella/internal/number"
)

// Limits on a requirements file including all files that it includes. Real ones have a line
// for each hash and at most 100,000 lines.
const (
	maxReqLines    = 300_000
	maxReqLine     = 2_000_000  // bytes in a line; 1,000 hashes are 80 kB
	maxReqPackages = 20_000     // about 3 kB each; real files have up to 3,000
	maxReqIncludes = 1_000      // -r and -c lines
	maxReqBytes    = 64_000_000 // of included files; a file counts each time it is included
)

// requirementsSize counts what has been read so far.
type requirementsSize struct {
	lines, includes, packages int
	pairs, names              int // of a requirement and a constraint; extras
	bytes                     int64
}

// addPackage counts a requirement or constraint.
func (s *requirementsSize) addPackage() error {
	if s.packages++; s.packages > maxReqPackages {
		return fmt.Errorf("more than %d requirements, which is lamella's limit", maxReqPackages)
	}
	return nil
}

// addPairs counts n constraints that apply to a requirement.
func (s *requirementsSize) addPairs(n int) error {
	if s.pairs += n; s.pairs > maxReqPackages {
		return fmt.Errorf("more than %s constraints for all requirements together, which is lamella's limit", number.Group(maxReqPackages))
	}
	return nil
}

// addNames counts n extras.
func (s *requirementsSize) addNames(n int) error {
	if s.names += n; s.names > maxNames {
		return fmt.Errorf("more than %s extras, which is lamella's limit", number.Group(maxNames))
	}
	return nil
}

// add counts the lines of a file before they are split, and checks their length.
func (s *requirementsSize) add(content []byte) error {
	for _, end := range []string{"\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029"} {
		s.lines += bytes.Count(content, []byte(end))
	}
	if s.lines > maxReqLines {
		return fmt.Errorf("about %s lines of requirements, but lamella reads at most %s", number.Group(int64(s.lines)), number.Group(maxReqLines))
	}
	for len(content) > maxReqLine {
		end := bytes.LastIndexAny(content[:maxReqLine], "\r\n")
		if end < 0 {
			return errReqLine
		}
		content = content[end+1:]
	}
	return nil
}

var errReqLine = fmt.Errorf("a line is longer than %d bytes, which is lamella's limit", maxReqLine)

// include counts an included file.
func (s *requirementsSize) include(content []byte) error {
	s.includes++
	s.bytes += int64(len(content))
	if s.includes > maxReqIncludes || s.bytes > maxReqBytes {
		return fmt.Errorf("more than %d files or %d MB included with -r and -c, which is lamella's limit", maxReqIncludes, maxReqBytes/1_000_000)
	}
	return nil
}
