package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/internal/delta"
	"github.com/lamella-build/lamella/store"
)

// Destination is where a layer is stored and published.
type Destination struct {
	Objects store.Objects
	Layers  store.Layers
	Events  event.Sink // events have Op "upload" and "publish"
	Tool    string     // recorded with each version, such as "lamella 1.2.3"
	Copies  *ZipCopies // shared by all destinations in one account; nil for a single destination
	// Parameter names the parameter that holds the ARN of the newest version, or is "". It
	// requires that Layers implements store.Parameters.
	Parameter string

	// Tests set these fields; the zero values select the defaults.
	sleep  func(context.Context, time.Duration) error
	lease  leaseTimes
	limits delta.Limits

	base     string    // key of the stored zip most similar to the one being uploaded; "" if unknown
	incoming *Incoming // the parts of the zip uploaded while it was being built; nil for none
}

// pause waits for the given duration. If ctx ends first, it returns the cause.
func (d Destination) pause(ctx context.Context, pause time.Duration) error {
	if d.sleep != nil {
		return d.sleep(ctx, pause)
	}
	return backoff.Sleep(ctx, pause)
}

// get reads an object. data is nil if and only if the object does not exist.
func (d Destination) get(ctx context.Context, key string) (data []byte, etag string, err error) {
	data, object, err := d.Objects.Get(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return nil, "", nil
	}
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, object.ETag, err
}

// put writes a small object in one request, so that its ETag is its MD5. It replaces only
// the object with ETag w.IfMatch; if that is "", no object may exist. It also succeeds if
// the object already holds the same bytes.
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
