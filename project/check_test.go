package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// Entries of cached wheels are known by the wheel's hash, under which what a check
// reads of them is kept.
func TestSourceOf(t *testing.T) {
	dir := t.TempDir()
	testindex.MakeWheel(t, dir, "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"})
	hash := strings.Repeat("ab", 32)
	path := filepath.Join(dir, hash+".whl")
	if err := os.Rename(filepath.Join(dir, "demo-1.0-py3-none-any.whl"), path); err != nil {
		t.Fatal(err)
	}
	in := builder.Input{Path: path, Filename: "demo-1.0-py3-none-any.whl", Distribution: "demo", Version: "1.0"}
	tree, err := builder.Native(t.Context(), []builder.Input{in}, builder.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for i := range tree.Entries {
		if e := &tree.Entries[i]; e.Name == "python/demo.py" {
			if got := sourceOf(e); got != hash {
				t.Errorf("got %q", got)
			}
			return
		}
	}
	t.Error("the tree has no demo.py")
}
