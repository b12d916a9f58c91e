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

// clockMargin allows for differences between the clocks within one store, and for times in
// whole seconds.
const clockMargin = 5 * time.Second

// leaseWait waits for a lease that another process may hold.
type leaseWait struct {
	d     Destination
	layer string
	arn   string // of the layer, without a version; "" if it has no version

	begin time.Time // of the wait; zero before it begins
	owner string    // ID of the process that is waited for
	etag  string    // of the lease when it was last read
	since time.Time // when the lease was first read with this ETag
}

// take tries to take the lease. It returns nil if another process holds it.
func (w *leaseWait) take(ctx context.Context) (*Lease, error) {
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

// checkOwner rejects the lease of a layer in another account or region. A lease written by
// an older version of lamella has no ARN, so a record's ARN is checked instead.
func (w *leaseWait) checkOwner(ctx context.Context, doc *leaseDoc) error {
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
		return w.d.checkLayerARN(w.layer, at, there, w.arn)
	}
	return w.d.checkUnpublished(ctx, w.layer, at, there)
}

// free reports whether nobody holds the lease: it was released, its owner ended on this
// machine, or it expired. free never compares the clocks of two machines: a lease expires
// once it has been seen unchanged for its duration, or is that old by the store's own clock.
func (w *leaseWait) free(doc *leaseDoc, object store.Object) bool {
	if object.ETag != w.etag {
		w.etag, w.since = object.ETag, time.Now()
	}
	switch {
	case !doc.Held, alive.Ended(doc.Owner.ID), time.Since(w.since) > doc.ttl():
		return true
	}
	return !object.Served.IsZero() && object.Served.Sub(object.Modified) > doc.ttl()+clockMargin
}

// untilFree waits until the lease is free or its owner changes. It emits one Note for each
// owner.
func (w *leaseWait) untilFree(ctx context.Context) error {
	times := w.d.times()
	if w.begin.IsZero() {
		w.begin = time.Now()
	}
	pause := times.poll / 10
	defer w.d.Events.Wait("the lease of layer " + w.layer)()
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
				Message: fmt.Sprintf("%s is publishing layer %s; waiting until it finishes, or until %s if it has been killed", doc.Owner, w.layer, doc.Until.Local().Format(time.TimeOnly))})
			if !first {
				return nil // the owner changed, so the remaining work may have changed
			}
		}
		if time.Since(w.begin) > times.wait {
			return &fault.Error{Kind: fault.Destination, Subject: w.layer,
				Message: fmt.Sprintf("%s has been publishing layer %s for more than %v", doc.Owner, w.layer, times.wait),
				Hints:   []string{"try again later", "or, if that process is stuck, stop it and wait " + doc.ttl().String() + " for its lease to expire"}}
		}
		if err := w.d.pause(ctx, pause); err != nil {
			return err
		}
		pause = min(pause*3/2, times.poll)
	}
}

// Exclusively runs f while this process holds the lease of a layer. It waits up to ten
// minutes for other processes, and emits a Note while it waits. f must call [Lease.Confirm]
// before each change that cannot be undone.
func Exclusively(ctx context.Context, d Destination, layer string, f func(*Lease) error) error {
	w := &leaseWait{d: d, layer: layer}
	for {
		l, err := w.take(ctx)
		if err != nil {
			return err
		}
		if l != nil {
			defer l.release(ctx)
			if _, err := l.recover(ctx); err != nil {
				return err
			}
			return f(l)
		}
		if err := w.untilFree(ctx); err != nil {
			return err
		}
	}
}

// WaitUnleased waits up to ten minutes until no other process holds the lease of a layer,
// and emits a Note while it waits. A process that has written something that protects a
// version from deletion calls WaitUnleased before it relies on that: every later owner of
// the lease sees what was written.
func WaitUnleased(ctx context.Context, d Destination, layer string) error {
	w := &leaseWait{d: d, layer: layer}
	for {
		doc, object, err := d.readLease(ctx, layer)
		if err != nil || doc == nil || w.free(doc, object) {
			return err
		}
		if err := w.untilFree(ctx); err != nil {
			return err
		}
	}
}
