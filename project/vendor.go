package project

import (
	"context"

	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// Vendored is the result of [Vendor].
type Vendored struct {
	Dir   string
	Files []string // names of all files that the layers need
	Added int      // number of files that were added
}

// Vendor copies the wheels and source distributions of layers into the folder dir, so that
// the layers can be built without an index (--offline --find-links dir). It creates dir if
// necessary, and keeps existing files. The error is a fault.Error. If files of two layers
// conflict, nothing is written.
func Vendor(ctx context.Context, layers []spec.Layer, dir string, env spec.Env) (*Vendored, error) {
	if err := index.CheckVendorDir(dir); err != nil {
		return nil, err
	}
	projects := make([]*Project, len(layers))
	var all []resolve.Distribution
	for i, l := range layers {
		var err error
		if projects[i], err = Open(ctx, l, env); err != nil {
			return nil, err
		}
		r, err := projects[i].Resolve(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, r.Distributions...)
	}
	once, err := index.Vendorable(all)
	if err != nil {
		return nil, err
	}
	done := &Vendored{Dir: dir}
	for _, d := range once {
		done.Files = append(done.Files, d.File.Name)
	}
	for _, p := range projects {
		v, err := index.Vendor(ctx, p.client, dir, p.resolution.Distributions)
		done.Added += v.Added
		if err == nil {
			err = p.flushCache()
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
