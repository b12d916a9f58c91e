package catalogue

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
)

// tests is the book of the package whose tests run in this process.
var tests book

// KindOf is [fault.KindOf], and records err, unless it is nil, in the package's book.
func KindOf(err error) fault.Kind {
	Record(err)
	return fault.KindOf(err)
}

// KindOfTool is [KindOf] for an error whose details are the output of a tool of this
// machine. The book does not have the output.
func KindOfTool(err error) fault.Kind {
	if err != nil {
		entry := lines(err)
		if output := len(fault.Details(err)); output > 0 {
			entry = slices.Replace(entry, 1, 1+output, "  OUTPUT")
		}
		tests.add(entry, true)
	}
	return fault.KindOf(err)
}

// Record records err, unless it is nil, in the package's book.
func Record(err error) {
	if err != nil {
		tests.fault(err)
	}
}

// Sometimes records err, unless it is nil, as an error that not every run prints: it
// depends on timing, on this machine, or on which cases the run tries. It is marked in the
// package's book. A run that prints it for the first time does not fail, and -update keeps
// it though the run did not print it; delete an obsolete one by hand.
func Sometimes(err error) {
	if err != nil {
		tests.sometimes(err)
	}
}

// Sentences records sentences about a plan or result in the package's book, after a prefix
// such as "note: " that the command line prints.
func Sentences(prefix string, sentences ...string) {
	for _, s := range sentences {
		tests.add([]string{prefix + s}, true)
	}
}

// Events returns a sink that records notes and warnings in the package's book and passes
// every event on to next.
func Events(next event.Sink) event.Sink {
	return func(e event.Event) {
		switch e.Kind {
		case event.Note:
			tests.add([]string{e.Message}, true)
		case event.Warn:
			tests.add([]string{"warning: " + e.Message}, true)
		}
		next.Emit(e)
	}
}

// Vary has instead take the place of what pattern matches in all entries of the package's
// book: what is only in this run, such as the version of the machine's interpreter.
func Vary(pattern, instead string) {
	tests.mu.Lock()
	defer tests.mu.Unlock()
	if tests.vary == nil {
		tests.vary = map[string]string{}
	}
	tests.vary[pattern] = instead
}

// Main runs the tests of a package whose book is called name, and returns the exit
// status. Messages name the system and its processor: only Linux on x86_64 is compared. Only
// a run of all tests is compared. An entry that no test printed is no failure, because tests
// of tools that are not installed are skipped; -update removes it, unless it is of [Sometimes].
func Main(m *testing.M, name string) int {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write the golden files")
	}
	status := m.Run()
	if status != 0 || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" || value("test.fuzz") != "" || value("test.fuzzworker") == "true" || value("test.list") != "" {
		return status
	}
	if value("test.run") != "" || value("test.skip") != "" { // some tests, or a process that a test started
		return status
	}
	if value("update") == "true" {
		if err := tests.write(path(name)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return status
	}
	for _, problem := range tests.compare(path(name), false) {
		fmt.Fprintln(os.Stderr, problem)
		status = 1
	}
	return status
}

func value(name string) string {
	if f := flag.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}
