// Package shared is a cache on S3 that several machines share: what one of them fetched or
// built, the others get from their own region, also while the package index is down.
//
// The local cache stays in front. [Cache.Get] reads what the local cache lacks, and
// [Cache.PutFile] stores in the background what a machine got elsewhere. Objects are written
// with If-None-Match, so that any number of machines may write at once, and nothing is
// trusted because it is there: the caller verifies each object as it would a download, and
// refuses one that is not what its name says ([ErrWrong]), which the next Put replaces.
//
//	wheels/<algorithm>/<hex>.whl  a wheel by its hash, which the lock file states
//	files/<hex>.json              which files of a version have the hashes that a lock states
//	built/<hex>.json              the hash of the wheel that was built from a source
//	bytecode/<hex>                the bytecode of a wheel, by one exact interpreter
//
// Whoever may write below built/ and bytecode/ decides what others put into their layers,
// as no lock file states these hashes. Whoever may write below the rest can waste the time of
// others, and choose among the files that the lock file has for a target.
//
// A build never fails because of the store. One that refuses, hangs or is slow is not asked
// again by the same process, which warns once.
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

// The folders of objects below the prefix.
const (
	Wheels   = "wheels/"
	Files    = "files/"
	Built    = "built/"
	Bytecode = "bytecode/"
)

// WheelKey is the key of the wheel with hash d.
func WheelKey(d digest.Digest) string { return Wheels + d.Algorithm() + "/" + d.Hex() + ".whl" }

// limits are how long a build waits for the store.
type limits struct {
	answer time.Duration // for the beginning of an answer, and for the next byte
	settle time.Duration // of reading, before the rate is judged
	rate   float64       // bytes a second of all objects that are being read, at least
	flush  time.Duration // for the objects that are still being stored when a build ends
}

var defaultLimits = limits{answer: 3 * time.Second, settle: 4 * time.Second, rate: 500e3, flush: 5 * time.Second}

// Cache is a cache shared by machines. A nil *Cache has nothing and keeps nothing. It is
// safe for concurrent use.
type Cache struct {
	uri    string
	open   Opener
	events event.Sink
	limits limits

	mu       sync.Mutex
	objects  store.Objects
	region   string // of objects, "" for the configured one
	off      bool   // the store is not asked any more
	readOnly map[string]bool
	seen     map[string]string // ETags of read objects by key
	wrong    map[string]string // ETags of refused objects by key
	cut      int               // objects whose bytes did not come whole
	reading  int               // objects that are being read
	since    time.Time         // when reading became 1
	spent    time.Duration     // in which objects were read, before since
	read     int64             // bytes in that time

	writes writes
}

// Opener returns the objects of a cache in a region, "" for the configured one. It sends no
// request.
type Opener func(ctx context.Context, region string) (store.Objects, error)

// New returns the cache at uri, for messages, whose objects open returns when the first is
// needed.
func New(uri string, open Opener, events event.Sink) *Cache {
	return &Cache{uri: uri, open: open, events: events, limits: defaultLimits, readOnly: map[string]bool{}, seen: map[string]string{}, wrong: map[string]string{}}
}

// URI returns where the cache is, such as s3://bucket/prefix, or "" for none.
func (c *Cache) URI() string {
	if c == nil {
		return ""
	}
	return c.uri
}

// Get calls take with the object at key and its size in bytes, at most limit. It reports
// whether there is one that take accepted. An error is take's: that the store fails counts as
// if the object did not exist.
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
		c.refuse(key, fmt.Sprintf("it is too large: it has %d bytes, but the limit is %d", object.Size, limit))
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

// ErrWrong marks an error of Get's take that means that the object is not what its key says.
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

// call runs one request, again in the bucket's own region if it is in another. The error is
// store.ErrNotExist if the store is not to be asked.
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

// use returns the store's objects. A region replaces the one that was used before.
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

// maxCut is how many objects may be cut off before the store is given up.
const maxCut = 3

// lost counts an object that was not read whole, which happens now and then, unless the
// store is slow, which it stays.
func (c *Cache) lost(ctx context.Context, err error) {
	c.mu.Lock()
	c.cut++
	cut := c.cut
	c.mu.Unlock()
	if cut >= maxCut || errors.Is(err, errSlow) {
		c.giveUp(ctx, err)
	}
}

// giveUp stops asking the store, and warns, unless err is about a missing object or ctx
// has ended.
func (c *Cache) giveUp(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, store.ErrNotExist) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disable(err)
}

// disable is giveUp with the lock held.
func (c *Cache) disable(err error) {
	if c.off {
		return
	}
	c.off = true
	c.events.Emit(event.Event{Kind: event.Warn, Op: "cache", Subject: c.uri,
		Message: fmt.Sprintf("continuing without the shared cache %s: %s", c.uri, reason(err))})
}

// Renew has the next Put replace the object that was read at key.
func (c *Cache) Renew(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong[key] = c.seen[key]
}

// reason is what an error says, without the advice of a fault.
func reason(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Err == nil {
		return e.Message
	}
	return err.Error()
}

// Refuse warns that the object that was read at key is not what its name says, and has the
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
		Message: fmt.Sprintf("ignored %s/%s because %s; the next upload replaces it", c.uri, key, why)})
}
