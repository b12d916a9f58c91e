package project

import (
	"context"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/spec"
)

// Estimate is what is known about a layer's size without downloading any wheels.
type Estimate struct {
	Exact    bool  // whether all wheels are in the cache
	Unzipped int64 // size of the layer's files if Exact, and otherwise of the wheels in the cache, in bytes
	Zip      int64 // size of the zip in bytes; 0 unless Exact
	Missing  int   // number of wheels that are not in the cache
}

// Estimate resolves the layer, and composes it if all of its wheels are in the cache. It
// does not download wheels, build from source, or write a zip. It returns the error that
// Build would return, as far as that is known.
func (p *Project) Estimate(ctx context.Context) (Estimate, error) {
	var e Estimate
	if toolOf(&p.Layer) != "" {
		return e, nil
	}
	r, err := p.Resolve(ctx)
	if err != nil {
		return e, err
	}
	for _, d := range r.Distributions {
		size, err := p.sizes(ctx, d)
		if err != nil {
			return e, err
		}
		if size.Unzipped == 0 {
			e.Missing++
		}
		e.Unzipped += size.Unzipped
	}
	if e.Missing > 0 {
		return e, nil
	}
	z, err := p.Preview(ctx)
	if err != nil {
		return e, err
	}
	e.Exact, e.Unzipped, e.Zip = true, z.Unzipped, z.Size
	return e, nil
}

// Stale returns why the lock file is not up to date with its project. It returns nil if the
// lock file is up to date or does not record what it was made from. The error means that one
// of the two cannot be read.
func (p *Project) Stale() (*lock.Stale, error) {
	if err := p.parse(); err != nil || !p.hasProjectFile() {
		return nil, err
	}
	return p.lock.Stale()
}

// CheckCache opens the cache of env and writes to it. The error is about its folder.
func CheckCache(env spec.Env) (dir string, err error) {
	c, err := openCache(env)
	if err != nil {
		return "", err
	}
	return c.Dir(), c.PutFact("doctor", true)
}
