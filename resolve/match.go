package resolve

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
)

// Matcher is a Finder that may return files without a hash to compare with the locked ones,
// because the index has no hash, or only one of another algorithm. Match reads such a file
// f of p and returns its hashes by the algorithms of p.Hashes.
type Matcher interface {
	Match(ctx context.Context, p lock.Package, f lock.File) ([]digest.Digest, error)
}

// match ensures that the file to be picked has a locked hash. Like pip and uv, it reads
// files that have no hash in the index, best first, and removes those that do not match.
func (g *graph) match(ctx context.Context, n *node, files []lock.File, f Finder) ([]lock.File, error) {
	var others []string
	for {
		best, ok := g.best(n, files, g.target.Ranking())
		switch {
		case !ok && len(others) > 0:
			return nil, &fault.Error{Kind: fault.Index, Subject: n.String(), Details: others,
				Message: g.refusal(n, noCompatibleMatch).sentence(),
				Hints:   g.otherIndex()}
		case !ok || n.permits(best):
			return files, nil
		}
		m, ok := f.(Matcher)
		if !ok {
			return nil, &fault.Error{Kind: fault.Usage, Subject: n.String(),
				Message: fmt.Sprintf("the index has no hash for %s of %s, and the Finder is not a Matcher", best.Name, n)}
		}
		hashes, err := m.Match(ctx, *n.Package, best)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(files, func(f lock.File) bool { return f.Name == best.Name && f.URL == best.URL })
		if best.Hashes = hashes; n.permits(best) {
			files[i] = best
			return files, nil
		}
		files = slices.Delete(files, i, i+1)
		for _, h := range hashes {
			others = append(others, best.Name+" has the hash "+string(h)+", which is not in the lock file")
		}
	}
}

// permits reports whether the lock contains one of the file's hashes, or no hashes at all.
func (n *node) permits(file lock.File) bool {
	return len(n.Hashes) == 0 || slices.ContainsFunc(file.Hashes, func(h digest.Digest) bool { return slices.Contains(n.Hashes, h) })
}

// best returns the file of n that pick would choose.
func (g *graph) best(n *node, files []lock.File, ranking *pep425.Ranking) (lock.File, bool) {
	if !n.NoBinary {
		if best := pickBest(n.Package, files, ranking); best != nil {
			return best.file, true
		}
	}
	if !g.mayBuild(n) {
		return lock.File{}, false
	}
	return sdist(n.Package, files)
}
