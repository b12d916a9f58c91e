package early

import (
	"cmp"
	"io"
	"slices"
	"sort"

	"github.com/lamella-build/lamella/internal/span"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// Sizes as fractions of a part, which has 5 MiB.
const (
	// rangesInPart is the number of ranges in a part. The time that a request takes should
	// not matter, and the few concurrent requests should complete the next part.
	rangesInPart = 5
	// gapsInPart is the number of gaps in a part: up to this fraction of a part, bytes that
	// are not needed yet are downloaded to avoid another request.
	gapsInPart = 20
)

// plan says in which order to download the wheels, and what must arrive before a part can be
// sent.
type plan struct {
	wheels []Wheel
	needed []byteRange // in the order of download
	rest   []byteRange // the parts of the wheels that the zip does not need
	size   int64       // of a part, in bytes
	left   []int64     // number of bytes of each part that have not arrived
	needs  [][]need    // for each wheel, sorted
}

// byteRange is a range of a wheel.
type byteRange struct {
	wheel    int
	from, to int64
}

// need is a range of a wheel that a part of the zip contains.
type need struct {
	from, to int64
	part     int
}

func newPlan(zip *layerzip.View, partSize int64, wheels []Wheel) *plan {
	p := &plan{wheels: wheels, size: partSize, needs: make([][]need, len(wheels)), left: make([]int64, (zip.Size()+partSize-1)/partSize)}
	numbers := map[io.ReaderAt]int{}
	for i, w := range wheels {
		numbers[w] = i
	}
	order := make([][]byteRange, len(p.left)) // what each part needs, in the order of the zip
	last := make([]int, len(wheels))          // the last part that needs each wheel
	for part := range p.left {
		zip.Content(int64(part)*partSize, partSize, func(source io.ReaderAt, from, to int64) {
			i, ok := numbers[source]
			if !ok {
				return
			}
			p.needs[i] = append(p.needs[i], need{from, to, part})
			p.left[part] += to - from
			order[part], last[i] = append(order[part], byteRange{i, from, to}), part
		})
	}
	for i := range p.needs {
		slices.SortFunc(p.needs[i], func(a, b need) int { return cmp.Compare(a.from, b.from) })
	}
	planned := make([]span.Set, len(wheels))
	for part, needed := range order {
		p.needed = p.schedule(p.needed, planned, needed)
		for i := range wheels {
			if last[i] == part {
				p.needed = p.schedule(p.needed, planned, p.inTheWay(i, planned[i].Spans()))
			}
		}
	}
	for i, w := range wheels {
		p.rest = p.schedule(p.rest, planned, []byteRange{{i, 0, w.Size()}})
	}
	return p
}

// inTheWay returns the ranges that are not needed but that delay the verification of much
// more data, because a wheel is verified from beginning to end.
func (p *plan) inTheWay(wheel int, planned []span.Span) (list []byteRange) {
	var behind int64
	end := p.wheels[wheel].Size()
	for _, r := range slices.Backward(planned) {
		if size := end - r.To; size > 0 && behind >= 4*size {
			list = append(list, byteRange{wheel, r.To, end})
		}
		behind, end = behind+r.To-r.From, r.From
	}
	if end > 0 && behind >= 4*end {
		list = append(list, byteRange{wheel, 0, end})
	}
	return list
}

// schedule appends the needed ranges, in suitable sizes, without what is already planned.
func (p *plan) schedule(list []byteRange, planned []span.Set, needed []byteRange) []byteRange {
	var wheels []int // in the order in which they are needed
	merged := map[int][]byteRange{}
	for _, r := range needed {
		if merged[r.wheel] == nil {
			wheels = append(wheels, r.wheel)
		}
		merged[r.wheel] = append(merged[r.wheel], r)
	}
	for _, i := range wheels {
		for _, r := range merge(merged[i], p.size/gapsInPart) {
			for _, missing := range planned[i].Add(stretch(r, &planned[i], p.size/gapsInPart, p.wheels[i].Size())) {
				list = p.split(list, byteRange{i, missing.From, missing.To})
			}
		}
	}
	return list
}

// split appends r as ranges of a suitable size.
func (p *plan) split(list []byteRange, r byteRange) []byteRange {
	size := max(1, p.size/rangesInPart)
	for r.to-r.from > size+size/2 {
		list = append(list, byteRange{r.wheel, r.from, r.from + size})
		r.from += size
	}
	return append(list, r)
}

// merge sorts ranges of one wheel and joins those with at most gap bytes between them.
func merge(all []byteRange, gap int64) (merged []byteRange) {
	slices.SortFunc(all, func(a, b byteRange) int { return cmp.Compare(a.from, b.from) })
	for _, r := range all {
		if n := len(merged); n > 0 && r.from-merged[n-1].to <= gap {
			merged[n-1].to = max(merged[n-1].to, r.to)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// stretch closes small gaps between r and what is planned, or the ends of the wheel.
func stretch(r byteRange, planned *span.Set, gap, size int64) span.Span {
	s := span.Span{From: r.from, To: r.to}
	if before := planned.Missing(span.Span{To: r.from}); len(before) > 0 {
		if last := before[len(before)-1]; last.To == r.from && last.To-last.From <= gap {
			s.From = last.From
		}
	}
	if behind := planned.Missing(span.Span{From: r.to, To: size}); len(behind) > 0 {
		if first := behind[0]; first.From == r.to && first.To-first.From <= gap {
			s.To = first.To
		}
	}
	return s
}

// arrived counts bytes that have arrived, and returns the parts that are now complete.
func (p *plan) arrived(wheel int, from, to int64) (ready []int) {
	needs := p.needs[wheel]
	// Needs do not overlap, because each byte of a wheel is in the zip at most once.
	for i := sort.Search(len(needs), func(i int) bool { return needs[i].to > from }); i < len(needs) && needs[i].from < to; i++ {
		n := needs[i]
		p.left[n.part] -= min(n.to, to) - max(n.from, from)
		if p.left[n.part] == 0 {
			ready = append(ready, n.part)
		}
	}
	return ready
}
