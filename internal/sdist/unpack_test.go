package sdist

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
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
	w := tar.NewWriter(gz)
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
	if err := gz.Close(); err != nil {
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
	err = unpack(context.Background(), f, name, to)
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
		"parent":         {"a.tar.gz", tarball(t, entry{name: "a/../../x"}), "leads out of the archive"},
		"absolute":       {"a.tar.gz", tarball(t, entry{name: "/etc/x"}), "leads out of the archive"},
		"backslash":      {"a.zip", zipped(t, entry{name: `..\x`}), "leads out of the archive"},
		"link out":       {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeSymlink, link: "../../x"}), "is a link that leads out"},
		"absolute link":  {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeSymlink, link: "/etc"}), "is a link that leads out"},
		"hard link out":  {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeLink, link: "../x"}), "leads out of the archive"},
		"missing link":   {"a.tar.gz", tarball(t, entry{name: "a/l", kind: tar.TypeLink, link: "a/x"}), "which is not there"},
		"device":         {"a.tar.gz", tarball(t, entry{name: "a/d", kind: tar.TypeChar}), "neither a file nor a folder"},
		"file as folder": {"a.tar.gz", tarball(t, entry{name: "a"}, entry{name: "a/b"}), "a"},
		// Each link stays within by its words, the third leaves through the first.
		"chain": {"a.tar.gz", tarball(t, entry{name: "s", kind: tar.TypeSymlink, link: "."}, entry{name: "s/s/s/l", kind: tar.TypeSymlink, link: "../../.."},
			entry{name: "l/x", content: "out"}), ""},
		"no gzip":   {"a.tar.gz", []byte("x"), "unpack a.tar.gz: "},
		"no zip":    {"a.zip", []byte("x"), "unpack a.zip: "},
		"truncated": {"a.tar.gz", tarball(t, entry{name: "a", content: strings.Repeat("x", 1000)})[:60], "unexpected EOF"},
		"kind":      {"a.tar.xz", nil, "cannot be unpacked"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unpacked(t, c.file, c.content)
			if err == nil || fault.KindOf(err) != fault.Index || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
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
