// Package audit reports what a layer contains: its size, the distributions that take the
// most space, and whether Lambda would accept it.
//
// Lambda limits the unzipped size of a function's code together with all its layers; the
// size of the zip does not matter. [Measure] adds up the sizes of entries, and [CheckLimit]
// returns an error for a layer that is too large.
package audit

import (
	"cmp"
	"slices"

	"github.com/lamella-build/lamella/layer"
)

// Report describes the content of a layer by size.
type Report struct {
	Unzipped      int64 // total size of the files in bytes
	Files         int
	Distributions []Share // largest first, then by name
}

// Share is the part of a layer that belongs to one distribution.
type Share struct {
	Name  string // "" for files that belong to no distribution
	Files int
	Bytes int64 // unzipped size in bytes
}

// Measure returns a report on entries, which may be in any order.
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
