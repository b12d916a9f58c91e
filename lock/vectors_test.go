package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectors returns the folder of outside test data, and skips the test where
// there is none.
func vectors(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "vectors", "uvlocks")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("vectors: the test vectors of other projects are not beside the repository, in ../shared/vectors")
	}
	return dir
}

// TestUVVectors reads every lock of uv's own tests. Those that are refused
// are listed with the reason.
func TestUVVectors(t *testing.T) {
	refused := map[string]string{ // the patch version is blotted out in the test data
		"inline-lock-lock-244.lock": `">=3.12.[X]"`,
		"inline-lock-lock-247.lock": `">=3.12.[X]"`,
	}
	// These are of projects that have no package of their own and require nothing.
	rootless := map[string]bool{"inline-lock-lock-138.lock": true, "inline-lock-lock-243.lock": true}
	dir := vectors(t)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, entry := range entries {
		l, err := Read(filepath.Join(dir, entry.Name()))
		if reason, ok := refused[entry.Name()]; ok {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%s: got %v, want a refusal: %s", entry.Name(), err, reason)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", entry.Name(), err)
			continue
		}
		read++
		if l.Format != UV || (len(l.Roots)+len(l.Groups) == 0) != rootless[entry.Name()] {
			t.Errorf("%s: format %s, %d roots", entry.Name(), l.Format, len(l.Roots))
		}
		for i := range l.Packages {
			if l.Packages[i].Line == 0 {
				t.Errorf("%s: %s has no line", entry.Name(), l.Packages[i].String())
			}
		}
	}
	if read < 470 {
		t.Errorf("read %d locks only", read)
	}
}

// BenchmarkReadUV reads the largest of the locks.
func BenchmarkReadUV(b *testing.B) {
	path := filepath.Join(vectors(b), "inline-lock_scenarios-lock_conflict-028.lock")
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, err := Read(path); err != nil {
			b.Fatal(err)
		}
	}
}
