package project

import (
	"context"

	"github.com/lamella-build/lamella/resolve"
)

// resolveFetching is [Project.Resolve], and begins to download each wheel as soon as it is
// certain, while the index is still asked for others. The caller must call end when the
// wheels are fetched, or will not be.
func (p *Project) resolveFetching(ctx context.Context) (r *resolve.Resolution, end func(), err error) {
	end = func() {}
	if err := p.connect(); err != nil {
		return nil, end, err
	}
	// What a shared cache says of files may turn out to be wrong. What is suspicious is
	// hashed first.
	if p.resolution == nil && p.incoming == nil && p.shared == nil && !p.suspicious && !p.env.Offline {
		end = p.client.FetchAhead(ctx)
	}
	r, err = p.Resolve(ctx)
	return r, end, err
}
