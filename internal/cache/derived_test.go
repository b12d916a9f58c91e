package cache

import (
	"errors"
	"io"
	"os"
	"testing"
)

func TestDerived(t *testing.T) {
	c := open(t)
	if _, ok := c.Derived("a"); ok {
		t.Error("an empty cache has it")
	}
	put := func(key, content string) {
		t.Helper()
		path, err := c.PutDerived(key, func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
		if err != nil {
			t.Fatal(err)
		}
		got, ok := c.Derived(key)
		if content2, err := os.ReadFile(got); !ok || got != path || err != nil || string(content2) != content {
			t.Errorf("%s: %q at %s, %v", key, content2, got, err)
		}
	}
	put("a", "one")
	put("b", "two")
	put("a", "three")
	broken := errors.New("broken")
	if _, err := c.PutDerived("a", func(w io.Writer) error { io.WriteString(w, "half"); return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if path, _ := c.Derived("a"); path == "" {
		t.Error("a is gone")
	} else if content, err := os.ReadFile(path); err != nil || string(content) != "three" {
		t.Errorf("a is %q, %v", content, err)
	}
	if again, err := Open(c.Dir()); err != nil || again.Dir() != c.Dir() {
		t.Errorf("open again: %v", err)
	}
	if u, err := c.Size(); err != nil || u.Files != 2 || u.Bytes != 8 {
		t.Errorf("size %+v, %v", u, err)
	}
	if u, err := c.Clean(t.Context()); err != nil || u.Files != 2 {
		t.Errorf("clean: %+v, %v", u, err)
	}
	if _, err := os.Stat(c.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}
