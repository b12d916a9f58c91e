package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// candidate is a file of a package.
type candidate struct {
	file  lock.File
	wheel pep425.WheelName
	wrong error // why it is no wheel of the package
	rank  int   // of its best tag, if it fits
}

// compare orders by tag rank, then build tag, as pip and uv do; the file name
// makes the order total.
func (a *candidate) compare(b *candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), b.wheel.Build.Compare(a.wheel.Build), cmp.Compare(a.file.Name, b.file.Name))
}

// pick chooses the best of files, which are in a stable order.
func (g *graph) pick(n *node, files []lock.File, ranking *pep425.Ranking) (Distribution, *fault.Error) {
	all := candidates(n.Package, files)
	var best *candidate
	for i := range all {
		c := &all[i]
		if c.wrong != nil {
			continue
		}
		var ok bool
		if c.rank, ok = ranking.Best(c.wheel); ok && (best == nil || c.compare(best) < 0) {
			best = c
		}
	}
	if best == nil {
		return Distribution{}, g.noWheel(n, all, ranking)
	}
	d := Distribution{
		Name: n.Name, Version: n.Version, Source: n.Source, File: best.file,
		Direct: n.direct, RequiredBy: slices.Sorted(maps.Keys(n.requiredBy)),
	}
	d.Unhashed = g.allowUnhashed && n.unhashed(best.file)
	if d.Unhashed && len(best.file.Hashes) == 0 {
		return d, nil // the caller reads the file
	}
	var err error
	if d.Hash, err = hashOf(best.file); err != nil {
		return Distribution{}, g.refusal(n, err, g.hashHints(n)...)
	}
	return d, nil
}

// candidates parses the names of p's files and checks that they are wheels of
// p. The wheel of a version with a local part may be named without it.
func candidates(p *lock.Package, files []lock.File) []candidate {
	version, versionErr := pep440.Parse(p.Version)
	all := make([]candidate, len(files))
	for i, file := range files {
		c := &all[i]
		c.file = file
		if !strings.HasSuffix(file.Name, ".whl") {
			c.wrong = errors.New("is a source distribution")
			continue
		}
		if c.wheel, c.wrong = pep425.ParseWheelName(file.Name); c.wrong != nil {
			continue
		}
		v := c.wheel.Version
		switch {
		case c.wheel.Name != p.Name:
			c.wrong = fmt.Errorf("is a wheel of %s", c.wheel.Name)
		case p.Version == "":
		case versionErr != nil || v.Compare(version) != 0 && v.Compare(version.WithoutLocal()) != 0:
			c.wrong = fmt.Errorf("is version %s", v)
		}
	}
	return all
}

// why says what keeps a candidate from fitting the target.
func (g *graph) why(c *candidate, ranking *pep425.Ranking) string {
	if c.wrong != nil {
		return c.wrong.Error()
	}
	m := ranking.Mismatch(c.wheel)
	if m.Reason != pep425.NewerGlibc {
		return m.String()
	}
	text := fmt.Sprintf("needs %s; %s has glibc 2.%d: use ", m.Needs, g.target.Runtime, g.target.GlibcMinor)
	if runtime, ok := target.OldestWithGlibc(m.GlibcMinor); ok {
		text += runtime + " or later, or "
	}
	return text + "another version"
}

// hashOf chooses the hash to verify: sha256, by which files are kept, else
// the strongest.
func hashOf(file lock.File) (digest.Digest, error) {
	if len(file.Hashes) == 0 {
		return "", fmt.Errorf("the lock states no hash for %s, so nothing would notice another file in its place", file.Name)
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
