package cache

import (
	"path/filepath"
	"testing"
)

func TestDefaultDir(t *testing.T) {
	t.Setenv(EnvDir, filepath.Join(t.TempDir(), "process"))
	mine := filepath.Join(t.TempDir(), "caller")
	if dir, err := DefaultDir(func(name string) string { return map[string]string{EnvDir: mine}[name] }); err != nil || dir != mine {
		t.Errorf("got %s, %v", dir, err)
	}
	if dir, err := DefaultDir(func(string) string { return "" }); err == nil && filepath.Base(dir) != "lamella" {
		t.Errorf("got %s", dir)
	}
}
