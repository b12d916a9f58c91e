package unpacked

import (
	"context"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

func entry(name, content string) layer.Entry {
	return layer.Entry{Name: name, Executable: strings.HasPrefix(name, "bin/"), Method: layer.Store, CRC32: crc32.ChecksumIEEE([]byte(content)),
		Compressed: int64(len(content)), Size: int64(len(content)), Source: strings.NewReader(content)}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestWrite: the folder is replaced as a whole, with the zip's modes and one time, and
// nothing is left beside it.
func TestWrite(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "deep", "layer")
	for _, entries := range [][]layer.Entry{
		{entry("bin/tool", "#!"), entry("python/a.py", "a"), entry("python/b/__init__.py", "")},
		{entry("python/a.py", "a2")},
		{entry("python/a.py", "a3")},
	} {
		if err := Write(t.Context(), dir, entries); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range entries {
			want = append(want, e.Name)
			info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(e.Name)))
			if err != nil {
				t.Fatal(err)
			}
			mode := fs.FileMode(0o644)
			if e.Executable {
				mode = 0o755
			}
			if !info.ModTime().Equal(Time) || runtime.GOOS != "windows" && info.Mode() != mode {
				t.Errorf("%s: %v %v", e.Name, info.Mode(), info.ModTime())
			}
		}
		if got := list(t, dir); got != strings.Join(want, " ") {
			t.Errorf("got %s, want %s", got, want)
		}
		// What Python adds while it runs does not keep the folder.
		if err := os.MkdirAll(filepath.Join(dir, "python", "__pycache__"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "python", "__pycache__", "a.cpython-313.pyc"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("beside the folder: %v", left)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "python", "a.py")); string(b) != "a3" {
		t.Errorf("a.py is %q", b)
	}
}

// TestWriteNothing: after a failure the old folder is there, and nothing else.
func TestWriteNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layer")
	if err := Write(t.Context(), dir, []layer.Entry{entry("python/a.py", "old")}); err != nil {
		t.Fatal(err)
	}
	wrong := entry("python/b.py", "b")
	wrong.CRC32++
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Write(t.Context(), dir, []layer.Entry{entry("python/a.py", "new"), wrong}); catalogue.KindOf(err) != fault.Machine {
		t.Errorf("damaged: %v", err)
	}
	if err := Write(cancelled, dir, []layer.Entry{entry("python/a.py", "new")}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "python", "a.py")); string(b) != "old" || list(t, filepath.Dir(dir)) != "layer/python/a.py" {
		t.Errorf("left: %q, %s", b, list(t, filepath.Dir(dir)))
	}
}

// TestWritePut: a folder that came to have another file while the layer was written
// is put back.
func TestWritePut(t *testing.T) {
	for name, put := range map[string]func(tree, place, old string) error{"put": put, "putApart": putApart} {
		parent := t.TempDir()
		tree, place := filepath.Join(parent, "tree"), filepath.Join(parent, "place")
		if err := errors.Join(writeTree(t.Context(), tree, []layer.Entry{entry("python/a.py", "new")}), os.MkdirAll(place, 0o777),
			os.WriteFile(filepath.Join(place, "mine"), nil, 0o666)); err != nil {
			t.Fatal(err)
		}
		if err := put(tree, place, filepath.Join(parent, "old")); catalogue.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
		if list(t, place) != "mine" {
			t.Errorf("%s: %s", name, list(t, parent))
		}
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, when time.Time, mode fs.FileMode) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(at(name)), 0o777), os.WriteFile(at(name), nil, mode), os.Chtimes(at(name), when, when)); err != nil {
			t.Fatal(err)
		}
	}
	write("ours/python/a.py", Time, 0o644)
	write("ours/bin/tool", Time, 0o755)
	write("edited/python/a.py", Time.Add(time.Second), 0o644)
	write("now/python/a.py", time.Now(), 0o644)
	write("top/readme", Time, 0o644)
	write("toplevel/python", Time, 0o644)
	write("other/lib/a.so", Time, 0o644)
	write("file", time.Now(), 0o644)
	write("current/python/a.py", Time, 0o644)
	if err := os.MkdirAll(at("empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	cases := map[string]bool{"ours": true, "ours/": true, "empty": true, "none": true, "none/below": true,
		"edited": false, "now": false, "top": false, "toplevel": false, "other": false, "file": false, "file/below": false}
	if runtime.GOOS != "windows" {
		write("link/python/a.py", Time, 0o644)
		write("mode/python/a.py", Time, 0o600)
		if err := errors.Join(os.Symlink("nothing", at("dangling")), os.Symlink("ours", at("alias")), os.Symlink("/etc/passwd", at("link/python/x"))); err != nil {
			t.Fatal(err)
		}
		cases["dangling"], cases["alias"], cases["link"], cases["mode"] = false, true, false, false
	}
	for name, ok := range cases {
		err := Check(dir + "/" + name)
		if ok != (err == nil) || err != nil && (catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v %q", name, err, fault.Hints(err))
		}
	}
	t.Chdir(at("current"))
	for _, path := range []string{"", ".", at("current"), "s3://bucket/prefix", "file:/x"} {
		if err := Check(path); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: %v", path, err)
		}
	}
}
