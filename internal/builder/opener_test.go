package builder_test

import (
	"maps"
	"os"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/builder"
)

// TestOpener: which wheels are opened before the others have arrived makes no difference, and
// one that could not be opened is tried again.
func TestOpener(t *testing.T) {
	o := builder.Options{Exclude: []string{"**/tests/**"}}
	a := makeWheel(t, "a", "a/__init__.py=x = 1\n", "a/tests/t.py=1")
	b := makeWheel(t, "b", "b/__init__.py=y = 1\n", "b/tests/t.py=1")
	plain, err := builder.Native(t.Context(), []builder.Input{a, b}, o, event.Sink(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, early := range [][]builder.Input{nil, {a}, {b, a}, {a, a}} {
		p, err := builder.NewOpener(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range early {
			if entries, err := p.Open(in); err != nil || len(entries) != 4 {
				t.Errorf("Open: %d entries, %v", len(entries), err)
			}
		}
		tree, err := p.Merge(t.Context(), []builder.Input{a, b}, event.Sink(nil))
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		if want := contents(t, plain); !maps.Equal(contents(t, tree), want) || tree.Excluded[0] != plain.Excluded[0] {
			t.Errorf("got %v and %v, want %v and %v", contents(t, tree), tree.Excluded, want, plain.Excluded)
		}
	}
	p, err := builder.NewOpener(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(b.Path, b.Path+".later"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(b); err == nil {
		t.Error("Open opens what is not there")
	}
	if err := os.Rename(b.Path+".later", b.Path); err != nil {
		t.Fatal(err)
	}
	tree, err := p.Merge(t.Context(), []builder.Input{a, b}, event.Sink(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	if _, err := builder.NewOpener(builder.Options{Prefer: []string{""}}); err == nil {
		t.Error("an invalid option is accepted")
	}
}
