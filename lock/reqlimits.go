package lock

import (
	"bytes"
	"fmt"
)

// Limits of a requirements file with all that it draws in, far above real ones:
// those have a line for each hash, and 100,000 at most.
const (
	maxReqLines    = 300_000
	maxReqLine     = 2_000_000  // bytes of a line; 1,000 hashes are 80 kB
	maxReqPackages = 20_000     // each takes about 3 kB; the most are about 3,000
	maxReqIncludes = 1_000      // -r and -c lines
	maxReqBytes    = 64_000_000 // of included files, each as often as it is named
)

// requirementsSize is how much was read.
type requirementsSize struct {
	lines, includes, packages int
	bytes                     int64
}

// addPackage counts a requirement or constraint.
func (s *requirementsSize) addPackage() error {
	if s.packages++; s.packages > maxReqPackages {
		return fmt.Errorf("lamella reads at most %d requirements", maxReqPackages)
	}
	return nil
}

// add counts the lines of a file before they are held one by one.
func (s *requirementsSize) add(content []byte) error {
	for _, end := range []string{"\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029"} {
		s.lines += bytes.Count(content, []byte(end))
	}
	if s.lines > maxReqLines {
		return fmt.Errorf("requirements have about %d lines, and lamella reads at most %d", s.lines, maxReqLines)
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

var errReqLine = fmt.Errorf("one of its lines is longer than %d bytes, the most that lamella reads", maxReqLine)

// include counts a file that a line names.
func (s *requirementsSize) include(content []byte) error {
	s.includes++
	s.bytes += int64(len(content))
	if s.includes > maxReqIncludes || s.bytes > maxReqBytes {
		return fmt.Errorf("lamella reads files for -r and -c at most %d times, and %d MB of them", maxReqIncludes, maxReqBytes/1_000_000)
	}
	return nil
}
