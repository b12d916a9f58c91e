package e2e

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// With nothing but the layer on sys.path, every top-level module imports under
// the interpreter that it is for, and importlib.metadata finds every distribution.
func TestTheLayerImports(t *testing.T) {
	eachLock(t, func(t *testing.T, l lockFile) {
		if runtime.GOOS != "linux" {
			t.Skip("the layer is for Linux")
		}
		python := testenv.InterpreterFor(t, l.runtime, l.arch)
		index := serveWheels(t, l)
		archive := filepath.Join(t.TempDir(), "layer.zip")
		env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"))
		mustLamella(t, project(t, l), env, l.buildArgs(index.Index, archive)...)
		opt := t.TempDir()
		unzip(t, archive, opt)

		script := filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "python", "imports.py")
		args := slices.Concat(python[1:], []string{"-I", "-S", script, filepath.Join(opt, "python")}, pins(t, l))
		out := run(t, t.TempDir(), env, python[0], args...)
		if !strings.Contains(out, "done "+strings.TrimPrefix(l.runtime, "python")+".") {
			t.Errorf("the import script did not finish:\n%s", out)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "FAIL ") {
				t.Error(strings.TrimSpace(line))
			}
		}
	})
}

var pin = regexp.MustCompile(`(?m)^([A-Za-z0-9._-]+)==([^ ;\\]+)`)

// pins returns the "name==version" of every line of l.
func pins(t *testing.T, l lockFile) []string {
	t.Helper()
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	found := pin.FindAllString(string(content), -1)
	if len(found) == 0 {
		t.Fatalf("no pins in %s", l.path)
	}
	return found
}

func unzip(t *testing.T, archive, dir string) {
	t.Helper()
	reader, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, entry := range reader.File {
		to := filepath.Join(dir, filepath.FromSlash(entry.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		from, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, entry.Mode())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(file, from); err != nil {
			t.Fatal(entry.Name, err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
