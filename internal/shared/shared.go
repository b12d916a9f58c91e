// Package shared is a cache on S3 that several machines share: what one machine has
// downloaded or built, the others get from their own region, even if the package index is
// down.
//
// The local cache is checked first. [Cache.Get] reads what the local cache lacks, and
// [Cache.PutFile] stores in the background what a machine got elsewhere. Objects are written
// with If-None-Match, so that any number of machines can write at once. Nothing is trusted
// merely because it exists: the caller verifies each object as it would verify a download,
// and rejects an object that does not match its name ([ErrWrong]), which the next Put
// replaces.
//
//	wheels/<algorithm>/<hex>.whl  a wheel by its hash, which is in the lock file
//	files/<hex>.json              which files of a version have the hashes in a lock file
//	built/<hex>.json              the hash of the wheel that was built from a source
//	bytecode/<hex>                the bytecode of a wheel, by one exact interpreter
//
// Anyone who may write below built/ and bytecode/ determines what others put into their
// layers, because no lock file contains these hashes. Anyone who may write below the other
// folders can waste the time of others, and choose among the files that the lock file has
// for a target.
//
// A build never fails because of the store. If the store denies access, hangs, or is slow,
// the process warns once and does not use it again.
package shared

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// The folders of the objects, relative to the prefix.
const (
	Wheels   = "wheels/"
	Files    = "files/"
	Built    = "built/"
	Bytecode = "bytecode/"
)

// WheelKey returns the key of the wheel with hash d.
func WheelKey(d digest.Digest) string { return Wheels + d.Algorithm() + "/" + d.Hex() + ".whl" }

// limits say how long a build waits for the store.
type limits struct {
	answer time.Duration // for the beginning of a response, and for each next byte
	settle time.Duration // time of reading before the rate is judged
	rate   float64       // minimum rate in bytes per second, for all objects being read together
	flush  time.Duration // for the objects that are still being stored when a build ends
}

var defaultLimits = limits{answer: 3 * time.Second, settle: 4 * time.Second, rate: 500e3, flush: 5 * time.Second}

// Cache is a cache that machines share. A nil *Cache is empty and stores nothing. A Cache is
// safe for concurrent use.
type Cache struct {
	uri    string
	open   Opener
	events event.Sink
	limits limits

	mu       sync.Mutex
	objects  store.Objects
	region   string // region of the objects; "" for the configured region
	off      bool   // whether the store is no longer used
	readOnly map[string]bool
	seen     map[string]string // key → ETag of the object that was read
	wrong    map[string]string // key → ETag of the object that was rejected
	cut      int               // number of objects that were cut off
	reading  int               // number of objects being read
	since    time.Time         // when reading became 1
	spent    time.Duration     // total time in which objects were read, before since
	read     int64             // number of bytes read in that time

	writes writes
}

// Opener returns the objects of a cache in a region, or in the configured region if region
// is "". It sends no request.
type Opener func(ctx context.Context, region string) (store.Objects, error)

// New returns the cache whose objects open returns. It calls open when the first object is
// needed. uri is for messages.
func New(uri string, open Opener, events event.Sink) *Cache {
	return &Cache{uri: uri, open: open, events: events, limits: defaultLimits, readOnly: map[string]bool{}, seen: map[string]string{}, wrong: map[string]string{}}
}

// URI returns where the cache is, such as s3://bucket/prefix, or "" if there is none.
func (c *Cache) URI() string {
	if c == nil {
		return ""
	}
	return c.uri
}

// Get calls take with the object at key and its size in bytes, which is at most limit. It
// reports whether there is an object that take accepted. It returns only errors of take: if
// the store fails, the object counts as missing.
func (c *Cache) Get(ctx context.Context, key string, limit int64, take func(r io.Reader, size int64) error) (found bool, err error) {
	if c == nil {
		return false, nil
	}
	w := watch(ctx, c.limits.answer)
	defer w.stop()
	var body io.ReadCloser
	var object store.Object
	err = c.call(w.ctx, func(objects store.Objects) (err error) {
		body, object, err = objects.Open(w.ctx, key)
		return err
	})
	if err != nil {
		c.giveUp(ctx, w.cause(err))
		return false, ctx.Err()
	}
	defer body.Close()
	c.mu.Lock()
	c.seen[key] = object.ETag
	c.mu.Unlock()
	if object.Size > limit {
		c.refuse(key, fmt.Sprintf("it is too large: it is %d bytes, but the limit is %d", object.Size, limit))
		return false, nil
	}
	c.begin()
	defer c.end()
	r := &reader{cache: c, body: body, watch: w, left: object.Size}
	err = take(r, object.Size)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case r.err != nil:
		c.lost(ctx, w.cause(r.err))
		return false, nil
	case err != nil && errors.Is(err, ErrWrong):
		c.Refuse(key, err)
		return false, nil
	}
	return err == nil, err
}

// ErrWrong marks an error returned by Get's take that means that the object does not match
// its key.
var ErrWrong = errors.New("it does not match its name")

// Wrong marks err as [ErrWrong].
func Wrong(err error) error { return &wrong{err} }

type wrong struct{ error }

func (w *wrong) Unwrap() error        { return w.error }
func (w *wrong) Is(target error) bool { return target == ErrWrong }

// Has reports whether there is an object at key.
func (c *Cache) Has(ctx context.Context, key string) bool {
	if c == nil {
		return false
	}
	w := watch(ctx, c.limits.answer)
	defer w.stop()
	err := c.call(w.ctx, func(objects store.Objects) error {
		_, err := objects.Head(w.ctx, key)
		return err
	})
	if err != nil {
		c.giveUp(ctx, w.cause(err))
	}
	return err == nil
}

// call sends one request, and repeats it in the bucket's own region if the bucket is in
// another region. The error is store.ErrNotExist if the store is not to be used.
func (c *Cache) call(ctx context.Context, request func(store.Objects) error) error {
	objects, err := c.use(ctx, "")
	if err != nil {
		return err
	}
	err = request(objects)
	if region := aws.BucketRegion(err); region != "" {
		if objects, err = c.use(ctx, region); err == nil {
			err = request(objects)
		}
	}
	return err
}

// use returns the store's objects. A region replaces the region that was used before.
func (c *Cache) use(ctx context.Context, region string) (store.Objects, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, store.ErrNotExist
	}
	if c.objects == nil || region != c.region && region != "" {
		objects, err := c.open(ctx, region)
		if err != nil {
			return nil, err
		}
		c.objects, c.region = objects, region
	}
	return c.objects, nil
}

// maxCut is the number of objects that may be cut off before the store is no longer used.
const maxCut = 3

// lost counts an object that was not read completely. That can happen occasionally, unless
// the reason is that the store is slow, because a slow store stays slow.
func (c *Cache) lost(ctx context.Context, err error) {
	c.mu.Lock()
	c.cut++
	cut := c.cut
	c.mu.Unlock()
	if cut >= maxCut || errors.Is(err, errSlow) {
		c.giveUp(ctx, err)
	}
}

// giveUp stops using the store, with a warning, unless err is about a missing object or ctx
// has ended.
func (c *Cache) giveUp(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, store.ErrNotExist) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disable(err)
}

// disable is like giveUp, for callers that hold the lock.
func (c *Cache) disable(err error) {
	if c.off {
		return
	}
	c.off = true
	c.events.Emit(event.Event{Kind: event.Warn, Op: "cache", Subject: c.uri,
		Message: fmt.Sprintf("continuing without the shared cache %s: %s", c.uri, reason(err))})
}

// Renew makes the next Put replace the object that was read at key.
func (c *Cache) Renew(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong[key] = c.seen[key]
}

// reason returns the text of an error, without the hints of a fault.
func reason(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Err == nil {
		return e.Message
	}
	return err.Error()
}

// Refuse warns that the object that was read at key does not match its name, and makes the
// next Put replace it.
func (c *Cache) Refuse(key string, err error) {
	c.refuse(key, "its content is wrong: "+reason(err))
}

func (c *Cache) refuse(key, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrong[key] == c.seen[key] {
		return
	}
	c.wrong[key] = c.seen[key]
	c.events.Emit(event.Event{Kind: event.Warn, Op: "cache", Subject: c.uri,
		Message: fmt.Sprintf("ignored %s/%s because %s; the next upload will replace it", c.uri, key, why)})
}
