package project

import (
	"cmp"
	"context"
	"os"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/wheel"
)

// ResolveRelated is like [Project.Resolve], but also sets what requires each distribution if
// a flat lock file records that. It does not use metadata in the cache, because the result
// would then depend on earlier builds.
func (p *Project) ResolveRelated(ctx context.Context) (*resolve.Resolution, error) {
	r, err := p.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	if p.lock.Stated() == nil {
		return r, nil
	}
	x, err := p.related()
	if err != nil {
		return nil, err
	}
	x.Relate(r)
	return r, nil
}

// Locate sets the URL of every distribution that comes from an index.
func (p *Project) Locate(ctx context.Context, r *resolve.Resolution) error {
	for i := range r.Distributions {
		d := &r.Distributions[i]
		if d.File.Name != "" && d.File.URL == "" {
			var err error
			if d.File.URL, err = p.client.Locate(ctx, *d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lock returns the parsed lock file.
func (p *Project) Lock() (*lock.Lock, error) { return p.lock, p.parse() }

// Why explains what requires each package with that name in the lock file, and which of the
// package's files is selected. It works even if the layer cannot be built, unless the lock
// file does not cover the target.
func (p *Project) Why(ctx context.Context, name string) (*resolve.Explained, error) {
	x, unknown, err := p.explain(ctx)
	if err != nil {
		return nil, err
	}
	return x.Why(ctx, name, unknown, p.finder())
}

// Tree returns the dependency tree of the layer. If distributions cannot be installed, it
// returns both the incomplete tree and an error.
func (p *Project) Tree(ctx context.Context) (*resolve.DependencyTree, error) {
	r, refused := p.ResolveKnown(ctx)
	if r == nil {
		return nil, refused
	}
	p.warn(r.Notes...)
	x, unknown, err := p.explain(ctx)
	if err != nil {
		return nil, err
	}
	t, err := x.Tree(r, unknown, func(d resolve.Distribution) (resolve.Sizes, error) { return p.sizes(ctx, d) })
	if err != nil {
		return nil, err
	}
	return t, refused
}

// sizes returns the sizes of a distribution.
func (p *Project) sizes(ctx context.Context, d resolve.Distribution) (resolve.Sizes, error) {
	s := resolve.Sizes{Wheel: d.File.Size}
	size, err := p.openCached(ctx, d, func(wheel *wheel.Wheel) (err error) {
		s.Unzipped, err = wheel.Unzipped()
		return err
	})
	s.Wheel = cmp.Or(size, s.Wheel)
	return s, err
}

// explain explains the lock file. unknown is the number of distributions in the layer whose
// requirements are not known.
func (p *Project) explain(ctx context.Context) (x *resolve.Explanation, unknown int, err error) {
	if err := p.connect(); err != nil {
		return nil, 0, err
	}
	x, err = resolve.Explain(p.lock, p.Target, p.options())
	if err != nil || x.HasEdges() {
		return x, 0, err
	}
	unknown, err = p.addRequirements(ctx, x)
	return x, unknown, err
}

// addRequirements adds requirements to a flat lock file: those that the file records or, if
// it records none, those in the METADATA of the wheels in the cache.
func (p *Project) addRequirements(ctx context.Context, x *resolve.Explanation) (unknown int, err error) {
	if stated := p.lock.Stated(); stated != nil {
		x.AddStated(stated)
		return 0, nil
	}
	r, err := p.Resolve(ctx)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil { // the files are not known, so nothing more can be determined
		p.debug("resolve", "%v", err)
		return len(x.Lock.Packages), nil
	}
	stated := &lock.Stated{Packages: make([][]pep508.Requirement, len(x.Lock.Packages))}
	for _, d := range r.Distributions {
		requires, cached, err := p.requires(ctx, d)
		if err != nil {
			return 0, err
		}
		if !cached {
			unknown++
		}
		for _, i := range x.Named(d.Name) {
			if x.Selected[i] {
				stated.Packages[i] = requires
			}
		}
	}
	x.AddStated(stated)
	return unknown, nil
}

// requires returns the requirements in the metadata of d's wheel, if the wheel is in the
// cache. It ignores requirements that cannot be parsed, because no decision depends on them.
func (p *Project) requires(ctx context.Context, d resolve.Distribution) (requirements []pep508.Requirement, cached bool, err error) {
	size, err := p.openCached(ctx, d, func(wheel *wheel.Wheel) error {
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

// openCached calls use with d's wheel if the wheel is in the cache. It returns the wheel's
// size in bytes, or 0 if the wheel is not in the cache.
func (p *Project) openCached(ctx context.Context, d resolve.Distribution, use func(*wheel.Wheel) error) (size int64, err error) {
	path, ok := "", false
	if d.Hash != "" && !d.FromSource { // only the builder knows about wheels that were built from source
		path, ok = p.cache.Wheel(d.Hash)
	}
	if !ok {
		return 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot open " + path, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot open " + path, Err: err}
	}
	opened, err := wheel.Open(f, info.Size(), d.File.Name)
	if err == nil {
		err = use(opened)
	}
	if err != nil {
		if sound, checkErr := p.cache.Check(ctx, d.Hash); checkErr == nil && !sound {
			return 0, nil // it was damaged and has been removed, so it counts as missing
		}
		return 0, err
	}
	return info.Size(), nil
}
