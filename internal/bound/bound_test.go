package bound

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReader(t *testing.T) {
	for _, max := range []int64{0, 1, 7, 8, 9, 1 << 20} {
		for name, r := range map[string]io.Reader{
			"whole":  strings.NewReader("12345678"),
			"bytes":  iotest.OneByteReader(strings.NewReader("12345678")),
			"at end": iotest.DataErrReader(strings.NewReader("12345678")),
		} {
			content, err := io.ReadAll(Reader(r, max, "a thing"))
			var e *Exceeded
			if errors.As(err, &e) != (max < 8) || int64(len(content)) != min(max, 8) {
				t.Errorf("%s, at most %d: %q, %v", name, max, content, err)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, info, err := Open(path)
	if err != nil || info.Size() != 8 {
		t.Fatal(err)
	}
	f.Close()
	if _, _, err := Open(filepath.Dir(path)); !errors.Is(err, ErrNoFile) {
		t.Errorf("a folder: %v", err)
	}
	if _, _, err := Open(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, _, err := Open("/dev/zero"); !errors.Is(err, ErrNoFile) {
			t.Errorf("/dev/zero: %v", err)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 600_000: "600 kB", 1_540_000: "1.5 MB", 2_000_000_000: "2 GB"} {
		if got := Size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

// TestSteady: a body that drips is given up; one that is read slowly is not.
func TestSteady(t *testing.T) {
	drip := &steady{r: iotest.OneByteReader(pausing{strings.NewReader(strings.Repeat("x", 1000))}), window: 20 * time.Millisecond}
	if content, err := io.ReadAll(drip); !errors.Is(err, ErrSlow) || len(content) > 100 {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	idle := &steady{r: strings.NewReader("12345678"), window: 20 * time.Millisecond}
	for range 4 {
		time.Sleep(10 * time.Millisecond)
		if _, err := idle.Read(make([]byte, 2)); err != nil {
			t.Error(err)
		}
	}
}

// pausing pauses in each Read.
type pausing struct{ r io.Reader }

func (p pausing) Read(b []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return p.r.Read(b)
}
