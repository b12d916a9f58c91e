package shared

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errSlow is the cause of a canceled request to a store that hangs.
var errSlow = errors.New("it is too slow")

// watched cancels a context if nothing happens for some time.
type watched struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

func watch(ctx context.Context, idle time.Duration) *watched {
	w := &watched{idle: idle}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(idle, func() { w.cancel(errSlow) })
	return w
}

// alive records that something has happened.
func (w *watched) alive() { w.timer.Reset(w.idle) }

func (w *watched) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// cause returns errSlow if that is the reason for err, and otherwise err.
func (w *watched) cause(err error) error {
	if errors.Is(context.Cause(w.ctx), errSlow) {
		return fmt.Errorf("%w: no response for %s", errSlow, w.idle)
	}
	return err
}

// reader reads an object. It keeps its own read error apart from the error of its user.
type reader struct {
	cache *Cache
	body  io.Reader
	watch *watched
	left  int64
	err   error
}

func (r *reader) Read(p []byte) (int, error) {
	// The consumer may be waiting for the disk, which is not the store's fault.
	r.watch.alive()
	n, err := r.body.Read(p)
	r.left -= int64(n)
	switch {
	case r.left < 0:
		err = errors.New("an object is larger than S3 reported")
	case errors.Is(err, io.EOF) && r.left > 0:
		err = io.ErrUnexpectedEOF
	case err == nil:
		err = r.cache.got(n)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

func (c *Cache) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading++; c.reading == 1 {
		c.since = time.Now()
	}
}

func (c *Cache) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading--; c.reading == 0 {
		c.spent += time.Since(c.since)
	}
}

// got counts bytes that were read. It returns an error if the store is slower than an index
// would be.
func (c *Cache) got(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read += int64(n)
	spent := c.spent + time.Since(c.since)
	if spent < c.limits.settle || float64(c.read) >= c.limits.rate*spent.Seconds() {
		return nil
	}
	return fmt.Errorf("%w: it sends %.0f kB per second", errSlow, float64(c.read)/spent.Seconds()/1e3)
}
