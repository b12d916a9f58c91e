package catalogue

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// tests is the book of the package whose tests run in this process.
var tests book

// KindOf is [fault.KindOf], and records err, unless it is nil, in the package's book.
func KindOf(err error) fault.Kind {
	Record(err)
	return fault.KindOf(err)
}

// Record records err, unless it is nil, in the package's book.
func Record(err error) {
	if err != nil {
		tests.fault(err)
	}
}

// Main runs the tests of a package whose book is called name, and returns the exit
// status. Messages of the system differ between systems: only Linux is compared. Only
// a run of all tests is compared. An entry that no test printed is no failure, because tests
// of tools that are not installed are skipped; -update removes it.
func Main(m *testing.M, name string) int {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write the golden files")
	}
	status := m.Run()
	if status != 0 || runtime.GOOS != "linux" || value("test.fuzz") != "" || value("test.fuzzworker") == "true" || value("test.list") != "" {
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
