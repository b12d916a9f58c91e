// Package span provides sets of bytes in a file, such as those that have arrived.
package span

import (
	"slices"
	"sort"
)

// Span is the bytes of a file from offset From up to, but not including, offset To. It is
// empty if To is not larger than From.
type Span struct{ From, To int64 }

// Set is a set of bytes. The zero value is empty.
type Set struct {
	spans []Span // sorted, with other bytes between any two
}

// Spans returns the bytes in s as few spans as possible, sorted. The caller must not change
// the result.
func (s *Set) Spans() []Span { return s.spans }

// Missing returns the bytes of r that are not in s, as few spans as possible, sorted.
func (s *Set) Missing(r Span) (missing []Span) {
	for _, t := range s.spans[s.after(r.From):] {
		if t.From >= r.To {
			break
		}
		if t.From > r.From {
			missing = append(missing, Span{r.From, t.From})
		}
		r.From = t.To
	}
	if r.From < r.To {
		missing = append(missing, r)
	}
	return missing
}

// Add adds the bytes of r to s, and returns the bytes that were missing.
func (s *Set) Add(r Span) (added []Span) {
	added = s.Missing(r)
	if len(added) == 0 {
		return nil
	}
	// The spans that overlap or touch r are merged with it.
	first := s.after(r.From - 1)
	last := first
	for ; last < len(s.spans) && s.spans[last].From <= r.To; last++ {
		r.From, r.To = min(r.From, s.spans[last].From), max(r.To, s.spans[last].To)
	}
	s.spans = slices.Replace(s.spans, first, last, r)
	return added
}

// End returns the end of the bytes in s that follow offset at without a gap. It returns at
// if the byte at that offset is not in s.
func (s *Set) End(at int64) int64 {
	if i := s.after(at); i < len(s.spans) && s.spans[i].From <= at {
		return s.spans[i].To
	}
	return at
}

// after returns the index of the first span that ends after offset at.
func (s *Set) after(at int64) int {
	return sort.Search(len(s.spans), func(i int) bool { return s.spans[i].To > at })
}
