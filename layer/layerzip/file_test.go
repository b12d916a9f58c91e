package layerzip

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "layer.zip")
	for range 2 { // the second replaces the first
		s, err := WriteFile(context.Background(), path, sample(), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || digest.SHA256(b) != s.SHA256 || s.SHA256 != golden {
			t.Fatalf("%v: %s, want %s", err, digest.SHA256(b), s.SHA256)
		}
	}
	onlyFile(t, path)
}

// onlyFile checks that path is alone in its folder.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 || files[0].Name() != filepath.Base(path) {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

// Whatever stops it, the old file stays and nothing else is left.
func TestWriteFileLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	short := stored("python/z", "12345")
	short.Source = strings.NewReader("123")
	if _, err := WriteFile(context.Background(), path, append(sample(), short), nil); catalogue.KindOf(err) != fault.Machine {
		t.Errorf("short source: %v", err)
	}
	onlyFile(t, path)
	// Cancelled in the middle, by an event that is sent while writing.
	ctx, cancel := context.WithCancel(context.Background())
	_, err := WriteFile(ctx, path, sample(), func(e event.Event) {
		if e.Kind == event.Progress {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	onlyFile(t, path)
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("the old file holds %d bytes", len(b))
	}
	if _, err = WriteFile(context.Background(), filepath.Join(path, "x.zip"), sample(), nil); catalogue.KindOf(err) != fault.Machine || fault.Hints(err) == nil {
		t.Errorf("no folder: %v", err)
	}
}

// A full disk: /dev/full refuses every write, as one does.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	if _, err := Write(context.Background(), full, sample(), nil); catalogue.KindOf(err) != fault.Machine || !strings.Contains(fault.Hints(err)[0], "disk") {
		t.Errorf("got %v", err)
	}
}

// synthetic returns files like wheels: about size bytes in 3,900 entries of
// all lengths, which lie in a few files in another order than by name.
func synthetic(b *testing.B, size int) []layer.Entry {
	random := rand.New(rand.NewPCG(1, 2))
	block := make([]byte, size/10)
	for i := range block {
		block[i] = byte(random.Uint32())
	}
	var entries []layer.Entry
	for i := range 10 {
		path := filepath.Join(b.TempDir(), "wheel")
		if err := os.WriteFile(path, block, 0o644); err != nil {
			b.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		for offset := 0; offset < len(block); {
			n := min(1+int(random.ExpFloat64()*float64(size)/3900), len(block)-offset)
			name := digest.SHA256([]byte{byte(i), byte(offset), byte(offset >> 8), byte(offset >> 16)}).Hex()
			entries = append(entries, layer.Entry{Name: "python/" + name[:2] + "/" + name, Method: layer.Deflate,
				Compressed: int64(n), Size: int64(3 * n), Source: f, Offset: int64(offset)})
			offset += n
		}
	}
	return entries
}

// BenchmarkCompose writes a layer of 80 MB. Compare with BenchmarkSHA256, the
// part of it that cannot be done by two processors.
func BenchmarkCompose(b *testing.B) {
	entries := synthetic(b, 80e6)
	path := filepath.Join(b.TempDir(), "layer.zip")
	b.SetBytes(80e6)
	for b.Loop() {
		if _, err := WriteFile(context.Background(), path, entries, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSHA256(b *testing.B) {
	block := make([]byte, bufferSize)
	h := sha256.New()
	b.SetBytes(bufferSize)
	for b.Loop() {
		h.Write(block)
	}
}
