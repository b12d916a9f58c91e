package sdist

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// makeTree writes files, path → content, into a new folder.
func makeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func hashTree(t *testing.T, dir string) digest.Digest {
	t.Helper()
	d, err := HashFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHashFolder(t *testing.T) {
	base := map[string]string{"pyproject.toml": "[project]\n", "src/lib/__init__.py": "x = 1\n"}
	with := func(path, content string) string {
		files := map[string]string{path: content}
		for p, c := range base {
			if p != path {
				files[p] = c
			}
		}
		return makeTree(t, files)
	}
	want := hashTree(t, makeTree(t, base))
	if fixed := digest.Digest("sha256:68c5c8a52ff5b00c85eea0a6b4c2e6ce2dbe790f3274e93e6e8deb60f7d1f512"); want != fixed {
		t.Errorf("the digest of this fixed tree is now %s: every folder is built anew; is that meant?", want)
	}
	for _, path := range []string{".git/HEAD", "src/lib/__pycache__/x.cpython-311.pyc", "src/lib/old.pyc", "build/lib/x.py", "dist/x.whl",
		"src/lib.egg-info/PKG-INFO", ".venv/bin/python", "any/pyvenv.cfg", ".mypy_cache/x", ".tox/x"} {
		if got := hashTree(t, with(path, "x")); got != want {
			t.Errorf("%s counts", path)
		}
	}
	for _, path := range []string{"src/lib/build/x.py", "src/lib/dist/x.py", "README", "src/lib/__init__.py", "src/lib/_x.so"} {
		if got := hashTree(t, with(path, "other")); got == want {
			t.Errorf("%s does not count", path)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	executable := makeTree(t, base)
	if err := os.Chmod(filepath.Join(executable, "src/lib/__init__.py"), 0o755); err != nil {
		t.Fatal(err)
	}
	if hashTree(t, executable) == want {
		t.Error("the executable bit does not count")
	}
}

func TestFolderWithLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	dir := makeTree(t, map[string]string{"lib/a.py": "a", "lib/sub/b.py": "b"})
	outside := makeTree(t, map[string]string{"c.py": "c"})
	for name, to := range map[string]string{"file": filepath.Join(outside, "c.py"), "lib/inside": "sub", "gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := copyFolder(context.Background(), dir, to); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"lib/a.py": "a", "lib/inside/b.py": "b", "file": "c"} {
		if got, err := os.ReadFile(filepath.Join(to, path)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	if got, want := hashTree(t, to), hashTree(t, dir); got != want {
		t.Error("the copy has another digest")
	}
	if err := os.Symlink(outside, filepath.Join(dir, "shared")); err != nil {
		t.Fatal(err)
	}
	_, err := HashFolder(context.Background(), dir)
	if catalogue.KindOf(err) != fault.Lock || !strings.Contains(err.Error(), outside) {
		t.Errorf("got %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), filepath.Join(makeTree(t, map[string]string{"file": ""}), "file")} {
		if _, err := HashFolder(context.Background(), path); catalogue.KindOf(err) != fault.Lock || len(fault.Hints(err)) == 0 {
			t.Errorf("got %v", err)
		}
	}
}
