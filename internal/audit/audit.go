// Package audit reports what is inside a layer: its size, the distributions that take
// the most space, and whether Lambda would accept it.
//
// Lambda limits the unzipped size of a function's code with all its layers;
// the size of the zip does not matter. [Measure] adds up the sizes of entries,
// [CheckLimit] returns an error for a layer that is too large.
package audit

import (
	"cmp"
	"slices"

	"github.com/lamella-build/lamella/layer"
)

// Report is the content of a layer by size.
type Report struct {
	Unzipped      int64 // bytes of all files
	Files         int
	Distributions []Share // largest first, then by name
}

// Share is the part of a layer that belongs to one distribution.
type Share struct {
	Name  string // "" for files of no distribution
	Files int
	Bytes int64 // unzipped
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
	return r
}
