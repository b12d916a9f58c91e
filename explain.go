package lamella

import (
	"context"
	"os"
	"slices"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
	"github.com/lamella-build/lamella/wheel"
)

// Resolve chooses the exact wheels of the layer. It fetches none, and asks an
// index only where the lock names no files.
func Resolve(ctx context.Context, l Layer, env Env) (*resolve.Resolution, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	r, err := w.resolve(ctx)
	if err != nil {
		return nil, err
	}
	return r, w.relate(r)
}

// relate fills in who requires what where a flat lock notes it. What only the cache
// knows is left out, as the answer would depend on what was built before.
func (w *work) relate(r *resolve.Resolution) error {
	stated := w.lock.Stated()
	if stated == nil {
		return nil
	}
	x, err := resolve.Explain(w.lock, w.target, w.options())
	if err != nil {
		return err
	}
	x.AddStated(stated)
	x.Relate(r)
	return nil
}

// Explained is why a distribution is in a layer, or is not.
type Explained struct {
	Name     string // normalised
	Target   target.Target
	Lock     string             // the lock file
	Packages []ExplainedPackage // the lock's packages of that name; usually one
	Known    []string           // all names in the lock, sorted, if there is no such package
	// Untold: of so many distributions neither the lock nor a wheel in the cache
	// tells what they require.
	Untold int
}

// ExplainedPackage is a package of a lock, and why it is in the layer or not.
type ExplainedPackage struct {
	Version  string
	Where    string // "uv.lock:12"
	Selected bool   // it belongs to the layer
	Project  bool   // it is the project itself, which is left out
	Excluded bool   // it would belong to the layer, but Layer.Exclude leaves it out
	Asks     []Ask  // who asks for it; those that count come first
	// Files are all files known of it, the chosen one first. Of a package that
	// is not selected they are only compared with the target's tags.
	Files   []resolve.Choice
	Refused error // why none of Files can be taken, nil if one is
}

// Ask is a demand for a distribution.
type Ask struct {
	State resolve.EdgeState
	// Path leads from the project to the distribution, which is its last step.
	// If nobody asks for the one that asks, it has these two only.
	Path []Step
}

// Step is one distribution on the way to another.
type Step struct {
	Name, Version string
	Project       bool   // it is the project, or the list, that the lock was made of
	Marker        string // of the edge that leads here; "" always holds
	Extra         string // of this step, by which it asks for the next; "" if it always does
	Group         string // of the project, likewise
}

// Why explains, for every package of the lock that has that name, who asks for
// it and which of its files is chosen. A layer that cannot be made can be
// explained all the same, unless the lock does not cover the target.
func Why(ctx context.Context, l Layer, name string, env Env) (*Explained, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	x, untold, err := w.explain(ctx)
	if err != nil {
		return nil, err
	}
	e := &Explained{Name: pep503.Normalize(name), Target: w.target, Lock: w.path, Untold: untold}
	ways := findWays(x)
	for _, i := range x.Named(name) {
		p := &x.Lock.Packages[i]
		explained := ExplainedPackage{Version: p.Version, Where: p.Where(), Project: x.IsProject(i),
			Selected: x.Selected[i] && !x.Excluded[i], Excluded: x.Excluded[i], Asks: ways.asks(i)}
		if !explained.Project {
			if explained.Files, explained.Refused, err = x.Files(ctx, i, w.finder()); err != nil {
				return nil, err
			}
		}
		e.Packages = append(e.Packages, explained)
	}
	if e.Packages == nil {
		for _, p := range x.Lock.Packages {
			e.Known = append(e.Known, p.Name)
		}
		slices.Sort(e.Known)
		e.Known = slices.Compact(e.Known)
	}
	return e, nil
}

// explain explains the lock. untold is how many distributions are in the layer of
// which nothing tells what they require.
func (w *work) explain(ctx context.Context) (x *resolve.Explanation, untold int, err error) {
	if err := w.read(); err != nil {
		return nil, 0, err
	}
	x, err = resolve.Explain(w.lock, w.target, w.options())
	if err != nil || x.HasEdges() {
		return x, 0, err
	}
	untold, err = w.addStated(ctx, x)
	return x, untold, err
}

// addStated adds to a flat lock what is noted in it about who requires what, or
// else what the wheels in the cache state in their METADATA.
func (w *work) addStated(ctx context.Context, x *resolve.Explanation) (untold int, err error) {
	if stated := w.lock.Stated(); stated != nil {
		x.AddStated(stated)
		return 0, nil
	}
	r, err := w.resolve(ctx)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil { // then which files are meant is not known, and nothing more can be said
		w.env.Events.Emit(event.Event{Kind: event.Debug, Op: "resolve", Subject: w.path, Message: err.Error()})
		return len(x.Lock.Packages), nil
	}
	stated := &lock.Stated{Packages: make([][]pep508.Requirement, len(x.Lock.Packages))}
	for _, d := range r.Distributions {
		requires, cached, err := w.requires(ctx, d)
		if err != nil {
			return 0, err
		}
		if !cached {
			untold++
		}
		for _, i := range x.Named(d.Name) {
			if x.Selected[i] {
				stated.Packages[i] = requires
			}
		}
	}
	x.AddStated(stated)
	return untold, nil
}

// requires is what d's wheel, if it is in the cache, states to depend on, less what
// cannot be understood: nothing is decided by it.
func (w *work) requires(ctx context.Context, d resolve.Distribution) (requirements []pep508.Requirement, cached bool, err error) {
	size, err := w.openCached(ctx, d, func(wheel *wheel.Wheel) error {
		lines, err := wheel.Requires()
		for _, line := range lines {
			if r, err := pep508.ParseRequirement(line); err == nil {
				requirements = append(requirements, r)
			}
		}
		return err
	})
	return requirements, size > 0, err
}

// openCached has use look at d's wheel if that is in the cache, and returns the
// wheel's size, 0 if it is not there.
func (w *work) openCached(ctx context.Context, d resolve.Distribution, use func(*wheel.Wheel) error) (size int64, err error) {
	path, ok := "", false
	if d.Hash != "" && !d.FromSource { // what was built of a source is known to its builder only
		path, ok = w.cache.Wheel(d.Hash)
	}
	if !ok {
		return 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, &fault.Error{Kind: fault.Machine, Op: "open", Subject: path, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, &fault.Error{Kind: fault.Machine, Op: "open", Subject: path, Err: err}
	}
	opened, err := wheel.Open(f, info.Size(), d.File.Name)
	if err == nil {
		err = use(opened)
	}
	if err != nil {
		if sound, checkErr := w.cache.Check(ctx, d.Hash); checkErr == nil && !sound {
			return 0, nil // it was damaged, and is removed: as if it had never been there
		}
		return 0, err
	}
	return info.Size(), nil
}
