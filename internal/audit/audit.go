// Package audit reports what is inside a layer: how large it is, which
// distribution and which folders make it so, and whether Lambda would take it.
//
// Lambda limits the unzipped size of a function's code with all its layers;
// the size of the zip does not matter. [Measure] adds that up for a set of
// entries, [CheckLimit] turns too large a layer into a fault that says what to
// leave out.
package audit

import (
	"cmp"
	"slices"

	"github.com/lamella-build/lamella/layer"
)

// Report says what makes up a layer.
type Report struct {
	Unzipped      int64 // bytes of all files
	Files         int
	Distributions []Share  // largest first, then by name
	Droppable     []Folder // largest first, then by pattern
}

// Share is what one distribution has in a layer.
type Share struct {
	Name  string // "" for files of no distribution
	Files int
	Bytes int64 // unzipped
}

// Folder is a folder, or the folders of one name within one package, that a
// layer can usually do without.
type Folder struct {
	Pattern string // the exclude that leaves it out: "pandas/**/tests/**"
	Package string // the top folder it is in, relative to python/
	Files   int
	Bytes   int64 // unzipped
	Tests   bool  // it is tests, which "**/tests/**" leaves out everywhere
}

// Measure reports on entries, in any order.
func Measure(entries []layer.Entry) *Report {
	r := &Report{Files: len(entries)}
	shares := make(map[string]*Share)
	for i := range entries {
		e := &entries[i]
		r.Unzipped += e.Size
		s := shares[e.Owner]
		if s == nil {
			s = &Share{Name: e.Owner}
			shares[e.Owner] = s
		}
		s.Files++
		s.Bytes += e.Size
	}
	for _, s := range shares {
		r.Distributions = append(r.Distributions, *s)
	}
	slices.SortFunc(r.Distributions, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	r.Droppable = findDroppable(entries)
	return r
}
