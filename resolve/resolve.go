// Package resolve selects the exact wheels of a lock file for a Lambda target.
//
// [Resolve] walks the lock's graph from its roots, evaluates markers for the target, checks
// that the lock covers the target and has only one package for each name, and picks the
// best wheel of each package. It works offline, except that it looks up file names in an
// index through [Finder] if the lock file has only hashes. It returns an error for every
// package without an exact wheel, unless Options.AllowBuild allows the package to be built
// from source.
package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// Options select packages and specify which exceptions are allowed.
type Options struct {
	Selection
	// AllowUnhashed accepts a pinned package without a hash in the lock file. Its current
	// hash is used, and reported in a note.
	AllowUnhashed bool
	// AllowBuild lists the distributions that may be built from source if they have no
	// compatible wheel; it may contain AllPackages. Building a distribution runs its code.
	AllowBuild []string
}

// Finder looks up the files of a package that has only hashes in the lock file. It returns
// the files with one of these hashes; each file has those of the lock's hashes that it
// matches. A Matcher also returns files that may match. For a package without hashes
// (Options.AllowUnhashed), a Finder returns all files of the version. It is called from
// several goroutines.
type Finder interface {
	Find(ctx context.Context, p lock.Package) ([]lock.File, error)
}

// Hasher is a Finder that also reads a file without a known hash and returns its SHA-256.
// AllowUnhashed requires a Hasher.
type Hasher interface {
	Hash(ctx context.Context, p lock.Package, f lock.File) (digest.Digest, error)
}

// Resolution is the exact content of a layer, before it is downloaded.
type Resolution struct {
	Target        target.Target
	Distributions []Distribution // sorted by name
	// Excluded lists the distributions that Options.Exclude removed, sorted by name, with
	// the files that would be used if the lock file lists them.
	Excluded []Distribution
	Notes    []string // messages for the user, such as an exclude that had no effect
	// Gaps lists the distributions that cannot be installed, sorted by name. Only
	// ResolveKnown sets it.
	Gaps []Gap
}

// Distribution is a wheel to install, or to build and install.
type Distribution struct {
	Name       string // normalized
	Version    string // as locked
	Source     lock.Source
	File       lock.File     // the wheel, or the sdist if FromSource; the zero value for a source tree
	Hash       digest.Digest // the hash to verify, SHA-256 if locked; for a source tree, git:<commit> or the folder's current digest
	FromSource bool          // build a wheel from File or, if File has no name, from Source
	Unhashed   bool          // the lock file has no hash; Hash is the current one
	Where      string        // position in the lock file, such as "requirements.txt:12"
	Direct     bool          // whether the project itself requires it
	RequiredBy []string      // names of the other distributions that require it, sorted
}

// String returns the name and version, such as "numpy 2.3.0", or only the name if the
// version is unknown.
func (d *Distribution) String() string { return strings.TrimSpace(d.Name + " " + d.Version) }

// parallelFinds is the number of packages that are looked up at the same time.
const parallelFinds = 8

// Gap is a distribution of the layer that cannot be installed.
type Gap struct {
	Name, Version string // as in Distribution
	Where         string
	Direct        bool
	RequiredBy    []string
	Reason        string       // a predicate, such as "has no wheel for python3.11 on x86_64"
	Err           *fault.Error // the full error, with hints; nil after the first 100 gaps
}

// Resolve walks l from its roots for t and picks the best wheel of every distribution that
// it reaches. f may be nil if l has file names for every package.
//
// Errors are of type fault.Error: of kind Usage for an extra or group that is not in the
// lock file, and of kind Lock for a lock that does not cover t or that has packages that
// cannot be installed. A single error lists all such packages. Resolve returns errors of f
// unchanged.
func Resolve(ctx context.Context, l *lock.Lock, t target.Target, o Options, f Finder) (*Resolution, error) {
	r, g, refused, err := resolve(ctx, l, t, o, f)
	if err == nil && len(refused) > 0 {
		err = g.report(refused)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// ResolveKnown is like Resolve, but for display. If distributions cannot be installed, it
// returns the others, and the missing ones in Resolution.Gaps, together with the error of
// Resolve. With any other error, it returns a nil Resolution.
func ResolveKnown(ctx context.Context, l *lock.Lock, t target.Target, o Options, f Finder) (*Resolution, error) {
	r, g, refused, err := resolve(ctx, l, t, o, f)
	if err != nil || len(refused) == 0 {
		return r, err
	}
	r.Gaps = make([]Gap, len(refused))
	for i, e := range refused {
		d := g.distribution(e.node)
		r.Gaps[i] = Gap{d.Name, d.Version, d.Where, d.Direct, d.RequiredBy, e.reason, nil}
		if i < shown {
			r.Gaps[i].Err = g.fault(e)
		}
	}
	return r, g.report(refused)
}

// resolve walks l and picks the wheels. It returns the refused packages, if there are any,
// and the graph, which explains them.
func resolve(ctx context.Context, l *lock.Lock, t target.Target, o Options, f Finder) (*Resolution, *graph, []*refusal, error) {
	roots, err := chooseRoots(l, o)
	if err != nil {
		return nil, nil, nil, err
	}
	r := &Resolution{Target: t}
	t, note := supported(l, t)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	g, err := walkLock(l, t, roots)
	if err != nil {
		return nil, nil, nil, err
	}
	g.allowUnhashed, g.allowBuild = o.AllowUnhashed, allowed(o.AllowBuild)
	if err := checkCoverage(l, t, g.active); err != nil {
		return nil, nil, nil, err
	}
	reached, err := g.narrow()
	if err != nil {
		return nil, nil, nil, err
	}
	ex, err := newExclusion(l, t, o)
	if err != nil {
		return nil, nil, nil, err
	}
	reached = r.exclude(g, reached, ex)
	refused, err := r.choose(ctx, g, reached, f)
	if err != nil {
		return nil, nil, nil, err
	}
	return r, g, refused, nil
}

// exclude removes the packages in ex from reached.
func (r *Resolution) exclude(g *graph, reached []*node, ex *exclusion) []*node {
	r.Notes = append(r.Notes, ex.notes...)
	var kept []*node
	for _, n := range reached {
		if !ex.packages[n.Package] {
			kept = append(kept, n)
			continue
		}
		d, e := g.pick(n, n.Files, g.target.Ranking())
		if e != nil {
			d = Distribution{Name: n.Name, Version: n.Version, Source: n.Source, Where: n.Where()}
		}
		r.Excluded = append(r.Excluded, d)
	}
	return kept
}

// choose picks the wheel of every package and returns the refusals of packages without one.
// A failed lookup is an error, unless packages are refused anyway.
func (r *Resolution) choose(ctx context.Context, g *graph, reached []*node, f Finder) (refused []*refusal, err error) {
	why := make([]*refusal, len(reached)) // nil if not refused
	chosen := make([]Distribution, len(reached))
	ranking := g.target.Ranking()
	wrong := false
	for i, n := range reached {
		if why[i] = g.refuse(n); why[i] == nil && !g.needsIndex(n) {
			chosen[i], why[i] = g.pick(n, n.Files, ranking)
		}
		why[i] = g.counted(why[i])
		wrong = wrong || why[i] != nil
	}
	files, failed := g.findFiles(ctx, reached, why, f)
	if failed != nil && (!wrong || ctx.Err() != nil) {
		return nil, failed
	}
	for i, n := range reached {
		lookedUp := why[i] == nil && g.needsIndex(n)
		if lookedUp && failed == nil {
			chosen[i], why[i] = g.pick(n, files[i], ranking)
			why[i] = g.counted(why[i])
		}
		switch {
		case why[i] != nil:
			refused = append(refused, why[i])
		case !lookedUp || failed == nil:
			r.Distributions = append(r.Distributions, chosen[i])
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	return nil, r.setHashes(ctx, reached, f)
}

// setHashes computes the hashes that neither the lock file nor the index contains.
func (r *Resolution) setHashes(ctx context.Context, reached []*node, f Finder) (err error) {
	for i, n := range reached {
		if d := &r.Distributions[i]; d.Hash == "" {
			if d.Hash, err = hash(ctx, n, d, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// findFiles returns the candidate files of each package. It uses f to look up packages
// without file names, except refused ones. It adds errors of f that are about a package,
// rather than about an index, to refused.
func (g *graph) findFiles(ctx context.Context, reached []*node, refused []*refusal, f Finder) ([][]lock.File, error) {
	files, unknown := make([][]lock.File, len(reached)), make([]bool, len(reached))
	start := g.startWith(f, refused)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelFinds)
	for i, n := range reached {
		if !g.needsIndex(n) {
			files[i] = n.Files
			continue
		}
		if refused[i] != nil {
			continue
		}
		if f == nil {
			return nil, &fault.Error{Kind: fault.Usage, Subject: n.String(),
				Message: fmt.Sprintf("%s: %s has no file names, and there is no Finder", n.Where(), n)}
		}
		group.Go(func() error {
			found, err := f.Find(groupCtx, *n.Package)
			if e, ok := isRefusal(err); ok {
				refused[i] = g.notFound(n, e)
				start.over.Store(true)
				return nil
			}
			// An index may list its files in any order.
			slices.SortFunc(found, func(a, b lock.File) int { return cmp.Compare(a.Name, b.Name) })
			if err == nil {
				files[i], err = g.match(groupCtx, n, found, f)
			}
			if unknown[i] = errors.Is(err, ErrOffline); unknown[i] {
				return nil
			}
			if err == nil && groupCtx.Err() == nil {
				start.found(n, files[i])
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return files, err
	}
	if slices.Contains(unknown, true) {
		return files, Offline(g.lacking(ctx, reached, files, unknown, refused, f))
	}
	return files, nil
}
