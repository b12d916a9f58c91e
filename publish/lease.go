package publish

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/alive"
	"github.com/lamella-build/lamella/store"
)

const leaseKey = "layer/lease"

// leaseTimes are the durations of a lease. Tests use shorter ones.
type leaseTimes struct {
	ttl  time.Duration // it lapses when it is not renewed for so long; whole seconds
	poll time.Duration // between two looks at the lease of another, at most
	wait time.Duration // for another, in all
}

// usualTimes allow for a request that hangs until its timeout and its
// repetition within one ttl.
var usualTimes = leaseTimes{ttl: time.Minute, poll: 2 * time.Second, wait: 10 * time.Minute}

// Lease is the right to change a layer: to publish versions of it, to write the
// state beside them, to remove either. One process has it at a time. It is kept
// alive from the background until it is released.
//
// It rests on conditional writes of one object, and needs no clocks that agree.
// Like every lease it cannot stop a process that sleeps between Confirm and the
// call that follows for longer than the lease holds.
type Lease struct {
	d     Destination
	layer string
	times leaseTimes
	stop  func() // showing that this process is alive
	done  chan struct{}
	beats sync.WaitGroup

	mu     sync.Mutex
	doc    leaseDoc
	etag   string    // of the lease as this process wrote it last
	proven time.Time // when the request began that showed last that the lease is held
	lost   error     // not nil: another process has it
}

// Exclusively runs f while this process has the lease of a layer. It waits for
// others who have it, ten minutes at most, and says so with a Note. f calls
// [Lease.Confirm] before each change that cannot be taken back.
func Exclusively(ctx context.Context, d Destination, layer string, f func(*Lease) error) error {
	w := &waiting{d: d, layer: layer}
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

// Confirm proves to the store that this process still has the lease, and renews
// it. The error says who has it instead.
func (l *Lease) Confirm(ctx context.Context) error {
	return l.confirm(ctx, func(*leaseDoc) {})
}

func (l *Lease) confirm(ctx context.Context, change func(*leaseDoc)) error {
	for range 3 {
		if err := l.write(ctx, change); err != nil {
			return err
		}
		// An answer that took long, or a machine that slept, leaves too little.
		if l.age() < l.times.ttl/2 {
			return nil
		}
	}
	return &fault.Error{Kind: fault.Destination, Op: "renew", Subject: l.d.Objects.Location(leaseKey).URI,
		Err: fmt.Errorf("each renewal took more than %v; nothing was published", l.times.ttl/2), Hints: []string{"try again when the network is faster"}}
}

// age is how long ago the lease was certainly held. A clock that stands still
// while the machine sleeps would hide the sleep, so the other one counts as well.
func (l *Lease) age() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Since(l.proven), time.Now().Round(0).Sub(l.proven.Round(0)))
}

// keep renews the lease until release, or until it is lost.
func (l *Lease) keep(ctx context.Context) {
	every := time.NewTicker(l.times.ttl / 4)
	defer every.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := l.write(ctx, func(*leaseDoc) {}); err != nil {
			l.d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: l.layer, Message: "the lease could not be renewed: " + err.Error()})
		}
		if l.isLost() != nil {
			return
		}
	}
}

// pending is what an owner was publishing whose work is not known to be complete.
func (l *Lease) pending() *intent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doc.Publishing
}

// settled says that nothing is under way any more, and what the layer's ARN is if
// that is known by now; the next write notes it.
func (l *Lease) settled(arn string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doc.Publishing, l.doc.ARN = nil, cmp.Or(arn, l.doc.ARN)
}

func (l *Lease) isLost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// write replaces the lease by a changed one, if it is still this process's.
func (l *Lease) write(ctx context.Context, change func(*leaseDoc)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		return l.lost
	}
	next := l.doc
	change(&next)
	next.Renewal++
	next.Until = time.Now().UTC().Add(l.times.ttl).Truncate(time.Second)
	for attempt := 1; ; attempt++ {
		begin := time.Now()
		etag, err := l.d.writeLease(ctx, &next, l.etag)
		if err == nil {
			l.doc, l.etag, l.proven = next, etag, begin
			return nil
		}
		if !errors.Is(err, store.ErrChanged) && !errors.Is(err, store.ErrExist) || attempt == 3 {
			return err
		}
		there, object, readErr := l.d.readLease(ctx, l.layer)
		switch {
		case readErr != nil:
			return readErr
		case there == nil: // someone removed it: that says nothing about who may write
			l.etag = ""
		case there.Owner.ID == l.doc.Owner.ID: // an earlier write of ours, whose answer was lost
			l.etag = object.ETag
		default:
			l.lost = &fault.Error{Kind: fault.Destination, Op: "publish", Subject: "layer " + l.layer,
				Err:   fmt.Errorf("%s took over the lease; this one published nothing since", there.Owner),
				Hints: []string{"run the same command again: it looks what the other one did, and does what is left"}}
			return l.lost
		}
	}
}

// release gives the lease back. What is under way stays noted in it. A lease
// that cannot be given back lapses.
func (l *Lease) release(ctx context.Context) {
	close(l.done)
	l.beats.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := l.write(ctx, func(doc *leaseDoc) { doc.Held = false })
	if err != nil && l.isLost() == nil {
		l.d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: l.layer,
			Message: fmt.Sprintf("the lease could not be given back (%v); it lapses in %v", err, l.times.ttl)})
	}
	l.stop()
}

// takeLease writes a lease of this process over one that nobody holds, which is
// nil if there is none. It is nil itself if another process was faster.
func (d Destination) takeLease(ctx context.Context, layer, arn string, there *leaseDoc, etag string) (*Lease, error) {
	times := d.times()
	doc := leaseDoc{Schema: leaseSchema, Held: true, Layer: layer, ARN: arn, Owner: newOwner(d.Tool), Seconds: int(times.ttl / time.Second)}
	if there != nil {
		doc.Publishing, doc.ARN = there.Publishing, cmp.Or(arn, there.ARN)
	}
	doc.Until = time.Now().UTC().Add(times.ttl).Truncate(time.Second)
	stop, err := alive.Show(doc.Owner.ID)
	if err != nil {
		// Then a crash is noticed only when the lease lapses.
		d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: layer, Message: err.Error()})
		stop = func() {}
	}
	begin := time.Now()
	etag, err = d.writeLease(ctx, &doc, etag)
	if err != nil {
		stop()
		if errors.Is(err, store.ErrChanged) || errors.Is(err, store.ErrExist) {
			return nil, nil
		}
		return nil, err
	}
	if there != nil && there.Held {
		alive.Forget(there.Owner.ID)
	}
	l := &Lease{d: d, layer: layer, times: times, stop: stop, done: make(chan struct{}), doc: doc, etag: etag, proven: begin}
	l.beats.Go(func() { l.keep(ctx) })
	return l, nil
}

func (d Destination) times() leaseTimes {
	if d.lease.ttl == 0 {
		return usualTimes
	}
	return d.lease
}

// readLease reads the lease; nil if there is none. A home has one layer, so the
// lease of another one means that two share it.
func (d Destination) readLease(ctx context.Context, layer string) (*leaseDoc, store.Object, error) {
	data, object, err := d.Objects.Get(ctx, leaseKey)
	if errors.Is(err, store.ErrNotExist) {
		return nil, object, nil
	}
	if err != nil {
		return nil, object, err
	}
	at := d.Objects.Location(leaseKey).URI
	doc, err := parseLease(data)
	if err != nil {
		hint := "nobody publishing? then remove it, the next run writes it again: " + at
		if errors.Is(err, errNewerSchema) {
			hint = "use a newer version of lamella"
		}
		return nil, object, &fault.Error{Kind: fault.Destination, Op: "read", Subject: at, Err: err, Hints: []string{hint}}
	}
	if doc.Layer != layer {
		return nil, object, errShared(layer, at+" is the lease of layer "+doc.Layer)
	}
	return doc, object, nil
}

// writeLease writes doc over the lease with the ETag, "" if there is to be none.
// A write that went through and whose answer was lost counts as such: no two
// leases are alike.
func (d Destination) writeLease(ctx context.Context, doc *leaseDoc, over string) (etag string, err error) {
	data, err := doc.encode()
	if err != nil {
		return "", err
	}
	return d.put(ctx, Write{Key: leaseKey, ContentType: "application/json", Data: data, IfMatch: over})
}

// put writes a small object in one request, so that its ETag is its MD5: over
// the one with the ETag w.IfMatch, or where there is none. An object that holds
// the same bytes already is as good as written.
func (d Destination) put(ctx context.Context, w Write) (etag string, err error) {
	sum := sha256.Sum256(w.Data)
	etag, err = d.Objects.Put(ctx, w.Key, store.Body{
		Reader: bytes.NewReader(w.Data), Size: int64(len(w.Data)), SHA256: sum[:], ContentType: w.ContentType,
		IfAbsent: w.IfMatch == "", IfMatch: w.IfMatch,
	})
	if errors.Is(err, store.ErrExist) || errors.Is(err, store.ErrChanged) {
		if there, object, readErr := d.Objects.Get(ctx, w.Key); readErr == nil && bytes.Equal(there, w.Data) {
			return object.ETag, nil
		}
	}
	return etag, err
}
