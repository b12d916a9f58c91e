package packed

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

func item(name, content string) Item {
	i := NewItem(&layer.Entry{Name: name, CRC32: 7, Size: 9})
	i.Pack([]byte(content))
	return i
}

func content(t *testing.T, e layer.Entry) string {
	t.Helper()
	b, err := Content(&e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is saved is loaded again; items that are added later leave the others as they are.
func TestSaveAndLoad(t *testing.T) {
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if items, path := Load(c, "key"); items != nil || path != "" {
		t.Errorf("%d items in an empty cache", len(items))
	}
	var files Files
	defer files.Close()
	rejected := NewItem(&layer.Entry{Name: "bad", Size: 1})
	rejected.Rejected = "reason"
	long := string(bytes.Repeat([]byte("long "), 1000))
	first, err := Save(c, "key", []Item{item("a", "short"), rejected, item("b", long)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	items, path := Load(c, "key")
	if path != first || len(items) != 3 || items[1].Rejected != "reason" {
		t.Fatalf("%q, %+v", path, items)
	}
	if path, err = Save(c, "key", append(items, item("c", "more")), files.At(path)); err != nil {
		t.Fatal(err)
	}
	files.Close() // the file was replaced
	items, _ = Load(c, "key")
	index := BySource(items)
	for name, want := range map[string]string{"a": "short", "b": long, "c": "more"} {
		i := index[SourceOf(&layer.Entry{Name: name, CRC32: 7, Size: 9})]
		if i == nil {
			t.Fatalf("%s is lost", name)
		}
		if got := content(t, i.Entry(name, "", files.At(path))); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, whole[:len(whole)-1], whole[:len(whole)/2], append(slices.Clone(whole[:len(whole)-40]), make([]byte, 40)...)} {
		if items := Read(bytes.NewReader(damaged), int64(len(damaged))); items != nil {
			t.Errorf("%d items in %d damaged bytes", len(items), len(damaged))
		}
	}
}

func TestEditRecord(t *testing.T) {
	record := func(text string) *layer.Entry {
		return &layer.Entry{Name: "python/demo-1.dist-info/RECORD", Size: int64(len(text)), Compressed: int64(len(text)),
			CRC32: item("", text).CRC32, Source: bytes.NewReader([]byte(text))}
	}
	e := record("b,sha256=1,1\na,sha256=2,2\n")
	none, err := EditRecord(e, func(*wheel.Row) bool { return false })
	if none != nil || err != nil || !IsRecord(e) {
		t.Errorf("%q, %v", none, err)
	}
	edited, err := EditRecord(e, func(r *wheel.Row) bool {
		if r.Path != "b" {
			return false
		}
		r.Hash, r.Size = "", ""
		return true
	})
	if string(edited) != "a,sha256=2,2\nb,,\n" || err != nil {
		t.Errorf("%q, %v", edited, err)
	}
	e.CRC32++
	if _, err := EditRecord(e, func(*wheel.Row) bool { return true }); err == nil {
		t.Error("a damaged RECORD is edited")
	}
}
