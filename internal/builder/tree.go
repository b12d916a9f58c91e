package builder

import (
	"fmt"
	"io"
	"slices"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/layer"
)

// Tree is the content of a layer. Its entries read from files that the tree
// holds open: close it when the zip is written.
type Tree struct {
	// Entries are sorted by name, each name once, and sound (layer.CheckName).
	Entries []layer.Entry
	// Excluded says what each exclude left out, in the order given.
	Excluded []Exclusion

	closers []io.Closer
}

// CloseWith has Close close c as well, which new entries read from.
func (t *Tree) CloseWith(c io.Closer) { t.closers = append(t.closers, c) }

// Exclusion is what one exclude left out of a tree. A file that several match
// is counted with the first.
type Exclusion struct {
	Pattern string
	Files   int
	Bytes   int64 // unzipped
}

// Close closes the files that the entries read from and removes those that
// were made for the tree. The entries cannot be read any more.
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

// excluder applies excludes to paths and counts what they leave out.
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

// match returns the index of the first pattern that leaves out path, -1 if none does.
func (x *excluder) match(path string) int {
	return slices.IndexFunc(x.patterns, func(p pattern) bool { return p.match(path) })
}

// report returns the Exclusions of a tree, left[i] being what pattern i left
// out. A pattern that left out nothing is probably misspelt: it warns.
func (x *excluder) report(left []Exclusion, events event.Sink) []Exclusion {
	for i, p := range x.patterns {
		left[i].Pattern = p.text
		if left[i].Files == 0 {
			events.Emit(event.Event{Kind: event.Warn, Op: "exclude", Subject: p.text,
				Message: fmt.Sprintf("The exclude %q matched no file.", p.text)})
		}
	}
	return left
}
