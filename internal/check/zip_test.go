package check_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// member is an entry of a zip that is made for a test.
type member struct {
	name, content string
	mode          fs.FileMode
	change        func(*zip.FileHeader)
}

func makeZip(t *testing.T, members ...member) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layer.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.mode != 0 {
			h.SetMode(m.mode)
		}
		if m.change != nil {
			m.change(h)
		}
		part, err := w.CreateHeader(h)
		if err == nil {
			_, err = part.Write([]byte(m.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenZip(t *testing.T) {
	path := makeZip(t, member{"python/", "", fs.ModeDir | 0o755, nil}, member{"python/a.py", "x", 0o644, nil}, member{"python/secret.py", "x", 0o600, nil},
		member{"python/closed/", "", fs.ModeDir | 0o700, nil}, member{"python/nomode.py", "x", 0, nil}, member{"python/bin/tool", "x", 0o755, nil})
	z, err := check.OpenZip(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if want := []string{"python/secret.py", "python/closed/"}; !slices.Equal(z.Unreadable, want) {
		t.Errorf("unreadable: %q", z.Unreadable)
	}
	r, err := check.Static(t.Context(), z.Layer, parse(t, "python3.13"), check.Options{Facts: memory{}})
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Code != check.Unreadable || r.Findings[0].Severity != check.Error {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestOpenZipRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(text, []byte("hello"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		kind fault.Kind
	}{
		"absent":       {filepath.Join(t.TempDir(), "none.zip"), fault.Machine},
		"no zip":       {text, fault.Layer},
		"empty":        {makeZip(t), fault.Layer},
		"only folders": {makeZip(t, member{"python/", "", fs.ModeDir | 0o755, nil}), fault.Layer},
		"outside":      {makeZip(t, member{"../x.py", "", 0o644, nil}), fault.Layer},
		"encrypted":    {makeZip(t, member{"python/x.py", "", 0o644, func(h *zip.FileHeader) { h.Flags |= 1 }}), fault.Layer},
	} {
		if _, err := check.OpenZip(test.path); catalogue.KindOf(err) != test.kind {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := check.OpenZip(makeZip(t)); !errors.Is(err, layer.ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
}
