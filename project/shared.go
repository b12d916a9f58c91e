package project

import (
	"cmp"
	"errors"

	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store/aws"
)

// SharedCache returns the configured shared cache of l, or nil if there is none. It sends no
// requests. The error is a fault.Error of Kind Usage.
//
// The cache is accessed in this machine's region rather than the layer's, and without the
// layer's role.
func SharedCache(l spec.Layer, env spec.Env) (*shared.Cache, error) {
	pool := env.Shared
	if pool == nil {
		pool = new(shared.Pool)
	}
	region := cmp.Or(env.Lookup("AWS_REGION"), env.Lookup("AWS_DEFAULT_REGION"), l.Region)
	return pool.Open(l.Cache, aws.Account{Profile: l.Profile, Region: region}, env.Events)
}

func (p *Project) openShared() (err error) {
	if p.shared == nil {
		p.shared, err = SharedCache(p.Layer, p.env)
	}
	return err
}

// trusting composes the layer again, without the shared cache's data about files, if that
// data is wrong.
func (p *Project) trusting(compose func() (*Zip, error)) (*Zip, error) {
	z, err := compose()
	if errors.Is(err, index.ErrMisnamed) {
		p.resolution = nil
		z, err = compose()
	}
	return z, err
}
