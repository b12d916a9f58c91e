package publish

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/delta"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/store"
)

// Incoming receives the parts of a zip while the zip is being built, so that the upload
// overlaps with the downloads. The parts become a temporary object beside the zips, from
// which S3 then copies the zip. Each copied part is compared with the finished zip, so
// correctness does not depend on what was sent; it only saves time.
//
// An Incoming is safe for concurrent use.
type Incoming struct {
	d      Destination
	writer store.PartWriter
	key    string

	permitted bool // a version will be published
	stopped   context.Context
	stop      context.CancelFunc // cancels the requests that send parts

	mu        sync.Mutex
	closed    bool // nothing more is accepted
	begun     bool
	completed bool         // CompleteParts was called, whatever its result
	from      *store.Range // the temporary object; nil if there is none
	upload    store.Unfinished
	zip       delta.Zip // the expected zip
	parts     []store.SentPart
	sent      int64         // bytes of the parts sent
	ended     chan struct{} // closed once no more parts will come
}

var errNotIncoming = errors.New("the zip is not sent while it is being built")

// newIncoming returns an Incoming for d, or nil if the destination cannot receive parts.
func (d Destination) newIncoming() *Incoming {
	writer, ok := d.Objects.(store.PartWriter)
	if _, assembles := d.Objects.(store.Assembler); !ok || !assembles {
		return nil
	}
	in := &Incoming{d: d, writer: writer, key: incomingKey(strings.ToLower(rand.Text()[:16])), ended: make(chan struct{})}
	in.stopped, in.stop = context.WithCancel(context.Background())
	return in
}

// prepare makes w remember what Resolve and Build return, and use BuildSending if it
// applies.
func (w *Want) prepare(d Destination) {
	if w.BuildSending != nil && w.incoming == nil {
		w.incoming = d.newIncoming()
		if in, build, sending := w.incoming, w.Build, w.BuildSending; in != nil {
			w.Build = func(ctx context.Context) (Artifact, error) {
				if in.permitted {
					return sending(ctx, in)
				}
				return build(ctx)
			}
		}
	}
	w.Resolve, w.Build = once(w.Resolve), once(w.Build)
}

// permit tells in whether a version will be published from the zip.
func (in *Incoming) permit(permitted bool) {
	if in != nil {
		in.permitted = permitted
	}
}

// PartSize returns the size in bytes of every part except the last.
func (in *Incoming) PartSize() int64 { return in.d.limits.WithDefaults().Smallest }

// Begin prepares to receive a zip whose layout is known. An error means that the zip must be
// uploaded once it is complete: there are stored zips to copy from, a permission is missing,
// or the zip is too small to be worth it.
func (in *Incoming) Begin(ctx context.Context, layout []layerzip.Placed, size int64) error {
	err := in.begin(ctx, layout, size)
	if err != nil {
		in.d.debugUpload(in.key, "the upload begins when the zip is complete: %v", err)
	}
	return err
}

func (in *Incoming) begin(ctx context.Context, layout []layerzip.Placed, size int64) error {
	if size < 3*in.PartSize() {
		return fmt.Errorf("%w: it has only %d bytes", errNotIncoming, size)
	}
	zips, err := in.d.Objects.List(ctx, Prefix+"zip/")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(zips, func(o store.Listed) bool { _, ok := ZipOf(o.Key); return ok }) {
		return fmt.Errorf("%w: there are zips to copy from", errNotIncoming)
	}
	// The object is deleted in the end. Find out first whether that is permitted.
	if err := in.d.Objects.Delete(ctx, in.key); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed || in.begun {
		return errNotIncoming
	}
	in.upload, err = in.writer.BeginParts(ctx, in.key, store.Body{ContentType: "application/zip"})
	if err != nil {
		return err
	}
	in.begun, in.zip = true, delta.Zip{Entries: layout, Size: size}
	return nil
}

// Send uploads a part of zip. part counts from 0. Parts may be sent in any order and
// concurrently.
func (in *Incoming) Send(ctx context.Context, part int, zip io.ReaderAt) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(in.stopped, cancel)()
	offset := int64(part) * in.PartSize()
	size := min(in.PartSize(), in.zip.Size-offset)
	sent, err := in.writer.SendPart(ctx, in.upload, part+1, zip, offset, size)
	if err != nil {
		in.d.debugUpload(in.key, "cannot upload part %d while the zip is being built: %v", part+1, err)
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.parts, in.sent = append(in.parts, sent), in.sent+size
	return nil
}

// End declares that no more parts will come, even if some are missing. The caller must call
// it after Begin has succeeded.
func (in *Incoming) End() { close(in.ended) }

// Complete creates the temporary object if all parts were sent. It may be called before End.
func (in *Incoming) Complete(ctx context.Context) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.begun || in.completed || in.sent < in.zip.Size {
		return
	}
	slices.SortFunc(in.parts, func(a, b store.SentPart) int { return cmp.Compare(a.Number, b.Number) })
	in.completed = true
	etag, err := in.writer.CompleteParts(ctx, in.upload, in.parts)
	if err != nil {
		in.d.debugUpload(in.key, "cannot use what was uploaded while the zip was being built: %v", err)
		return
	}
	in.from = &store.Range{Location: in.d.Objects.Location(in.key), ETag: etag}
}

// finish waits for the remaining parts and returns the object made of them, to copy from. ok
// is false if there is none.
func (in *Incoming) finish(ctx context.Context) (zip delta.Zip, from store.Range, ok bool) {
	if in == nil || !in.close() {
		return zip, from, false
	}
	in.d.debugUpload(in.key, "uploaded %.1f of %.1f MB while the zip was being built", float64(in.bytes())/1e6, float64(in.zip.Size)/1e6)
	select {
	case <-in.ended:
	case <-ctx.Done():
		return zip, from, false
	}
	if in.Complete(ctx); in.from == nil {
		return zip, from, false
	}
	return in.zip, *in.from, true
}

// close stops accepting parts, and reports whether a zip was begun.
func (in *Incoming) close() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	return in.begun
}

// bytes returns the number of bytes sent.
func (in *Incoming) bytes() int64 {
	if in == nil {
		return 0
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.sent
}

// uri returns the URI of the temporary object, or "" if there cannot be one.
func (in *Incoming) uri() string {
	if in == nil {
		return ""
	}
	return in.d.Objects.Location(in.key).URI
}

// discard deletes the temporary object or its parts. If an error prevents that, a later run
// deletes what is left.
func (in *Incoming) discard(ctx context.Context) {
	if in == nil {
		return
	}
	in.stop()
	if !in.close() {
		return
	}
	// S3 bills for what is left, so this runs even after Ctrl-C.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unfinishedTimeout)
	defer cancel()
	select {
	case <-in.ended:
	case <-ctx.Done():
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.begun = false
	var err error
	if in.completed {
		err = in.d.Objects.Delete(ctx, in.key)
	}
	if err == nil && in.from == nil {
		err = in.writer.Abort(ctx, in.upload)
	}
	if err != nil {
		in.d.debugUpload(in.key, "cannot delete what was uploaded while the zip was being built: %v", err)
	}
}

// deleteAbandoned deletes the temporary objects that interrupted runs left behind.
func (d Destination) deleteAbandoned(ctx context.Context) error {
	left, err := d.Objects.List(ctx, incomingPrefix)
	if err != nil {
		return err
	}
	for _, object := range left {
		if !IsAbandoned(object, time.Now()) {
			continue
		}
		if err := d.Objects.Delete(ctx, object.Key); err != nil {
			return err
		}
		d.debugUpload(object.Key, "deleted the object that an interrupted upload left")
	}
	return nil
}

// IsAbandoned reports whether an interrupted upload left the object behind.
func IsAbandoned(object store.Listed, now time.Time) bool {
	return incomingKeys.MatchString(object.Key) && now.Sub(object.Modified) >= UnfinishedAge
}
