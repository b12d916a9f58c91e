package pep425

// Ranking is what one interpreter accepts: the order of its tags, and what it
// takes to tell why a wheel does not fit. It is safe for concurrent use.
type Ranking struct {
	arch       string
	glibcMinor int
	// The rank of a tag is its place in CPythonTags, which follows from the
	// places of its parts.
	platforms         map[string]int
	native, universal map[interfaceTag]int
}

// NewRanking returns the ranking of CPython 3.<minor> on a Linux with glibc
// 2.<glibcMinor> on arch (x86_64 or aarch64).
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

// Best returns the rank of the best tag of w: 0 is the best there is, and ok
// says that one fits at all. Of two wheels the one of the lower rank is
// better; where the ranks are equal, the one of the higher build tag.
func (r *Ranking) Best(w WheelName) (rank int, ok bool) {
	for _, t := range w.Tags {
		if i, fits := r.rank(t); fits && (!ok || i < rank) {
			rank, ok = i, true
		}
	}
	return rank, ok
}

// rank returns the place of t in CPythonTags.
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
