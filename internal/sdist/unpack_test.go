package sdist

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// entry is one of an archive: a file, unless it has another type.
type entry struct {
	name, content string
	kind          byte // tar.TypeReg if 0
	link          string
	mode          int64 // 0644 if 0
}

func tarball(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	if _, err := gz.Write(tarOf(t, entries...)); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if e.kind == 0 {
			e.kind = tar.TypeReg
		}
		if e.mode == 0 {
			e.mode = 0o644
		}
		if err := w.WriteHeader(&tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.link, Size: int64(len(e.content)), Mode: e.mode}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(os.FileMode(max(e.mode, 0o644)))
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpacked unpacks an archive into a folder "to" beside which lies nothing else.
func unpacked(t testing.TB, name string, content []byte) (to string, err error) {
	t.Helper()
	base := t.TempDir()
	to = filepath.Join(base, "to")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	err = unpack(context.Background(), f, &resolve.Distribution{Name: "a", File: lock.File{Name: name}}, to)
	if entries, _ := os.ReadDir(base); len(entries) != 1 {
		t.Errorf("%q is beside the folder", entries)
	}
	return to, err
}

func TestUnpack(t *testing.T) {
	files := []entry{{name: "a-1/x.py", content: "x"}, {name: "a-1/run", content: "#!", mode: 0o755}, {name: "a-1/x.py", content: "later"}, {name: "./a-1/d/y", content: "y"}}
	for name, content := range map[string][]byte{
		"a-1.tar.gz": tarball(t, append(files, entry{name: "a-1/hard", kind: tar.TypeLink, link: "a-1/x.py"}, entry{name: "a-1/soft", kind: tar.TypeSymlink, link: "d"})...),
		"A-1.ZIP":    zipped(t, files...),
	} {
		to, err := unpacked(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		root, err := projectRoot(to)
		if err != nil || filepath.Base(root) != "a-1" {
			t.Errorf("%s: the project is in %s, %v", name, root, err)
		}
		for path, want := range map[string]string{"x.py": "later", "run": "#!", "d/y": "y"} {
			if got, err := os.ReadFile(filepath.Join(root, path)); err != nil || string(got) != want {
				t.Errorf("%s: %s is %q, %v", name, path, got, err)
			}
		}
		if info, err := os.Stat(filepath.Join(root, "run")); err == nil && runtime.GOOS != "windows" && info.Mode() != 0o755 {
			t.Errorf("%s: the mode is %s", name, info.Mode())
		}
		if strings.HasSuffix(name, ".gz") {
			if got, err := os.ReadFile(filepath.Join(root, "soft", "y")); err != nil || string(got) != "y" {
				t.Errorf("through the link: %q, %v", got, err)
			}
			if got, err := os.ReadFile(filepath.Join(root, "hard")); err != nil || string(got) != "later" {
				t.Errorf("the hard link: %q, %v", got, err)
			}
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"parent":         {"a.tar.gz", tarball(t, entry{name: "a/../../x"}), "outside the folder"},
		"absolute":       {"a.tar.gz", tarball(t, entry{name: "/etc/x"}), "outside the folder"},
		"backslash":      {"a.zip", zipped(t, entry{name: `..\x`}), "outside the folder"},
		"link out":       {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeSymlink, link: "../../x"}), "outside the folder"},
		"absolute link":  {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeSymlink, link: "/etc"}), "outside the folder"},
		"hard link out":  {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeLink, link: "../x"}), "outside the folder"},
		"missing link":   {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeLink, link: "a/x"}), "a/x"},
		"device":         {"a.tar.gz", tarball(t, entry{name: "a/d", kind: tar.TypeChar}), "neither a file nor a folder"},
		"file as folder": {"a.tar.gz", tarball(t, entry{name: "a"}, entry{name: "a/b"}), "a"},
		// Each link stays within by its words, the third leaves through the first.
		"chain": {"a.tar.gz", tarball(t, entry{name: "s", kind: tar.TypeSymlink, link: "."}, entry{name: "s/s/s/l", kind: tar.TypeSymlink, link: "../../.."},
			entry{name: "l/x", content: "out"}), ""},
		// The second link would lie in the archive's root, above what its words say.
		"link in a link":      {"a.tar.gz", tarball(t, entry{name: "a/x"}, entry{name: "a/d", kind: tar.TypeSymlink, link: ".."}, entry{name: "a/d/l", kind: tar.TypeSymlink, link: "../x"}), "inside it"},
		"file through a link": {"a.tar.gz", tarball(t, entry{name: "d", kind: tar.TypeSymlink, link: "e"}, entry{name: "d/x"}), "inside it"},
		"folder as file":      {"a.zip", zipped(t, entry{name: "a/b"}, entry{name: "a"}), "inside it"},
		"FIFO":                {"a.tar.gz", tarball(t, entry{name: "a/d", kind: tar.TypeFifo}), "neither a file nor a folder"},
		"deep":                {"a.zip", zipped(t, entry{name: strings.Repeat("a/", 100) + "x"}), "folders deep"},
		"long name":           {"a.tar.gz", tarball(t, entry{name: strings.Repeat("a", 5000)}), "5000 bytes"},
		"size too large":      {"a.tar", lying(t), "ends too early"},
		"no gzip":             {"a.tar.gz", []byte("x"), "a.tar.gz"},
		"no zip":              {"a.zip", []byte("x"), "a.zip"},
		"truncated":           {"a.tar.gz", tarball(t, entry{name: "a", content: strings.Repeat("x", 1000)})[:60], "ends too early"},
		"kind":                {"a.tar.xz", nil, "a.tar.xz"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unpacked(t, c.file, c.content)
			if err == nil || catalogue.KindOf(err) != fault.Index || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// lying is a tar whose entry states more bytes than follow.
func lying(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "a/x", Size: 1 << 40, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A link that goes down and up again is written as what it says: below a link, ".." is
// elsewhere.
func TestUnpackCleansLinks(t *testing.T) {
	to, err := unpacked(t, "a.tar", tarOf(t, entry{name: "a/x", content: "x"}, entry{name: "d", kind: tar.TypeSymlink, link: "a/../a/x"}))
	if err != nil {
		t.Fatal(err)
	}
	if link, err := os.Readlink(filepath.Join(to, "d")); err != nil || filepath.ToSlash(link) != "a/x" {
		t.Errorf("it leads to %q, %v", link, err)
	}
}

func TestBudget(t *testing.T) {
	few := func(b *budget) { b.entries = 3 }
	for name, c := range map[string]struct {
		change func(*budget)
		names  []string
		fits   bool
	}{
		"most":         {few, []string{"a", "b/", "c"}, true},
		"one too many": {few, []string{"a", "b", "c", "d"}, false},
		"steps":        {func(b *budget) { b.steps = 5 }, []string{"a/b/c", "a/b"}, true},
		"a step more":  {func(b *budget) { b.steps = 5 }, []string{"a/b/c", "a/b/d"}, false},
		"longest":      {few, []string{strings.Repeat("a", maxPath)}, true},
		"too long":     {few, []string{strings.Repeat("a", maxPath+1)}, false},
	} {
		b := budgetOf(1000)
		c.change(b)
		var err error
		for _, name := range c.names {
			err = errors.Join(err, b.entry(name))
		}
		if (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
	for size, want := range map[int64]int64{0: minUnpacked, 1 << 20: minUnpacked, 20 << 20: maxRatio * 20 << 20, 1 << 30: maxUnpacked} {
		if b := budgetOf(size); b.stream != want || b.content != want {
			t.Errorf("of %d bytes come at most %d and %d", size, b.stream, b.content)
		}
	}
}

// TestUnpackStopsAtBudget gives the unpacker a budget of a few bytes.
func TestUnpackStopsAtBudget(t *testing.T) {
	content := tarOf(t, entry{name: "a/x", content: strings.Repeat("x", 2000)})
	for name, c := range map[string]struct {
		stream, content int64
		fits            bool
	}{
		"enough":  {int64(len(content)), 2000, true},
		"content": {int64(len(content)), 1999, false},
		"stream":  {2000, 2000, false},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		b := budgetOf(0)
		b.stream, b.content = c.stream, c.content
		err = (&unpacker{root: root, budget: b, folders: map[string]bool{".": true}}).tar(bytes.NewReader(content))
		if (err == nil) != c.fits || err != nil && !errors.Is(err, errTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		root.Close()
	}
}

// TestZipDirectoryIsBounded: a directory is read whole before anything is known of it.
func TestZipDirectoryIsBounded(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range maxDirectory >> 16 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "a", Comment: strings.Repeat("x", 1<<16-1)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openZip(bytes.NewReader(b.Bytes()), int64(b.Len())); !errors.As(err, new(*bound.Exceeded)) {
		t.Errorf("got %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(tarball(f, entry{name: "a/x", content: "x"}, entry{name: "a/l", kind: tar.TypeSymlink, link: "x"}), true)
	f.Add(zipped(f, entry{name: "a/x", content: "x"}), false)
	f.Fuzz(func(t *testing.T, content []byte, tar bool) {
		name := "a.zip"
		if tar {
			name = "a.tar.gz"
		}
		unpacked(t, name, content) // which looks whether anything got out
	})
}
