package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
)

// Matcher is a Finder whose files may lack a hash that can be compared with the
// lock's, as the index states none, or one of another algorithm. Match reads such
// a file f of p and returns its hashes, of the algorithms of p.Hashes.
type Matcher interface {
	Match(ctx context.Context, p lock.Package, f lock.File) ([]digest.Digest, error)
}

// match makes sure that the file that will be picked has a hash of the lock: as
// pip and uv do, it has files of which the index states none read, the best first,
// and drops those that turn out to be others.
func (g *graph) match(ctx context.Context, n *node, files []lock.File, f Finder) ([]lock.File, error) {
	var others []string
	for {
		best, ok := g.favourite(n, files, g.target.Ranking())
		switch {
		case !ok && len(others) > 0:
			return nil, &fault.Error{Kind: fault.Index, Op: "find", Subject: n.String(), Details: others,
				Err:   errors.New("no file at the index that fits has a hash that the lock file permits"),
				Hints: []string{"name the index that the lock file was made against, --index-url URL, or make the lock file anew against this one: " + g.relock()}}
		case !ok || n.permits(best):
			return files, nil
		}
		m, ok := f.(Matcher)
		if !ok {
			return nil, &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: n.String(),
				Err: errors.New("the index states no hash of " + best.Name + ", and there is nobody to read it")}
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
			others = append(others, best.Name+": its hash "+string(h)+" is not in the lock")
		}
	}
}

// permits reports that the lock has one of file's hashes, or none at all.
func (n *node) permits(file lock.File) bool {
	return len(n.Hashes) == 0 || slices.ContainsFunc(file.Hashes, func(h digest.Digest) bool { return slices.Contains(n.Hashes, h) })
}

// favourite is the file of n that pick takes.
func (g *graph) favourite(n *node, files []lock.File, ranking *pep425.Ranking) (lock.File, bool) {
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
