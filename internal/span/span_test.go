package span

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAdd(t *testing.T) {
	for name, test := range map[string]struct {
		add                Span
		added, all         []Span
		endOf15, endAtNine int64
	}{
		"apart":            {Span{12, 14}, []Span{{12, 14}}, []Span{{5, 10}, {12, 14}, {20, 30}}, 15, 10},
		"before all":       {Span{0, 2}, []Span{{0, 2}}, []Span{{0, 2}, {5, 10}, {20, 30}}, 15, 10},
		"behind all":       {Span{31, 40}, []Span{{31, 40}}, []Span{{5, 10}, {20, 30}, {31, 40}}, 15, 10},
		"there already":    {Span{21, 30}, nil, []Span{{5, 10}, {20, 30}}, 15, 10},
		"touches the end":  {Span{10, 12}, []Span{{10, 12}}, []Span{{5, 12}, {20, 30}}, 15, 12},
		"touches a begin":  {Span{15, 20}, []Span{{15, 20}}, []Span{{5, 10}, {15, 30}}, 30, 10},
		"fills the gap":    {Span{10, 20}, []Span{{10, 20}}, []Span{{5, 30}}, 30, 30},
		"overlaps an end":  {Span{7, 16}, []Span{{10, 16}}, []Span{{5, 16}, {20, 30}}, 16, 16},
		"overlaps both":    {Span{9, 21}, []Span{{10, 20}}, []Span{{5, 30}}, 30, 30},
		"covers all":       {Span{0, 99}, []Span{{0, 5}, {10, 20}, {30, 99}}, []Span{{0, 99}}, 99, 99},
		"empty":            {Span{12, 12}, nil, []Span{{5, 10}, {20, 30}}, 15, 10},
		"empty in a span":  {Span{7, 7}, nil, []Span{{5, 10}, {20, 30}}, 15, 10},
		"ends before it":   {Span{14, 12}, nil, []Span{{5, 10}, {20, 30}}, 15, 10},
		"ends before them": {Span{25, 7}, nil, []Span{{5, 10}, {20, 30}}, 15, 10},
	} {
		var s Set
		s.Add(Span{20, 30})
		s.Add(Span{5, 10})
		if missing := s.Missing(test.add); !slices.Equal(missing, test.added) {
			t.Errorf("%s: missing %v, want %v", name, missing, test.added)
		}
		if added := s.Add(test.add); !slices.Equal(added, test.added) || !slices.Equal(s.Spans(), test.all) {
			t.Errorf("%s: added %v, want %v; now %v, want %v", name, added, test.added, s.Spans(), test.all)
		}
		if at15, at9 := s.End(15), s.End(9); at15 != test.endOf15 || at9 != test.endAtNine {
			t.Errorf("%s: the ends are %d and %d, want %d and %d", name, at15, at9, test.endOf15, test.endAtNine)
		}
	}
}

// bitmap is a set of the first bytes of a file.
type bitmap [40]bool

// spans returns the bytes of r that are in b, or that are not, as few spans.
func (b *bitmap) spans(r Span, in bool) (list []Span) {
	for i := r.From; i < r.To; i++ {
		switch n := len(list); {
		case b[i] != in:
		case n > 0 && list[n-1].To == i:
			list[n-1].To++
		default:
			list = append(list, Span{i, i + 1})
		}
	}
	return list
}

func (b *bitmap) end(at int64) int64 {
	for at < int64(len(b)) && b[at] {
		at++
	}
	return at
}

// TestAsBitmap adds random spans to a set and to a bitmap, which always agree.
func TestAsBitmap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	size := int64(len(bitmap{}))
	for range 2000 {
		var s Set
		var b bitmap
		var history []Span
		for range 1 + random.IntN(12) {
			from := random.Int64N(size)
			r := Span{from, min(size, from+random.Int64N(1+random.Int64N(size)))}
			history = append(history, r)
			missing := b.spans(r, false)
			if got := s.Missing(r); !slices.Equal(got, missing) {
				t.Fatalf("%v: missing %v, want %v", history, got, missing)
			}
			if got := s.Add(r); !slices.Equal(got, missing) {
				t.Fatalf("%v: added %v, want %v", history, got, missing)
			}
			for i := r.From; i < r.To; i++ {
				b[i] = true
			}
			if all := b.spans(Span{0, size}, true); !slices.Equal(s.Spans(), all) {
				t.Fatalf("%v: %v, want %v", history, s.Spans(), all)
			}
			for at := range size {
				if got, want := s.End(at), b.end(at); got != want {
					t.Fatalf("%v: byte %d has the end %d, want %d", history, at, got, want)
				}
			}
		}
	}
}
