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
// which the zip is then copied. Each copied part is compared with the zip that was built,
// so what was sent is never trusted: it only saves time.
//
// It is safe for concurrent use.
type Incoming struct {
	d      Destination
	writer store.PartWriter
	key    string

	permitted bool // a version will be published
	stopped   context.Context
	stop      context.CancelFunc // cancels what is being sent

	mu        sync.Mutex
	closed    bool // nothing else is accepted
	begun     bool
	completed bool         // CompleteParts was called, with whatever result
	from      *store.Range // the object; nil if there is none
	upload    store.Unfinished
	zip       delta.Zip // as it should become
	parts     []store.SentPart
	sent      int64         // bytes of the parts
	ended     chan struct{} // closed when no other part will come
}

var errNotIncoming = errors.New("the zip is not sent while it is being built")

// newIncoming returns nil if the destination cannot receive parts.
func (d Destination) newIncoming() *Incoming {
	writer, ok := d.Objects.(store.PartWriter)
	if _, assembles := d.Objects.(store.Assembler); !ok || !assembles {
		return nil
	}
	in := &Incoming{d: d, writer: writer, key: incomingKey(strings.ToLower(rand.Text()[:16])), ended: make(chan struct{})}
	in.stopped, in.stop = context.WithCancel(context.Background())
	return in
}

// prepare has what Resolve and Build return remembered, and BuildSending used if it applies.
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

// permit says whether a version will be published from the zip.
func (in *Incoming) permit(permitted bool) {
	if in != nil {
		in.permitted = permitted
	}
}

// PartSize is the size of all parts but the last in bytes.
func (in *Incoming) PartSize() int64 { return in.d.limits.WithDefaults().Smallest }

// Begin prepares to receive a zip whose layout is known. An error means that the zip has to
// be uploaded when it is complete: because there are zips to copy from, a right is missing, or
// it is too small to be worth it.
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
	// It is deleted in the end. Whether that is permitted has to be known before.
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

// Send uploads a part of zip, counted from 0. Parts may be sent in any order and at the same
// time.
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

// End declares that no other part will come. Parts may be missing. The caller must call it
// after Begin has succeeded.
func (in *Incoming) End() { close(in.ended) }

// Complete makes the temporary object, if all parts were sent. It may be called before End.
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

// finish waits for the remaining parts, and returns the object of all of them to copy from.
// It reports false if there is none.
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

// close stops accepting a zip, and reports whether one was begun.
func (in *Incoming) close() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	return in.begun
}

// bytes is how much was sent.
func (in *Incoming) bytes() int64 {
	if in == nil {
		return 0
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.sent
}

// uri is where the temporary object is; "" if there cannot be one.
func (in *Incoming) uri() string {
	if in == nil {
		return ""
	}
	return in.d.Objects.Location(in.key).URI
}

// discard deletes the temporary object, or the parts. What it leaves because of an error is
// collected by a later run.
func (in *Incoming) discard(ctx context.Context) {
	if in == nil {
		return
	}
	in.stop()
	if !in.close() {
		return
	}
	// S3 bills what is left, so this runs even after Ctrl-C.
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

// deleteAbandoned deletes the temporary objects that interrupted runs left.
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

// IsAbandoned reports whether an object is one that an interrupted upload left.
func IsAbandoned(object store.Listed, now time.Time) bool {
	return incomingKeys.MatchString(object.Key) && now.Sub(object.Modified) >= UnfinishedAge
}
