package strip

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/layer"
)

// Of the wheels of the example locks, every library with something to remove is stripped,
// Go's reader and readelf find what loads unchanged, and strip leaves the same sections.
func TestFileOfRealWheels(t *testing.T) {
	testenv.Heavy(t)
	for _, tool := range []string{"readelf", "strip"} {
		if _, err := exec.LookPath(tool); err != nil {
			testenv.Missing(t, "no "+tool+" on PATH: apt-get install binutils")
		}
	}
	wheels, _ := filepath.Glob(filepath.Join(testenv.Root(), ".cache", "wheels", "*-cp313-*x86_64*.whl"))
	if len(wheels) == 0 {
		testenv.Missing(t, "no wheels in .cache/wheels: run make test")
	}
	var files int
	var before, after int64
	for _, path := range wheels {
		z, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if layer.CodeOf(content) == nil {
				continue
			}
			stripped := strip(t, content)
			if stripped == nil {
				continue
			}
			files, before, after = files+1, before+int64(len(content)), after+int64(len(stripped))
			same(t, content, stripped)
			if strip(t, stripped) != nil {
				t.Errorf("%s is stripped again", f.Name)
			}
			named := write(t, stripped)
			out, err := exec.Command("readelf", "--wide", "--headers", "--dynamic", "--dyn-syms", named).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("readelf: Warning")) || bytes.Contains(out, []byte("readelf: Error")) || slices.Contains(sections(t, stripped), ".symtab") {
				t.Errorf("readelf %s: %v", f.Name, err)
			}
			if out, err := exec.Command("strip", "--strip-all", "-o", named+".gnu", write(t, content)).CombinedOutput(); err != nil {
				t.Errorf("strip: %v %s", err, out)
			} else if theirs, err := os.ReadFile(named + ".gnu"); err != nil || !slices.Equal(slices.Sorted(slices.Values(sections(t, theirs))), slices.Sorted(slices.Values(sections(t, stripped)))) {
				t.Errorf("%s: strip leaves %q, not %q, %v", f.Name, sections(t, theirs), sections(t, stripped), err)
			}
			if t.Failed() {
				t.Fatalf("%s of %s", f.Name, filepath.Base(path))
			}
		}
		z.Close()
	}
	t.Logf("%d files of %d wheels: %d bytes became %d", files, len(wheels), before, after)
	if files == 0 || after >= before {
		t.Error("no file was stripped")
	}
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
