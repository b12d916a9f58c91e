package bound

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := ReadFile(path, 8, "a thing"); err != nil || string(content) != "12345678" {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := ReadFile(path, 7, "a thing"); !errors.As(err, new(*Exceeded)) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := ReadFile(path+"x", 8, "a thing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := ReadFile(filepath.Dir(path), 8, "a thing"); !errors.Is(err, ErrNoFile) {
		t.Errorf("a folder: %v", err)
	}
}

func TestUnmarshalJSON(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		fits bool
	}{
		"few":     {`[{}, 1, "a"]`, true},
		"most":    {"[" + strings.Repeat("1,", Values-1) + "1]", true},
		"numbers": {"[" + strings.Repeat("1,", Values) + "1]", false},
		"objects": {"[" + strings.Repeat("{},", Values) + "{}]", false},
		"broken":  {"[", false},
	} {
		var v any
		if err := UnmarshalJSON([]byte(c.text), &v); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuffer(t *testing.T) {
	var b Buffer
	part := make([]byte, Output/4)
	for i := range 5 {
		if _, err := b.Write(part); (err == nil) != (i < 4) {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	if len(b.String()) != Output {
		t.Errorf("%d bytes were kept", len(b.String()))
	}
}
