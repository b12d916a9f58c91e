package pep425

import "strings"

// Ranking is the order of the tags that an interpreter accepts. It is safe for concurrent
// use.
type Ranking struct {
	arch       string
	glibcMinor int
	// The rank of a tag is its index in CPythonTags. It is computed from the indexes of its
	// parts.
	platforms         map[string]int
	native, universal map[interfaceTag]int
}

// NewRanking returns the ranking for CPython 3.<minor> on Linux with glibc 2.<glibcMinor>
// on arch (x86_64 or aarch64).
func NewRanking(minor int, arch string, glibcMinor int) *Ranking {
	native, universal := cpythonInterfaces(minor)
	return &Ranking{
		arch, glibcMinor,
		places(ManylinuxPlatforms(arch, glibcMinor)), places(native), places(universal),
	}
}

func places[T comparable](order []T) map[T]int {
	m := make(map[T]int, len(order))
	for i, x := range order {
		m[x] = i
	}
	return m
}

// Best returns the rank of the best tag of w; 0 is the best possible rank. ok reports
// whether w is compatible at all. Of two wheels, the one with the lower rank is better; if
// the ranks are equal, the one with the higher build tag is better.
func (r *Ranking) Best(w WheelName) (rank int, ok bool) {
	for _, t := range w.Tags {
		if i, fits := r.rank(t); fits && (!ok || i < rank) {
			rank, ok = i, true
		}
	}
	return rank, ok
}

// BestOfName is like Best for the wheel with the given file name. It parses only the tags;
// use ParseWheelName to check the rest.
func (r *Ranking) BestOfName(filename string) (rank int, ok bool) {
	rest, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return 0, false
	}
	rest, platforms := cutLast(rest)
	rest, abis := cutLast(rest)
	_, pythons := cutLast(rest)
	ok = false
	for platform := range strings.SplitSeq(platforms, ".") {
		if _, known := r.platforms[platform]; !known && platform != anyPlatform {
			continue // not compatible, like most
		}
		for python := range strings.SplitSeq(pythons, ".") {
			for abi := range strings.SplitSeq(abis, ".") {
				if i, fits := r.rank(Tag{python, abi, platform}); fits && (!ok || i < rank) {
					rank, ok = i, true
				}
			}
		}
	}
	return rank, ok
}

// cutLast splits s at its last dash.
func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '-')
	return s[:max(i, 0)], s[i+1:]
}

// rank returns the index of t in CPythonTags.
func (r *Ranking) rank(t Tag) (rank int, ok bool) {
	i := interfaceTag{t.Python, t.ABI}
	if t.Platform == anyPlatform {
		place, ok := r.universal[i]
		return len(r.native)*len(r.platforms) + place, ok
	}
	platform, ok := r.platforms[t.Platform]
	if !ok {
		return 0, false
	}
	place, ok := r.native[i]
	return place*len(r.platforms) + platform, ok
}
