package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

var home = store.Prefix{Bucket: "bucket", Path: "team/layers"}

func open(t *testing.T) (store.Objects, store.Layers) {
	o, l, err := New(t.TempDir(), home)
	if err != nil {
		t.Fatal(err)
	}
	return o, l
}

func TestConformance(t *testing.T) {
	t.Run("Objects", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects { o, _ := open(t); return o })
	})
	t.Run("Objects without a prefix", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects {
			o, _, err := New(t.TempDir(), store.Prefix{})
			if err != nil {
				t.Fatal(err)
			}
			return o
		})
	})
	t.Run("Layers", func(t *testing.T) { storetest.Layers(t, open) })
	t.Run("Users", func(t *testing.T) {
		var dir string
		open := func(t *testing.T) (o store.Objects, l store.Layers) {
			o, l = open(t)
			dir = l.(*Layers).root.dir
			return o, l
		}
		storetest.Users(t, open, func(t *testing.T, name string, f storetest.Function) {
			for version, layers := range f.Layers {
				f.Layers[version] = append([]string{}, layers...) // none is [] in the file, not null
			}
			if err := (&root{dir: dir}).writeJSON(filepath.Join(dir, "functions", name+".json"), function(f)); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestNumbersAreNeverGivenAgain(t *testing.T) {
	dir := t.TempDir()
	o, l, err := New(dir, home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Put(t.Context(), "x.zip", storetest.Body([]byte("zip"))); err != nil {
		t.Fatal(err)
	}
	in := store.Publication{Name: "deps", Content: o.Location("x.zip")}
	for range 2 {
		if _, err := l.Publish(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"1.json", "2.json"} {
		if err := os.Remove(filepath.Join(dir, "layers", "deps", name)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := l.Publish(t.Context(), in)
	if err != nil || v.ARN != "arn:aws:lambda:local:000000000000:layer:deps:3" {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestNoPartialFiles(t *testing.T) {
	dir := t.TempDir()
	o, _, err := New(dir, home)
	if err != nil {
		t.Fatal(err)
	}
	body := storetest.Body([]byte("announced"))
	body.Reader = strings.NewReader("short")
	if _, err := o.Put(t.Context(), "x.zip", body); err == nil {
		t.Error("a short body was accepted")
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKeysStayInside(t *testing.T) {
	o, l := open(t)
	for _, key := range []string{"../x", "a/../../../x", "", "/etc/passwd"} {
		if _, err := o.Put(t.Context(), key, storetest.Body(nil)); err == nil {
			t.Errorf("key %q was accepted", key)
		}
	}
	if _, err := l.Versions(t.Context(), "../objects"); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("got %v", err)
	}
}

func TestFolderIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o, _, err := New(path, home)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Put(t.Context(), "x", storetest.Body(nil))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Destination || len(f.Hints) == 0 {
		t.Errorf("got %v", err)
	}
}

// TestExplain: an error of the file system says what to do.
func TestExplain(t *testing.T) {
	for _, test := range []struct {
		cause error
		hint  string
	}{
		{syscall.ENOSPC, "free up disk space"}, {syscall.EDQUOT, "free up disk space"},
		{syscall.EROFS, "choose a writable folder"}, {syscall.EACCES, "choose a writable folder"}, {errDamaged, "restore the file"},
	} {
		err := (&root{dir: t.TempDir()}).explain("write", "x", &fs.PathError{Op: "write", Path: "x", Err: test.cause})
		if hints := fault.Hints(err); fault.KindOf(err) != fault.Destination || len(hints) != 1 || !strings.HasPrefix(hints[0], test.hint) {
			t.Errorf("%v: %v, %q", test.cause, err, hints)
		}
	}
}

func TestOurs(t *testing.T) {
	for entries, want := range map[string]bool{
		"objects/ meta/ tmp/ lock": true, "lock": true, "functions/": true, ".git/ .gitignore layers/": true,
		"layers/ lock notes.txt": true, "pyproject.toml src/": false, "layers/ src/": false, "lock main.py": false,
		"layers notes": false, "lock/ layers/ a": false, ".bashrc": false,
	} {
		dir := t.TempDir()
		for name := range strings.FieldsSeq(entries) {
			path := filepath.Join(dir, name)
			if strings.HasSuffix(name, "/") {
				path = filepath.Join(path, "below")
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadDir(dir)
		if err != nil || Ours(got) != want {
			t.Errorf("%s: %v, %v", entries, !want, err)
		}
	}
}
