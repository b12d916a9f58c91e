package catalogue

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Scripts runs the test scripts of p as [testscript.Run] does, and keeps what lamella wrote
// to stderr in the book called name, except for the scripts called except. The book is
// written with update, else compared, if all scripts ran and passed, on Linux.
func Scripts(t *testing.T, name string, update bool, p testscript.Params, except ...string) {
	var b book
	t.Cleanup(func() { // after the scripts, which run in parallel
		if t.Failed() || runtime.GOOS != "linux" || strings.Contains(value("test.run"), "/") || value("test.skip") != "" {
			return
		}
		if update {
			if err := b.write(path(name)); err != nil {
				t.Error(err)
			}
			return
		}
		for _, problem := range b.compare(path(name), true) {
			t.Error(problem)
		}
	})
	testscript.RunT(scripts{T: t, book: &b, except: except}, p)
}

// scripts is the [testscript.T] that reads the log of each script.
type scripts struct {
	*testing.T
	book   *book
	except []string
}

// Verbose has testscript log every command, also of scripts that pass.
func (scripts) Verbose() bool { return true }

func (s scripts) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) {
		f(scripts{T: t, book: s.book, except: s.except})
	})
}

// Log gets the log of a script when it ends.
func (s scripts) Log(args ...any) {
	log := fmt.Sprint(args...)
	if s.Failed() || testing.Verbose() {
		s.T.Log(log)
	}
	if !s.Failed() && !slices.Contains(s.except, filepath.Base(s.Name())) {
		s.book.log(log)
	}
}

var (
	command = regexp.MustCompile(`^(> |\[background\] )`)
	lamella = regexp.MustCompile(`^(> (\[[^\]]+\] )*(! )?(exec|status [0-9]+) |\[background\] )lamella( |$)`)
)

// log records what lamella wrote to stderr in the log of a script.
func (b *book) log(log string) {
	var stderr strings.Builder
	ofLamella, inStderr := false, false
	for line := range strings.Lines(log) {
		switch {
		case command.MatchString(line) || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") || line == "PASS\n":
			b.output(stderr.String())
			stderr.Reset()
			inStderr = strings.HasPrefix(line, "[stderr]")
			if command.MatchString(line) {
				ofLamella = lamella.MatchString(strings.TrimRight(line, "\n"))
			}
		case ofLamella && inStderr:
			stderr.WriteString(line)
		}
	}
	b.output(stderr.String())
}
