// Package testenv finds what the tests run beside Go: the Python tools that
// `make test` installs into .venv-test, the wheels that it fetches into
// .cache/wheels, real interpreters, and an AWS stand-in that it starts itself.
//
// A test that needs something that is not there is skipped with a message that
// says how to get it. LAMELLA_TEST=required, which `make test` sets, turns that
// into a failure for everything that `make test` installs. LAMELLA_TEST=all,
// which `make verify` sets, also runs the heavy tests, and there every missing
// part is a failure, unless LAMELLA_WITHOUT names it: a list such as
// "podman,qemu,python3.13".
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

// ToolRuntime returns the runtime of the tests' own Python, "python3.13".
func ToolRuntime(t testing.TB) string {
	t.Helper()
	out, err := exec.Command(Tool(t, "python"), "-c", "import sys; print('python%d.%d' % sys.version_info[:2])").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
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

// Part is something that the tests use and `make test` does not install. Its
// value is the name that LAMELLA_WITHOUT takes.
type Part string

// The parts that are not interpreters; those have the name of their runtime,
// such as "python3.13".
const (
	Podman    Part = "podman"   // Podman and debootstrap, run by root
	QEMU      Part = "qemu"     // qemu-user, and Debian's arm64 packages
	Faketime  Part = "faketime" // the faketime command
	CCompiler Part = "cc"       // a C compiler for Linux
	Git       Part = "git"      // the git command
	Superuser Part = "root"     // the rights of root, to mount file systems
	Chromium  Part = "chromium" // the browser, without a screen
	Node      Part = "node"     // node and npm, and the tools that make verify installs into .venv-node
)

// Without ends t because a part is not there, or because LAMELLA_WITHOUT leaves
// it out. The reason says how to get it.
func Without(t testing.TB, part Part, reason string) {
	t.Helper()
	if All() && !leftOut(part) {
		t.Fatalf("%s (or leave it out: LAMELLA_WITHOUT=%s)", reason, part)
	}
	t.Skipf("%s: %s", part, reason)
}

// Wanted reports whether `make verify` runs and LAMELLA_WITHOUT does not leave out a part.
func Wanted(part Part) bool { return All() && !leftOut(part) }

// leftOut reports whether LAMELLA_WITHOUT names a part.
func leftOut(part Part) bool {
	return slices.Contains(strings.Split(os.Getenv("LAMELLA_WITHOUT"), ","), string(part))
}

// Needs ends t unless a command of a part is on PATH.
func Needs(t testing.TB, part Part, command, reason string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil || leftOut(part) {
		Without(t, part, reason)
	}
}

// Interpreter returns a real CPython for a Lambda runtime ("python3.13"), from
// PATH or from pyenv. Where there is none, the part of that name is missing.
func Interpreter(t testing.TB, runtimeName string) string {
	t.Helper()
	found := FindInterpreter(runtimeName)
	if found == "" {
		Without(t, Part(runtimeName), "no "+runtimeName+" on PATH or in pyenv: install it with uv or pyenv")
	}
	return found
}

// FindInterpreter returns what [Interpreter] does, "" where there is none.
func FindInterpreter(runtimeName string) string {
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
	return ""
}

// debianSuites are the Debian releases whose Python is that of a runtime.
var debianSuites = map[string]string{"python3.11": "bookworm", "python3.13": "trixie"}

// InterpreterFor returns a command line that runs a real CPython for a Lambda
// runtime and architecture. One of another architecture than this machine's runs
// under qemu-user, with a copy of Debian's packages in .cache.
func InterpreterFor(t testing.TB, runtimeName, arch string) []string {
	t.Helper()
	if map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH] == arch {
		return []string{Interpreter(t, runtimeName)}
	}
	suite, ok := debianSuites[runtimeName]
	if arch != "arm64" || !ok {
		t.Skipf("no way to run %s of %s on %s", runtimeName, arch, runtime.GOARCH)
	}
	Heavy(t)
	Needs(t, QEMU, "qemu-aarch64", "no qemu-aarch64 (Debian: apt install qemu-user)")
	folder := filepath.Join(Root(), ".cache", "arm64", runtimeName)
	version := strings.TrimPrefix(runtimeName, "python")
	if out, err := exec.Command(filepath.Join(Root(), "tools", "arm64-python"), folder, suite, version).CombinedOutput(); err != nil {
		Without(t, QEMU, "cannot unpack Debian's Python for arm64: "+string(out))
	}
	root := filepath.Join(folder, "root")
	// Lambda's processor, Graviton2, has no pointer authentication, which Debian 13
	// is built for and qemu takes six times as long to emulate.
	return []string{"qemu-aarch64", "-cpu", "neoverse-n1", "-L", root, filepath.Join(root, "usr", "bin", runtimeName)}
}

// venvProgram returns the path of a program in a virtual environment.
func venvProgram(venv, name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", name+".exe")
	}
	return filepath.Join(venv, "bin", name)
}
