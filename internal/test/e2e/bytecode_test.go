package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// With bytecode, too, one lock file gives one sha256, and Python imports every
// module although its source is replaced by one that fails: it loads the bytecode,
// and does not look at the source.
func TestBytecodeOfRealWheels(t *testing.T) {
	eachLock(t, func(t *testing.T, l lockFile) {
		if host := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]; runtime.GOOS != "linux" || l.arch != host {
			t.Skip("the layer is for another machine")
		}
		python := testenv.Interpreter(t, l.runtime)
		path := "PATH=" + filepath.Dir(python) + string(os.PathListSeparator) + os.Getenv("PATH")
		index := serveWheels(t, l)
		var want string
		var archive, warm string
		for i, settings := range [][]string{{"GOMAXPROCS=1"}, {"PYTHONHASHSEED=7", "PYTHONOPTIMIZE=2"}, {"LC_ALL=C"}} {
			archive = filepath.Join(t.TempDir(), "layer.zip")
			cache := filepath.Join(t.TempDir(), "cache")
			if i == 2 {
				cache = warm // of the build before
			}
			warm = cache
			mustLamella(t, project(t, l), cleanEnv(t, cache, append(settings, path)...), append(l.buildArgs(index.Index, archive), "--bytecode")...)
			got := fileDigest(t, archive)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%q: sha256 %s, want %s", settings, got, want)
			}
		}
		opt := t.TempDir()
		unzip(t, archive, opt)
		sabotage(t, opt, "cpython-"+strings.ReplaceAll(strings.TrimPrefix(l.runtime, "python"), ".", ""))
		script := filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "python", "imports.py")
		args := slices.Concat([]string{"-I", "-S", "-B", script, filepath.Join(opt, "python")}, pins(t, l))
		out := run(t, t.TempDir(), cleanEnv(t, t.TempDir(), path), python, args...)
		if !strings.Contains(out, "done ") {
			t.Errorf("the import script did not finish:\n%s", out)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "FAIL ") {
				t.Error(strings.TrimSpace(line))
			}
		}
	})
}

// sabotage replaces every source that has bytecode by one that fails.
func sabotage(t *testing.T, root, tag string) {
	t.Helper()
	replaced := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".py" {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".py") + "." + tag + ".pyc"
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "__pycache__", name)); err != nil {
			return nil
		}
		replaced++
		return os.WriteFile(path, []byte("raise SystemError('the source was compiled')\n"), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	if replaced < 10 {
		t.Errorf("only %d sources have bytecode", replaced)
	}
}
