package delta

import (
	"math"
	"slices"
)

// division is a zip to be divided into parts, with the runs in it that are long enough to be
// copied. size is in bytes.
type division struct {
	size   int64
	runs   []run
	limits Limits
}

// segment is a range of the zip that is either copied from one source or sent.
type segment struct {
	start, end int64
	from       *run // nil if the segment is sent
}

// parts finds the cheapest sequence of segments from the beginning to the end, as the
// shortest path through the places where a segment may begin.
func (d division) parts() []Part {
	places := d.places()
	type step struct {
		cost int64
		last segment // the segment that ends here
		from int     // the place where it begins
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

// places returns where a segment in the cheapest sequence may begin or end: at the ends of
// runs, and at the distance of the smallest part from them, because a part of at least that
// size may have to be sent between two runs.
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

// segment returns the range from start to end as a segment that is copied if possible, and
// otherwise sent. ok is false if the range is too short for either.
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

// count returns the number of parts into which a segment is split. The parts have about the
// best size, and are not smaller than the smallest permitted part.
func (d division) count(s segment) int64 {
	size, best := s.end-s.start, d.limits.Sent
	if s.from != nil {
		best = d.limits.Copied
	}
	return max(1, min((size+best-1)/best, size/d.limits.Smallest))
}

// split splits a segment into parts of about equal size.
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
