package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestPool(t *testing.T) {
	p := pool{max: maxOpen}
	dir := t.TempDir()
	files := make([]*pooled, 100)
	for i := range files {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(fmt.Sprintf("%03d", i)), 0o600); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = p.add(path, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if p.open.Len() > maxOpen {
			t.Fatalf("%d files are open", p.open.Len())
		}
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, f := range files {
				b := make([]byte, 3)
				if _, err := f.ReadAt(b, 0); err != nil || string(b) != fmt.Sprintf("%03d", i) {
					t.Errorf("file %d: %q, %v", i, b, err)
				}
			}
		})
	}
	group.Wait()
	if p.setMax(maxOpenAhead); p.open.Len() != maxOpenAhead {
		t.Errorf("%d files are open, at most %d may be", p.open.Len(), maxOpenAhead)
	}
	if err := p.Close(); err != nil || p.open.Len() > 0 {
		t.Errorf("%d files are open, %v", p.open.Len(), err)
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, files[0].path); err != nil {
		t.Fatal(err)
	}
	if _, err := files[0].ReadAt(make([]byte, 3), 0); err == nil {
		t.Error("it read another file than it had opened")
	}
}
