package builder

import (
	"fmt"
	"io"
	"slices"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/layer"
)

// Tree is the content of a layer. Its entries read from files that the tree keeps open, so
// close the tree when the zip has been written.
type Tree struct {
	// Entries are sorted by name. Names are unique and valid (layer.CheckName).
	Entries []layer.Entry
	// Excluded lists what each exclude removed, in the order of the excludes.
	Excluded []Exclusion

	closers []io.Closer
}

// CloseWith makes Close close c, too, which new entries read from.
func (t *Tree) CloseWith(c io.Closer) { t.closers = append(t.closers, c) }

// Exclusion is what one exclude removed from a tree. A file that several excludes match
// counts only for the first of them.
type Exclusion struct {
	Pattern string
	Files   int
	Bytes   int64 // unzipped
}

// Close closes the files that the entries read from, and removes temporary ones. The
// entries cannot be read afterwards.
func (t *Tree) Close() error {
	var first error
	for _, c := range t.closers {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	t.closers = nil
	return first
}

// excluder applies excludes to paths and counts what they remove.
type excluder struct {
	patterns []pattern
}

func newExcluder(excludes []string) (excluder, error) {
	var x excluder
	for _, text := range excludes {
		p, err := compile(text)
		if err != nil {
			return x, err
		}
		x.patterns = append(x.patterns, p)
	}
	return x, nil
}

// match returns the index of the first pattern that excludes path, or -1 if none does.
func (x *excluder) match(path string) int {
	return slices.IndexFunc(x.patterns, func(p pattern) bool { return p.match(path) })
}

// report returns the Exclusions of a tree. left[i] counts what pattern i removed. report
// warns about patterns that match nothing, which are probably misspelled.
func (x *excluder) report(left []Exclusion, events event.Sink) []Exclusion {
	for i, p := range x.patterns {
		left[i].Pattern = p.text
		if left[i].Files == 0 {
			events.Emit(event.Event{Kind: event.Warn, Op: "exclude", Subject: p.text,
				Message: fmt.Sprintf("the pattern %q in exclude matches no file", p.text)})
		}
	}
	return left
}
