package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Usage is what a program used from its start to its end, with what it started.
type Usage struct {
	PeakMemory int64         // bytes, the largest resident set
	CPU        time.Duration // user and system
}

// launcher runs a program and writes what it used. A process that this one
// starts counts the memory of this one as its own, up to its exec; started by a
// small launcher, it counts at most the few megabytes of that.
const launcher = `import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as report:
    report.write(f"{used.ru_maxrss * 1024} {used.ru_utime + used.ru_stime}")
sys.exit(128 - status if status < 0 else status)
`

// Measure runs command and returns what it used and its error, an
// *exec.ExitError if its exit status is not 0. It works on Linux.
func Measure(t testing.TB, command *exec.Cmd) (Usage, error) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "usage")
	python := Tool(t, "python")
	measured := exec.Command(python, append([]string{"-I", "-S", "-c", launcher, report, command.Path}, command.Args[1:]...)...)
	measured.Dir, measured.Env = command.Dir, command.Env
	measured.Stdin, measured.Stdout, measured.Stderr = command.Stdin, command.Stdout, command.Stderr
	err := measured.Run()
	content, readErr := os.ReadFile(report)
	if readErr != nil {
		t.Fatal(readErr, err)
	}
	var used Usage
	var seconds float64
	if _, err := fmt.Sscan(string(content), &used.PeakMemory, &seconds); err != nil {
		t.Fatal(err)
	}
	used.CPU = time.Duration(seconds * float64(time.Second))
	return used, err
}
