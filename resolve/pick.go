package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// candidate is a file of a package.
type candidate struct {
	file  lock.File
	wheel pep425.WheelName
	wrong error // why it is not a wheel of the package
	rank  int   // rank of its best tag, if it is compatible
	// highest means that a higher local version label is better than a better tag.
	highest bool
}

// compare orders candidates by tag rank and then by build tag, like pip and uv. Ties are
// broken by file name, so that the order is total.
func (a *candidate) compare(b *candidate) int {
	if a.highest && b.highest {
		if order := b.wheel.Version.Compare(a.wheel.Version); order != 0 {
			return order
		}
	}
	return cmp.Or(cmp.Compare(a.rank, b.rank), b.wheel.Build.Compare(a.wheel.Build), cmp.Compare(a.file.Name, b.file.Name))
}

// pick chooses the best of files, which are in a stable order: a compatible wheel, or else
// an sdist that may be built.
func (g *graph) pick(n *node, files []lock.File, ranking *pep425.Ranking) (Distribution, *refusal) {
	if n.isTree() {
		return g.fromSource(n, lock.File{})
	}
	var best *candidate
	if !n.NoBinary {
		best = pickBest(n.Package, files, ranking)
	}
	if best == nil {
		if file, ok := sdist(n.Package, files); ok && g.mayBuild(n) {
			return g.fromSource(n, file)
		}
		return Distribution{}, g.noWheel(n, candidates(n.Package, files), ranking)
	}
	d := g.distribution(n)
	d.File = best.file
	if n.Local != lock.NoLocal && best.wheel.Version.Local() != "" {
		d.Version = best.wheel.Version.String()
	}
	e := g.setHash(n, &d)
	return d, e
}

// pickBest returns the best compatible file of p, or nil if there is none. For speed, it
// parses only the few file names with compatible tags.
func pickBest(p *lock.Package, files []lock.File, ranking *pep425.Ranking) *candidate {
	var best *candidate
	own := newVersioned(p)
	for _, file := range files {
		rank, ok := ranking.BestOfName(file.Name)
		if !ok {
			continue
		}
		c := own.candidate(file)
		c.rank = rank
		if c.wrong == nil && (best == nil || c.compare(best) < 0) {
			best = &c
		}
	}
	return best
}

// candidates returns all files of p as candidates.
func candidates(p *lock.Package, files []lock.File) []candidate {
	all := make([]candidate, len(files))
	own := newVersioned(p)
	for i, file := range files {
		all[i] = own.candidate(file)
	}
	return all
}

// versioned is a package with its parsed version.
type versioned struct {
	*lock.Package
	version pep440.Version
	err     error // why the version is invalid
}

func newVersioned(p *lock.Package) versioned {
	v, err := pep440.Parse(p.Version)
	return versioned{p, v, err}
}

// admits reports whether a file of version v is one of p. The name of a file that the lock file
// lists may omit the local version label.
func (p versioned) admits(v pep440.Version) bool {
	return p.err == nil && (v.Compare(p.version) == 0 || len(p.Files) > 0 && v.Compare(p.version.WithoutLocal()) == 0 ||
		p.Local != lock.NoLocal && v.WithoutLocal().Compare(p.version) == 0)
}

// candidate parses the name of a file and checks that it is a wheel of the package.
func (p versioned) candidate(file lock.File) candidate {
	c := candidate{file: file, highest: p.Local == lock.HighestLocal || p.version.Local() != ""}
	if !strings.HasSuffix(file.Name, ".whl") {
		c.wrong = errors.New("is a source distribution")
		return c
	}
	var err error
	if c.wheel, err = pep425.ParseWheelName(file.Name); err != nil {
		c.wrong = fmt.Errorf("is not a valid wheel file name: %w", errors.Unwrap(err)) // which the name precedes
		return c
	}
	v := c.wheel.Version
	switch {
	case c.wheel.Name != p.Name:
		c.wrong = fmt.Errorf("is a wheel for %s", c.wheel.Name)
	case p.Version == "":
	case !p.admits(v):
		c.wrong = fmt.Errorf("is version %s", v)
	}
	return c
}

// sortNearest sorts candidates that are not compatible, closest first: wheels for the
// target's system and architecture, then other wheels of the package, then other files. The
// sort is stable.
func sortNearest(all []candidate, ranking *pep425.Ranking) {
	nearness := func(c *candidate) int {
		if c.wrong != nil {
			return 0
		}
		return int(ranking.Mismatch(c.wheel).Reason) // later reasons are closer
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(nearness(&b), nearness(&a)) })
}

// why returns the reason why a candidate does not fit the target, as a predicate.
func (g *graph) why(c *candidate, ranking *pep425.Ranking) string {
	if c.wrong != nil {
		return c.wrong.Error()
	}
	m := ranking.Mismatch(c.wheel)
	if m.Reason != pep425.NewerGlibc {
		return m.String()
	}
	text := fmt.Sprintf("needs glibc 2.%d (%s), but %s has 2.%d; use ", m.GlibcMinor, m.Needs, g.target.Runtime, g.target.GlibcMinor)
	if runtime, ok := target.OldestWithGlibc(m.GlibcMinor); ok {
		text += runtime + " or later, or "
	}
	return text + "another version of " + c.wheel.Name
}

// hashOf chooses the hash to verify: SHA-256, which is the key in the cache, or else the
// strongest hash.
func hashOf(file lock.File) (digest.Digest, error) {
	if len(file.Hashes) == 0 {
		return "", fmt.Errorf("the lock file has none for %s", file.Name)
	}
	var best digest.Digest
	for _, h := range file.Hashes {
		d, err := digest.Parse(string(h))
		if err != nil {
			return "", err
		}
		if d.Algorithm() == "sha256" {
			return d, nil
		}
		best = strongest([]digest.Digest{d}, best)
	}
	return best, nil
}
