package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/store"
)

// Relay spares the way to the cloud when a zip goes to several destinations of
// one account: the first that needs it is sent it, the others copy it from there.
// It may be used by several goroutines at once; a nil Relay sends to each.
type Relay struct {
	mu   sync.Mutex
	zips map[string]*relayed // by SHA-256
}

// relayed is a zip that is, or may soon be, at a destination.
type relayed struct {
	done chan struct{} // closed when at and err are final
	at   store.Location
	err  error
}

// found notes where a zip is.
func (r *Relay) found(sha256 string, at store.Location) {
	if r == nil {
		return
	}
	z, first := r.entry(sha256)
	if first {
		z.at = at
		close(z.done)
	}
}

// entry returns what is known of a zip. The first who asks has to find out, and
// to close done.
func (r *Relay) entry(sha256 string) (z *relayed, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if z, ok := r.zips[sha256]; ok {
		return z, false
	}
	if r.zips == nil {
		r.zips = map[string]*relayed{}
	}
	z = &relayed{done: make(chan struct{})}
	r.zips[sha256] = z
	return z, true
}

// deliver brings a zip to d, by a copy where there is one to copy from. What
// cannot be copied is sent.
func (r *Relay) deliver(ctx context.Context, d Destination, a Artifact, m Manifest) error {
	key := zipKey(a.SHA256)
	copier, ok := d.Objects.(store.Copier)
	if r == nil || !ok {
		return d.send(ctx, key, a, m)
	}
	z, first := r.entry(a.SHA256)
	if first {
		z.err = d.send(ctx, key, a, m)
		z.at = d.Objects.Location(key)
		close(z.done)
		return z.err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-z.done:
	}
	if z.err == nil || errors.Is(z.err, store.ErrExist) {
		err := copier.CopyFrom(ctx, z.at, key)
		if err == nil {
			err = d.arrived(ctx, a)
		}
		if err == nil || errors.Is(err, store.ErrExist) || ctx.Err() != nil {
			return err
		}
		d.Events.Emit(event.Event{Kind: event.Debug, Op: "upload", Subject: key, Message: fmt.Sprintf("no copy from %s: %v", z.at.URI, err)})
	}
	return d.send(ctx, key, a, m)
}

// arrived makes sure that a copy is what it is to be.
func (d Destination) arrived(ctx context.Context, a Artifact) error {
	there, err := d.holds(ctx, a)
	if err == nil && !there {
		err = fmt.Errorf("the copy of %s %w", zipKey(a.SHA256), store.ErrNotExist)
	}
	return err
}
