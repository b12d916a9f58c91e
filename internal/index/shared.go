package index

import (
	"context"
	"errors"
	"io"
	"net/url"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
)

// fetchShared fetches a wheel from the shared cache, and reports whether it was there. It
// verifies the wheel like one from an index.
func (c *Client) fetchShared(ctx context.Context, d resolve.Distribution, in *cache.Ingest) (path string, ok bool, err error) {
	limit := limitOf(d, bound.Wheel)
	t := &transfer{client: c, limit: limit, in: in, name: d.File.Name, hash: d.Hash, locked: !d.Unhashed}
	defer t.stopExamining()
	release, err := c.slot(ctx)
	if err != nil {
		return "", false, err
	}
	defer release()
	ok, err = c.Shared.Get(ctx, shared.WheelKey(d.Hash), limit.max, func(r io.Reader, size int64) error {
		if err := in.Restart(); err != nil {
			return err
		}
		t.size = size
		t.emit(event.Begin)
		t.examine()
		if err := t.write(r, func(err error) error { return err }); err != nil {
			return err
		}
		path, err = t.commit()
		if m := (*cache.Mismatch)(nil); errors.As(err, &m) {
			return shared.Wrong(err)
		}
		return err
	})
	if !ok && err == nil && in.Size() > 0 && t.size > 0 {
		err = in.Restart() // these bytes are not the beginning of the index's file
	}
	if err != nil {
		if from, parseErr := url.Parse(c.Shared.URI()); parseErr == nil {
			err = c.fetchFault(d, from, err)
		}
	}
	return path, ok, err
}
