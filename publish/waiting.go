package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/alive"
	"github.com/lamella-build/lamella/store"
)

// clockMargin is how far apart the clocks within one store may be, and what is
// lost by dates in whole seconds.
const clockMargin = 5 * time.Second

// waiting is for a lease that another process may have.
type waiting struct {
	d     Destination
	layer string
	arn   string // of the layer, without a version; "" if it has none

	begin time.Time // of the wait, zero if there was none yet
	owner string    // who is waited for, by id
	etag  string    // of the lease as it was seen last
	since time.Time // when it was seen so first
}

// take tries to take the lease. It is nil if another process has it.
func (w *waiting) take(ctx context.Context) (*Lease, error) {
	doc, object, err := w.d.readLease(ctx, w.layer)
	if err != nil {
		return nil, err
	}
	if err := w.checkOwner(ctx, doc); err != nil {
		return nil, err
	}
	if doc != nil && !w.free(doc, object) {
		return nil, nil
	}
	return w.d.takeLease(ctx, w.layer, w.arn, doc, object.ETag)
}

// checkOwner refuses the lease of a layer in another account or region. One that
// an older version of lamella wrote does not say whose it is; then a record does.
func (w *waiting) checkOwner(ctx context.Context, doc *leaseDoc) error {
	if doc == nil {
		return nil
	}
	at, there := w.d.Objects.Location(leaseKey).URI, doc.ARN
	if there == "" {
		r, err := w.d.anyRecord(ctx)
		if err != nil || r == nil {
			return err
		}
		at, there = w.d.Objects.Location(recordKey(r.Version)).URI, unversioned(r.ARN)
	}
	if w.arn != "" {
		return w.d.checkSame(w.layer, at, there, w.arn)
	}
	return w.d.checkUnseen(ctx, w.layer, at, there)
}

// free reports whether nobody holds the lease: it was given back, its owner
// ended on this machine, or it lapsed. It never compares the clocks of two
// machines: a lease lapses when it is seen unchanged for as long as it holds, or
// when it is that old by the store's own clock.
func (w *waiting) free(doc *leaseDoc, object store.Object) bool {
	if object.ETag != w.etag {
		w.etag, w.since = object.ETag, time.Now()
	}
	switch {
	case !doc.Held, alive.Ended(doc.Owner.ID), time.Since(w.since) > doc.ttl():
		return true
	}
	return !object.Served.IsZero() && object.Served.Sub(object.Modified) > doc.ttl()+clockMargin
}

// untilFree waits until the lease is free or has another owner, and says once
// for each owner that it does.
func (w *waiting) untilFree(ctx context.Context) error {
	times := w.d.times()
	if w.begin.IsZero() {
		w.begin = time.Now()
	}
	pause := times.poll / 10
	for {
		doc, object, err := w.d.readLease(ctx, w.layer)
		if err != nil {
			return err
		}
		if doc == nil || w.free(doc, object) {
			return nil
		}
		if doc.Owner.ID != w.owner {
			first := w.owner == ""
			w.owner = doc.Owner.ID
			w.d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: w.layer,
				Message: fmt.Sprintf("layer %s is being published by %s; waiting for it (if it is gone, until %s)", w.layer, doc.Owner, doc.Until.Local().Format(time.TimeOnly))})
			if !first {
				return nil // another one had the lease meanwhile: what is to be done may have changed
			}
		}
		if time.Since(w.begin) > times.wait {
			return &fault.Error{Kind: fault.Destination, Op: "publish", Subject: "layer " + w.layer,
				Err:   fmt.Errorf("%s has been publishing it for more than %v", doc.Owner, times.wait),
				Hints: []string{"try again when it is done; if it hangs, end it: the lease lapses " + doc.ttl().String() + " after its last sign of life"}}
		}
		if err := w.d.pause(ctx, pause); err != nil {
			return err
		}
		pause = min(pause*3/2, times.poll)
	}
}

// pause waits, or returns why the context ended.
func (d Destination) pause(ctx context.Context, pause time.Duration) error {
	if d.sleep != nil {
		return d.sleep(ctx, pause)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pause):
		return nil
	}
}
