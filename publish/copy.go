package publish

import (
	"context"
	"errors"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// ZipCopies uploads a zip only once for several destinations in one account: the first
// destination receives the upload, and the others copy the zip from there. It is safe for
// concurrent use. With a nil ZipCopies, the zip is uploaded to each destination.
type ZipCopies struct {
	mu   sync.Mutex
	zips map[string]*zipCopy // keyed by SHA-256
}

// zipCopy is a zip that is stored at a destination or being uploaded to it.
type zipCopy struct {
	done chan struct{} // closed once at and err are final
	at   store.Location
	err  error
}

// add records where a zip is stored.
func (r *ZipCopies) add(sha256 string, at store.Location) {
	if r == nil {
		return
	}
	z, first := r.entry(sha256)
	if first {
		z.at = at
		close(z.done)
	}
}

// entry returns the entry for a zip. The first caller must fill it in and close done.
func (r *ZipCopies) entry(sha256 string) (z *zipCopy, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if z, ok := r.zips[sha256]; ok {
		return z, false
	}
	if r.zips == nil {
		r.zips = map[string]*zipCopy{}
	}
	z = &zipCopy{done: make(chan struct{})}
	r.zips[sha256] = z
	return z, true
}

// copyOrUpload stores a zip at d. It copies the zip if another destination has it, and
// uploads it if none does or the copy fails.
func (r *ZipCopies) copyOrUpload(ctx context.Context, d Destination, a Artifact, m Manifest) (t Transfer, err error) {
	key := zipKey(a.SHA256)
	copier, ok := d.Objects.(store.Copier)
	if r == nil || !ok {
		return d.uploadZip(ctx, key, a, m)
	}
	z, first := r.entry(a.SHA256)
	if first {
		t, z.err = d.uploadZip(ctx, key, a, m)
		z.at = d.Objects.Location(key)
		close(z.done)
		return t, z.err
	}
	select {
	case <-ctx.Done():
		return t, context.Cause(ctx)
	case <-z.done:
	}
	if z.err == nil || errors.Is(z.err, store.ErrExist) {
		err := copier.CopyFrom(ctx, z.at, key)
		if err == nil {
			err = d.verifyCopy(ctx, a)
		}
		if err == nil || errors.Is(err, store.ErrExist) || ctx.Err() != nil {
			return Transfer{Total: a.Size, From: []string{z.at.URI}}, err
		}
		d.debugUpload(key, "cannot copy from %s: %v", z.at.URI, err)
	}
	return d.uploadZip(ctx, key, a, m)
}

// verifyCopy returns an error unless the destination holds the whole zip.
func (d Destination) verifyCopy(ctx context.Context, a Artifact) error {
	there, err := d.holds(ctx, a)
	if err == nil && !there {
		uri := d.Objects.Location(zipKey(a.SHA256)).URI
		err = &fault.Error{Kind: fault.Destination, Subject: uri, Message: uri + " does not exist after it was copied", Sentinel: store.ErrNotExist}
	}
	return err
}
