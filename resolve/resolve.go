// Package resolve chooses, for one Lambda target, the exact wheels of a lock.
//
// [Resolve] walks the lock's graph from its roots with the markers evaluated
// for the target, checks that the lock covers the target and that every name
// narrows to one package, and takes the best wheel of each. It decides
// offline; only where a lock states hashes without file names is an index
// asked, through [Finder]. What cannot be installed exactly from a wheel is
// refused with the reason: nothing is guessed, and what would have to be built
// from source is chosen only where Options.AllowBuild says so.
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
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// Options choose what of the lock goes into the layer, and what is acceptable.
type Options struct {
	Selection
	// AllowUnhashed accepts a pinned package for which the lock states no hash:
	// the hash that its source states now is taken, and told in a note.
	AllowUnhashed bool
	// AllowBuild are the distributions that may be built from source where no
	// wheel of them fits, or AllPackages. Building runs code of theirs.
	AllowBuild []string
}

// Finder tells which files an index has for a package whose lock entry states
// only hashes. It returns the files that carry one of them, each with the
// hashes of the lock that are its own; a Matcher also those that may. For a package without any hash, which
// only Options.AllowUnhashed lets through, it returns all files of that version.
// It is called from several goroutines.
type Finder interface {
	Find(ctx context.Context, p lock.Package) ([]lock.File, error)
}

// Hasher is a Finder that can also tell the sha256 of a file for which nobody
// states a hash, by reading it. AllowUnhashed needs one.
type Hasher interface {
	Hash(ctx context.Context, p lock.Package, f lock.File) (digest.Digest, error)
}

// Resolution is the exact content of a layer before it is fetched.
type Resolution struct {
	Target        target.Target
	Distributions []Distribution // sorted by name
	// Excluded are the distributions that Options.Exclude left out, sorted by name.
	// Their files are those that would have been taken, as far as the lock alone
	// tells: no index is asked for them.
	Excluded []Distribution
	Notes    []string // what the user should see: an exclude that excluded nothing
	// Gaps are the distributions that cannot be installed, sorted by name. Only
	// ResolveKnown returns a resolution that has some.
	Gaps []Gap
}

// Distribution is one wheel to be installed, or to be built first.
type Distribution struct {
	Name       string // normalised
	Version    string // as locked
	Source     lock.Source
	File       lock.File     // the wheel; FromSource the sdist, the zero value for a source tree
	Hash       digest.Digest // the one to verify; sha256 if the lock has it. Of a tree: git:<commit>, or what the folder has now
	FromSource bool          // no wheel fits: one is to be built of File or, if that has no name, of Source
	Unhashed   bool          // the lock states no hash: Hash is what the source has now
	Where      string        // "requirements.txt:12", the place in the lock that states it
	Direct     bool          // the project itself depends on it
	RequiredBy []string      // names of the other distributions that depend on it, sorted
}

// String returns "numpy 2.3.0", or the name alone if the version is not known.
func (d *Distribution) String() string { return strings.TrimSpace(d.Name + " " + d.Version) }

// parallelFinds is how many packages are looked up at a time.
const parallelFinds = 8

// Gap is a distribution of the layer that cannot be installed.
type Gap struct {
	Name, Version string // as Distribution has them
	Where         string
	Direct        bool
	RequiredBy    []string
	Err           *fault.Error // why, and what helps
}

// Resolve walks l from its roots for t and picks the best wheel of every
// distribution reached. f may be nil if every package of l has named files.
//
// Errors are fault.Errors: Usage for an extra or group that the lock does not
// have, Lock for a lock that does not cover t or holds what no wheel can
// satisfy, each with all that is wrong; or what f returned.
func Resolve(ctx context.Context, l *lock.Lock, t target.Target, o Options, f Finder) (*Resolution, error) {
	r, err := ResolveKnown(ctx, l, t, o, f)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// ResolveKnown is Resolve for what only shows: where distributions cannot be
// installed it returns all others and, beside the error of Resolve, what is
// missing as Resolution.Gaps. Of any other error the resolution is nil.
func ResolveKnown(ctx context.Context, l *lock.Lock, t target.Target, o Options, f Finder) (*Resolution, error) {
	roots, err := chooseRoots(l, o)
	if err != nil {
		return nil, err
	}
	g, err := walkLock(l, t, roots)
	if err != nil {
		return nil, err
	}
	g.allowUnhashed, g.allowBuild = o.AllowUnhashed, allowed(o.AllowBuild)
	if err := checkCoverage(l, t, g.active); err != nil {
		return nil, err
	}
	reached, err := g.narrow()
	if err != nil {
		return nil, err
	}
	r := &Resolution{Target: t}
	reached = r.exclude(g, reached, o.ExcludedDistributions())
	refused, err := r.choose(ctx, g, reached, f)
	if err != nil || len(refused) == 0 {
		return r, err
	}
	for _, e := range refused {
		d := g.distribution(e.node)
		r.Gaps = append(r.Gaps, Gap{d.Name, d.Version, d.Where, d.Direct, d.RequiredBy, g.fault(e)})
	}
	return r, g.report(refused)
}

// exclude takes the named packages out of reached.
func (r *Resolution) exclude(g *graph, reached []*node, names []string) []*node {
	excluded := map[string]bool{}
	for _, name := range names {
		excluded[pep503.Normalize(name)] = false
	}
	var kept []*node
	for _, n := range reached {
		if _, ok := excluded[n.Name]; !ok {
			kept = append(kept, n)
			continue
		}
		excluded[n.Name] = true
		d, e := g.pick(n, n.Files, g.target.Ranking())
		if e != nil {
			d = Distribution{Name: n.Name, Version: n.Version, Source: n.Source, Where: n.Where()}
		}
		r.Excluded = append(r.Excluded, d)
	}
	for _, name := range names {
		if !excluded[pep503.Normalize(name)] {
			r.Notes = append(r.Notes, fmt.Sprintf("Nothing is excluded by %q: the layer has no distribution of that name. A file at the top of python/ is excluded by %q.", name, "./"+name))
		}
	}
	return kept
}

// choose picks the wheel of every package, and tells of all that have none. A
// package that cannot be looked up is an error, unless something else is wrong
// already and known without an index.
func (r *Resolution) choose(ctx context.Context, g *graph, reached []*node, f Finder) (refused []*refusal, err error) {
	why := make([]*refusal, len(reached)) // nil: nothing is wrong so far
	chosen := make([]Distribution, len(reached))
	ranking := g.target.Ranking()
	wrong := false
	for i, n := range reached {
		if why[i] = g.refuse(n); why[i] == nil && !g.asksIndex(n) {
			chosen[i], why[i] = g.pick(n, n.Files, ranking)
		}
		wrong = wrong || why[i] != nil
	}
	files, failed := g.findFiles(ctx, reached, why, f)
	if failed != nil && (!wrong || ctx.Err() != nil) {
		return nil, failed
	}
	for i, n := range reached {
		asked := why[i] == nil && g.asksIndex(n)
		if asked && failed == nil {
			chosen[i], why[i] = g.pick(n, files[i], ranking)
		}
		switch {
		case why[i] != nil:
			refused = append(refused, why[i])
		case !asked || failed == nil:
			r.Distributions = append(r.Distributions, chosen[i])
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	return nil, r.setHashes(ctx, reached, f)
}

// setHashes reads what the lock and the index state no hash of.
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

// findFiles returns the candidate files of each package, asking f for those
// that the lock does not name, unless they are refused anyway. What f says of a
// package of the lock, and not of an index, is added to refused.
func (g *graph) findFiles(ctx context.Context, reached []*node, refused []*refusal, f Finder) ([][]lock.File, error) {
	files, unknown := make([][]lock.File, len(reached)), make([]bool, len(reached))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelFinds)
	for i, n := range reached {
		if !g.asksIndex(n) {
			files[i] = n.Files
			continue
		}
		if refused[i] != nil {
			continue
		}
		if f == nil {
			return nil, &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: n.String(),
				Err: fmt.Errorf("%s names no files, and there is no index to ask for them", n.Where())}
		}
		group.Go(func() error {
			found, err := f.Find(ctx, *n.Package)
			if e, ok := isRefusal(err); ok {
				refused[i] = g.notFound(n, e)
				return nil
			}
			// An index may list its files in any order.
			slices.SortFunc(found, func(a, b lock.File) int { return cmp.Compare(a.Name, b.Name) })
			if err == nil {
				files[i], err = g.match(ctx, n, found, f)
			}
			if unknown[i] = errors.Is(err, ErrOffline); unknown[i] {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return files, err
	}
	if slices.Contains(unknown, true) {
		return files, Offline(g.lacking(reached, files, unknown, refused, f))
	}
	return files, nil
}
