package builder

import (
	"fmt"
	"io"
	"slices"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/layer"
)

// Tree is the content of a layer. Its entries read from files that the tree keeps
// open: close it when the zip is written.
type Tree struct {
	// Entries are sorted by name. Names are unique and valid (layer.CheckName).
	Entries []layer.Entry
	// Excluded has what each exclude left out, in the order given.
	Excluded []Exclusion

	closers []io.Closer
}

// CloseWith has Close close c as well, which new entries read from.
func (t *Tree) CloseWith(c io.Closer) { t.closers = append(t.closers, c) }

// Exclusion is what one exclude left out of a tree. A file that several excludes
// match counts for the first.
type Exclusion struct {
	Pattern string
	Files   int
	Bytes   int64 // unzipped
}

// Close closes the files that the entries read from and removes temporary ones. The
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

// report returns the Exclusions of a tree, where left[i] is what pattern i left out.
// It warns about patterns that matched nothing, which are probably misspelt.
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
