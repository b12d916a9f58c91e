package project

import (
	"context"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// alsoFits returns the other targets for which the lock file resolves to exactly the same
// wheels, provided that none of them contains machine code.
func (p *Project) alsoFits(ctx context.Context, r *resolve.Resolution) []target.Target {
	for _, d := range r.Distributions {
		if !strings.HasSuffix(d.File.Name, "-none-any.whl") {
			return nil
		}
	}
	var fits []target.Target
	for _, runtime := range target.Runtimes() {
		if len(p.Layer.Bytecode) > 0 && runtime != p.Target.Runtime {
			continue // bytecode is specific to one minor version
		}
		for _, architecture := range target.Architectures() {
			t, err := target.Parse(runtime, architecture)
			if err != nil || t == p.Target {
				continue
			}
			other, err := p.resolveFor(ctx, t)
			if err == nil && slices.EqualFunc(r.Distributions, other.Distributions, sameWheel) {
				fits = append(fits, t)
			}
		}
	}
	return fits
}

func sameWheel(a, b resolve.Distribution) bool { return a.Name == b.Name && a.Hash == b.Hash }
