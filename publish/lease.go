package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/alive"
	"github.com/lamella-build/lamella/store"
)

// leaseTimes holds the durations of a lease. Tests shorten them.
type leaseTimes struct {
	ttl  time.Duration // the lease expires if it is not renewed for this long; whole seconds
	poll time.Duration // maximum pause between two reads of another process's lease
	wait time.Duration // maximum total wait for another process
}

// usualTimes are the default durations. The ttl leaves time for a request that times out and
// one retry.
var usualTimes = leaseTimes{ttl: time.Minute, poll: 2 * time.Second, wait: 10 * time.Minute}

// Lease is the exclusive right to change a layer: to publish versions, to write their state,
// and to delete either. One process at a time holds the lease, and renews it in the
// background until it releases it.
//
// A lease is built on conditional writes of one object, and does not need synchronized
// clocks. Like every lease, it cannot stop a process that sleeps, between Confirm and the
// call that follows, for longer than the lease lasts.
type Lease struct {
	d     Destination
	layer string
	times leaseTimes
	stop  func() // removes the sign that this process is alive
	done  chan struct{}
	beats sync.WaitGroup

	mu     sync.Mutex
	doc    leaseDoc
	etag   string    // of the lease as this process last wrote it
	proven time.Time // start of the last request that proved that the lease is held
	lost   error     // non-nil once another process has the lease
}

// Confirm renews the lease, which proves that this process still holds it. Otherwise, the
// error says which process holds it.
func (l *Lease) Confirm(ctx context.Context) error {
	return l.confirm(ctx, func(*leaseDoc) {})
}

func (l *Lease) confirm(ctx context.Context, change func(*leaseDoc)) error {
	for range 3 {
		if err := l.write(ctx, change); err != nil {
			return err
		}
		// After a slow response or a suspend, too little time is left.
		if l.age() < l.times.ttl/2 {
			return nil
		}
	}
	return &fault.Error{Kind: fault.Destination, Subject: l.d.Objects.Location(leaseKey).URI,
		Message: fmt.Sprintf("the network is too slow to hold the lease on layer %s: each renewal took more than %v", l.layer, l.times.ttl/2),
		Details: []string{"nothing was published"}, Hints: []string{"try again later, or from a faster network"}}
}

// age returns the time since the lease was last certainly held, by the monotonic or the wall
// clock, whichever is longer: the monotonic clock may stop while the machine sleeps.
func (l *Lease) age() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Since(l.proven), time.Now().Round(0).Sub(l.proven.Round(0)))
}

// keep renews the lease until it is released or lost.
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
			l.d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: l.layer, Message: "cannot renew the lease: " + err.Error()})
		}
		if l.isLost() != nil {
			return
		}
	}
}

// pending returns what an earlier owner was publishing, if that may be incomplete.
func (l *Lease) pending() *intent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doc.Publishing
}

// clearIntent makes the next write record that nothing is being published anymore. It also
// sets the layer's ARN, unless arn is "".
func (l *Lease) clearIntent(arn string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doc.Publishing, l.doc.ARN = nil, cmp.Or(arn, l.doc.ARN)
}

func (l *Lease) isLost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// write changes the lease if this process still holds it.
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
		case there == nil: // someone deleted the lease, so nobody holds it
			l.etag = ""
		case there.Owner.ID == l.doc.Owner.ID: // our own earlier write, whose response was lost
			l.etag = object.ETag
		default:
			l.lost = &fault.Error{Kind: fault.Destination, Subject: l.layer,
				Message: fmt.Sprintf("%s took over the lease on layer %s", there.Owner, l.layer),
				Details: []string{"this run of lamella has published nothing since"},
				Hints:   []string{"run the same command again; it picks up where the other process left off"}}
			return l.lost
		}
	}
}

// release releases the lease. An unfinished publication remains recorded in it. If the lease
// cannot be released, it expires.
func (l *Lease) release(ctx context.Context) {
	close(l.done)
	l.beats.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := l.write(ctx, func(doc *leaseDoc) { doc.Held = false })
	if err != nil && l.isLost() == nil {
		l.d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: l.layer,
			Message: fmt.Sprintf("cannot release the lease on layer %s, which expires in %v: %v", l.layer, l.times.ttl, err)})
	}
	l.stop()
}

// takeLease replaces a lease that nobody holds (there is nil if there is no lease) with a
// lease of this process. It returns nil if another process was faster.
func (d Destination) takeLease(ctx context.Context, layer, arn string, there *leaseDoc, etag string) (*Lease, error) {
	times := d.times()
	doc := leaseDoc{Schema: leaseSchema, Held: true, Layer: layer, ARN: arn, Owner: newOwner(d.Tool), Seconds: int(times.ttl / time.Second)}
	if there != nil {
		doc.Publishing, doc.ARN = there.Publishing, cmp.Or(arn, there.ARN)
	}
	doc.Until = time.Now().UTC().Add(times.ttl).Truncate(time.Second)
	stop, err := alive.Show(doc.Owner.ID)
	if err != nil {
		// If this process crashes, others notice only when the lease expires.
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

// times returns the durations of leases at d.
func (d Destination) times() leaseTimes {
	if d.lease.ttl == 0 {
		return usualTimes
	}
	return d.lease
}
