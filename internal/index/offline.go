package index

import (
	"context"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
)

// Holds implements resolve.Holder. It reports whether the wheel is in the cache or the
// shared cache, or a find-links folder contains a file with its name. For a distribution
// that is built from source, it does not check and returns true.
func (c *Client) Holds(ctx context.Context, d resolve.Distribution) bool {
	if d.FromSource {
		return true
	}
	if _, ok := c.cache.Wheel(d.Hash); ok {
		return true
	}
	folders, _, err := c.findLinks()
	if err != nil {
		return true // this causes an error of its own
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, d.File.Name)); err == nil {
			return true
		}
	}
	return c.Shared.Has(ctx, shared.WheelKey(d.Hash))
}

var _ resolve.Holder = (*Client)(nil)
