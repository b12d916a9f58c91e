// Package testenv finds what the tests run beside Go: the Python tools that
// `make test` installs into .venv-test, the wheels that it fetches into
// .cache/wheels, real interpreters, and an AWS stand-in that it starts itself.
//
// A test that needs something that is not there is skipped with a message that
// says how to get it. LAMELLA_TEST=required, which `make test` sets, turns that
// into a failure, so that a test cannot go missing unseen; LAMELLA_TEST=all,
// which `make verify` sets, also runs what is too heavy for every day.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Root returns the repository's root: the nearest folder above the working
// directory that holds go.mod.
func Root() string { return root() }

var root = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	panic("testenv: no go.mod above the working directory")
})

// All reports whether the heavy tests of `make verify` are asked for.
func All() bool { return os.Getenv("LAMELLA_TEST") == "all" }

// Heavy skips a test that only `make verify` runs.
func Heavy(t testing.TB) {
	t.Helper()
	if !All() {
		t.Skip("heavy: run by make verify")
	}
}

// Missing ends t because what the test needs is not there: as a failure where
// the tests are required, else skipped.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("LAMELLA_TEST") != "" {
		t.Fatalf("%s; LAMELLA_TEST asks for every test", what)
	}
	t.Skip(what)
}

// Tool returns the path of a program in the virtual environments of the tests:
// "python", "uv", "pip" of .venv-test, or one that has an environment of its
// own, as "poetry" in .venv-poetry.
func Tool(t testing.TB, name string) string {
	t.Helper()
	for _, venv := range []string{name, "test"} {
		path := venvProgram(filepath.Join(Root(), ".venv-"+venv), name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	Missing(t, "no "+name+" in .venv-"+name+" or .venv-test: run make test")
	return ""
}

// Wheels returns the folder of the wheels that `make test` fetched, after a
// look that those of the lock file at path are among them.
func Wheels(t testing.TB, lock string) string {
	t.Helper()
	folder := filepath.Join(Root(), ".cache", "wheels")
	base := strings.TrimSuffix(filepath.Base(lock), filepath.Ext(lock))
	if stamps, _ := filepath.Glob(filepath.Join(folder, "."+base+"-*")); len(stamps) == 0 {
		Missing(t, "the wheels of "+base+" are not in .cache/wheels: run make test or make verify")
	}
	return folder
}

// Interpreter returns a real CPython for a Lambda runtime ("python3.13"), from
// PATH or from pyenv. A machine rarely has them all, so where there is none the
// test is always only skipped.
func Interpreter(t testing.TB, runtimeName string) string {
	t.Helper()
	candidates := []string{runtimeName, "python3"}
	if home, err := os.UserHomeDir(); err == nil {
		version := strings.TrimPrefix(runtimeName, "python")
		found, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", version+".*", "bin", "python3"))
		candidates = slices.Concat(found, candidates)
	}
	for _, candidate := range candidates {
		out, err := exec.Command(candidate, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])").Output()
		if err == nil && strings.TrimSpace(string(out)) == runtimeName {
			return candidate
		}
	}
	t.Skip("no " + runtimeName + " on this machine")
	return ""
}

// venvProgram returns the path of a program in a virtual environment.
func venvProgram(venv, name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", name+".exe")
	}
	return filepath.Join(venv, "bin", name)
}
