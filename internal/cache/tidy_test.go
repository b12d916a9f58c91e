package cache

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// filled returns a cache with a wheel known by two hashes, another wheel, a fact
// and a broken-off download: 5 files of 4 + 64 + 6 + 12 + 2 bytes.
func filled(t *testing.T) *Cache {
	t.Helper()
	c := open(t)
	for _, d := range []digest.Digest{sha512Of([]byte("four")), digest.SHA256([]byte("six 66"))} {
		content := []byte("four")
		if d.Algorithm() == "sha256" {
			content = []byte("six 66")
		}
		if _, err := c.AddWheel(t.Context(), d, bytes.NewReader(content), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.PutFact("a", 123); err != nil {
		t.Fatal(err)
	}
	in, err := c.Begin(t.Context(), digest.SHA256([]byte("never")))
	if err != nil {
		t.Fatal(err)
	}
	in.Write([]byte("ne"))
	in.Close()
	return c
}

func TestSizeAndClean(t *testing.T) {
	c := filled(t)
	want := Usage{Files: 6, Bytes: 4 + 64 + 6 + 12 + 2} // the sixth is the download's empty lock
	if got, err := c.Size(); err != nil || got != want {
		t.Errorf("Size = %v, %v; want %v", got, err, want)
	}
	mine := filepath.Join(c.Dir(), "notes.txt")
	os.WriteFile(mine, []byte("not lamella's"), 0o644)
	freed, err := c.Clean(t.Context())
	if err != nil || freed != want {
		t.Errorf("Clean = %v, %v; want %v", freed, err, want)
	}
	if entries, _ := os.ReadDir(c.Dir()); len(entries) != 1 {
		t.Errorf("left: %v, want only notes.txt", entries)
	}
	if _, err := c.Clean(t.Context()); catalogue.KindOf(err) != fault.Machine {
		t.Errorf("Clean of a folder that is no cache any more: %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestCleanRemovesTheFolder(t *testing.T) {
	c := filled(t)
	if _, err := c.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.Dir()); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestVerifyRemovesTheDamaged(t *testing.T) {
	c := filled(t)
	if damaged, checked, err := c.Verify(t.Context()); len(damaged) > 0 || err != nil || checked != (Usage{2, 10}) {
		t.Fatalf("a sound cache: %v, %v, %v", damaged, checked, err)
	}
	path, _ := c.Wheel(sha512Of([]byte("four")))
	os.Chmod(path, 0o644)
	os.WriteFile(path, []byte("fuor"), 0o644)
	stray := filepath.Join(filepath.Dir(path), "stray.whl")
	os.WriteFile(stray, nil, 0o644)
	damaged, _, err := c.Verify(t.Context())
	if err != nil || len(damaged) != 2 || damaged[0] != path || damaged[1] != stray {
		t.Errorf("Verify = %v, %v; want %s and %s", damaged, err, path, stray)
	}
	if _, ok := c.Wheel(sha512Of([]byte("four"))); ok {
		t.Error("the damaged wheel is still there")
	}
	if _, ok := c.Wheel(digest.SHA256([]byte("six 66"))); !ok {
		t.Error("the sound wheel is gone")
	}
	if damaged, _, err := c.Verify(t.Context()); len(damaged) > 0 || err != nil {
		t.Errorf("the second time: %v, %v", damaged, err)
	}
}

func TestUses(t *testing.T) {
	c := filled(t)
	one, _ := c.Wheel(sha512Of([]byte("four")))
	two, _ := c.Wheel(digest.SHA256([]byte("six 66")))
	put := func(layer string, wheels ...string) {
		t.Helper()
		if err := c.PutUse(Use{Project: "/p", Layer: layer, Target: "python3.13/x86_64"}, wheels); err != nil {
			t.Fatal(err)
		}
	}
	check := func(wheel string, want ...string) {
		t.Helper()
		uses, err := c.Uses([]string{wheel})
		var got []string
		for _, u := range uses {
			got = append(got, u.Layer)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("layers of %s: %q, %v; want %q", wheel, got, err, want)
		}
	}
	put("web", two, one)
	put("data", two)
	check(one, "web")
	check(two, "data", "web")
	put("web", two) // built anew
	check(one)

	// A damaged note is passed over.
	notes, err := filepath.Glob(filepath.Join(c.Dir(), usesDir, "*.json"))
	if err != nil || len(notes) != 2 {
		t.Fatalf("%q, %v", notes, err)
	}
	for _, note := range notes {
		content, err := os.ReadFile(note)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)-3] ^= 1
		if err := os.WriteFile(note, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check(two)
}
