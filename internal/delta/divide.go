package delta

import (
	"math"
	"slices"
)

// division is a zip of size bytes to be divided into parts, and the runs in it
// that are long enough to be copied.
type division struct {
	size   int64
	runs   []run
	limits Limits
}

// segment is a range of the zip that is copied from one source, or sent.
type segment struct {
	start, end int64
	from       *run // nil if it is sent
}

// parts finds the cheapest sequence of segments from the beginning to the end,
// by the shortest path through the places where a segment may begin.
func (d division) parts() []Part {
	places := d.places()
	type step struct {
		cost int64
		last segment // that leads here
		from int     // the place that it begins at
	}
	best := make([]step, len(places))
	for j := 1; j < len(places); j++ {
		best[j].cost = math.MaxInt64
		for i := range j {
			if best[i].cost == math.MaxInt64 {
				continue
			}
			s, ok := d.segment(places[i], places[j])
			if !ok {
				continue
			}
			if cost := best[i].cost + d.cost(s); cost < best[j].cost {
				best[j] = step{cost, s, i}
			}
		}
	}
	var parts []Part
	for j := len(places) - 1; j > 0; j = best[j].from {
		parts = append(d.split(best[j].last), parts...)
	}
	return parts
}

// places are where a segment of the cheapest sequence may begin or end: at the
// ends of runs, and as far from there as the smallest part that has to be sent
// between two of them reaches.
func (d division) places() []int64 {
	places := []int64{0, d.size}
	for _, r := range d.runs {
		for _, at := range []int64{r.start, r.end} {
			for _, p := range []int64{at - d.limits.Smallest, at, at + d.limits.Smallest} {
				if p > 0 && p < d.size {
					places = append(places, p)
				}
			}
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// segment returns the range from start to end as one that is copied, if it can
// be, else as one that is sent. It is not ok if it is too short for either.
func (d division) segment(start, end int64) (s segment, ok bool) {
	if end-start < d.limits.Smallest && end != d.size {
		return s, false
	}
	for i := range d.runs {
		if r := &d.runs[i]; r.start <= start && end <= r.end {
			return segment{start, end, r}, true
		}
	}
	return segment{start, end, nil}, true
}

func (d division) cost(s segment) int64 {
	requests := d.count(s) * d.limits.Request
	if s.from != nil {
		return requests
	}
	return requests + s.end - s.start
}

// count is into how many parts a segment is split: of about the size that is
// best, and none below the smallest.
func (d division) count(s segment) int64 {
	size, best := s.end-s.start, d.limits.Sent
	if s.from != nil {
		best = d.limits.Copied
	}
	return max(1, min((size+best-1)/best, size/d.limits.Smallest))
}

// split makes parts of about equal sizes.
func (d division) split(s segment) (parts []Part) {
	n := d.count(s)
	for i := range n {
		start, end := s.start+(s.end-s.start)*i/n, s.start+(s.end-s.start)*(i+1)/n
		p := Part{Size: end - start, Source: Send}
		if s.from != nil {
			p.Source, p.Offset = s.from.source, start+s.from.shift
		}
		parts = append(parts, p)
	}
	return parts
}
