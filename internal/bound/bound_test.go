package bound

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadAll(t *testing.T) {
	for _, max := range []int64{0, 1, 7, 8, 9, 1 << 20} {
		for name, r := range map[string]io.Reader{
			"whole":  strings.NewReader("12345678"),
			"bytes":  iotest.OneByteReader(strings.NewReader("12345678")),
			"at end": iotest.DataErrReader(strings.NewReader("12345678")),
		} {
			content, err := ReadAll(r, max, "a thing")
			var e *Exceeded
			if errors.As(err, &e) != (max < 8) || int64(len(content)) != min(max, 8) {
				t.Errorf("%s, at most %d: %q, %v", name, max, content, err)
			}
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := ReadFile(path, 8, "a thing"); err != nil || string(content) != "12345678" {
		t.Errorf("%q, %v", content, err)
	}
	var e *Exceeded
	if _, err := ReadFile(path, 7, "a thing"); !errors.As(err, &e) || e.Max != 7 || e.What != "a thing" {
		t.Errorf("an eighth byte: %v", err)
	}
	if err := os.Truncate(path, 1<<40); err == nil { // a hole
		if _, err := ReadFile(path, Lock, "a thing"); !errors.As(err, &e) {
			t.Errorf("a file of 1 TB: %v", err)
		}
	}
	if _, err := ReadFile(filepath.Dir(path), 7, "a thing"); !errors.Is(err, ErrNoFile) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadFile(path+"x", 7, "a thing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if content, err := ReadFile("/dev/null", 7, "a thing"); err != nil || len(content) != 0 {
			t.Errorf("/dev/null: %q, %v", content, err)
		}
		if _, err := ReadFile("/dev/zero", 7, "a thing"); !errors.As(err, &e) {
			t.Errorf("/dev/zero: %v", err)
		}
		if _, _, err := Open("/dev/zero"); !errors.Is(err, ErrNoFile) {
			t.Errorf("/dev/zero as a file: %v", err)
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
