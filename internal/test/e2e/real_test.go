package e2e

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// TestRealPackages builds what pip and uv install though something about it is
// odd, and uses it.
func TestRealPackages(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the layers are for Linux on x86_64")
	}
	for _, test := range []struct {
		lock    string
		heavy   bool
		args    []string // of build
		warns   string   // what it says on the way
		imports string
		program []string // below the layer, with its arguments
		prints  string
	}{
		// Its __init__.py files differ in a comment.
		{lock: "namespaces-python3.9-x86_64", imports: "backports.tarfile, backports.functools_lru_cache, backports.cached_property"},
		// Its RECORD lists none of its modules.
		{lock: "selenium-python3.9-x86_64", heavy: true, warns: "RECORD", imports: "selenium.webdriver"},
		// It has machine code for two architectures and several Pythons.
		{lock: "psycopg-python3.9-x86_64", heavy: true, warns: "RECORD", imports: "psycopg2"},
		// It is a program.
		{lock: "ruff-python3.13-x86_64", heavy: true, args: []string{"--scripts"}, program: []string{"bin/ruff", "--version"}, prints: "ruff 0.6.9"},
		{lock: "ruff-python3.13-x86_64", heavy: true, warns: "ruff (ruff); --scripts"},
	} {
		t.Run(test.lock, func(t *testing.T) {
			if test.heavy {
				testenv.Heavy(t)
			}
			l := lock(test.lock)
			l.path = filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "real", test.lock+".txt")
			index := serveWheels(t, l)
			archive := filepath.Join(t.TempDir(), "layer.zip")
			env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"))
			built := mustLamella(t, project(t, l), env, append(l.buildArgs(index.Index, archive), test.args...)...)
			if !strings.Contains(built.stderr, test.warns) {
				t.Errorf("no %q in %s", test.warns, built.stderr)
			}
			opt := t.TempDir()
			unzip(t, archive, opt)
			if test.imports != "" {
				python := testenv.InterpreterFor(t, l.runtime, l.arch)
				code := "import sys; sys.path.insert(0, sys.argv[1]); import " + test.imports
				run(t, t.TempDir(), env, python[0], append(python[1:], "-I", "-S", "-c", code, filepath.Join(opt, "python"))...)
			}
			if test.program != nil {
				if out := run(t, t.TempDir(), env, filepath.Join(opt, test.program[0]), test.program[1:]...); strings.TrimSpace(out) != test.prints {
					t.Errorf("%v prints %q", test.program, out)
				}
			}
		})
	}
}
