package installer

import (
	"context"

	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// Check reports whether the tool on PATH can install for t on this machine. It returns the
// same error as Install.
func Check(ctx context.Context, tool index.Tool, t target.Target) error {
	o := &Options{Tool: tool, Target: t, Lock: &lock.Lock{Name: string(LockOf(tool))}}
	p := place{foreign: o.foreign()}
	return o.find(ctx, &p)
}
