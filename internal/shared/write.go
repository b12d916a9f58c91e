package shared

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/store"
)

// parallel is the maximum number of objects that are stored at a time.
const parallel = 4

// writes tracks the objects that are being stored.
type writes struct {
	ctx     context.Context
	cancel  context.CancelFunc
	slots   chan struct{}
	users   int           // number of builds that may still store something
	pending int           // number of objects
	idle    chan struct{} // closed once pending is 0 again
	dropped int           // number of objects that were not stored in time
}

// PutFile stores the file at path under key in the background, unless there already is an
// object. The file must not change.
func (c *Cache) PutFile(key, path string) {
	c.later(key, func(ctx context.Context) error {
		f, err := os.Open(path)
		if err != nil {
			return nil // it was removed from the local cache
		}
		defer f.Close()
		return c.store(ctx, key, f)
	})
}

// PutBytes is like PutFile, for data in memory.
func (c *Cache) PutBytes(key string, data []byte) {
	c.later(key, func(ctx context.Context) error { return c.store(ctx, key, bytes.NewReader(data)) })
}

// later runs put in the background.
func (c *Cache) later(key string, put func(context.Context) error) {
	if c == nil || !c.writable(key) {
		return
	}
	c.mu.Lock()
	w := &c.writes
	if w.ctx == nil {
		w.ctx, w.cancel = context.WithCancel(context.Background())
		w.slots = make(chan struct{}, parallel)
	}
	ctx := w.ctx
	if w.pending++; w.pending == 1 {
		w.idle = make(chan struct{})
	}
	c.mu.Unlock()
	go func() {
		defer c.done(ctx)
		select {
		case w.slots <- struct{}{}:
			defer func() { <-w.slots }()
		case <-ctx.Done():
			return
		}
		if !c.writable(key) {
			return
		}
		switch err := put(ctx); {
		case errors.Is(err, store.ErrDenied):
			c.deny(key)
		case err != nil:
			c.giveUp(ctx, err)
		}
	}()
}

// done is called once an object was stored, or could not be stored before ctx ended.
func (c *Cache) done(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.writes
	if ctx.Err() != nil {
		w.dropped++
	}
	if w.pending--; w.pending == 0 {
		close(w.idle)
	}
}

// folder returns the folder of a key.
func folder(key string) string {
	name, _, _ := strings.Cut(key, "/")
	return name + "/"
}

func (c *Cache) writable(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.off && !c.readOnly[folder(key)]
}

// deny records that a folder cannot be written, which is intended for many users.
func (c *Cache) deny(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readOnly[folder(key)] {
		return
	}
	c.readOnly[folder(key)] = true
	c.events.Emit(event.Event{Kind: event.Debug, Op: "cache", Subject: c.uri,
		Message: fmt.Sprintf("the credentials do not allow writing to %s/%s", c.uri, folder(key))})
}

// store stores content at key, replacing any object there that was rejected.
func (c *Cache) store(ctx context.Context, key string, content interface {
	io.ReadSeeker
	io.ReaderAt
}) error {
	h := sha256.New()
	size, err := io.Copy(h, content)
	if err != nil {
		return nil //nolint:nilerr // an error of this machine's disk, which the user will notice
	}
	c.mu.Lock()
	wrong := c.wrong[key]
	c.mu.Unlock()
	// Use one request, so that nothing incomplete can remain on S3.
	body := store.Body{Reader: content, Size: size, SHA256: h.Sum(nil), ContentType: "application/octet-stream", IfAbsent: wrong == "", IfMatch: wrong}
	err = c.call(ctx, func(objects store.Objects) error {
		_, err := objects.Put(ctx, key, body)
		return err
	})
	if errors.Is(err, store.ErrExist) || errors.Is(err, store.ErrChanged) {
		return nil // another machine was faster
	}
	return err
}

// Enter records that a build may store something. When the build ends, it must call Leave.
func (c *Cache) Enter() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes.users++
}

// Leave waits, after the last build, for what is still being stored, for a few seconds at
// most. It gives up on objects that take longer, with a note.
func (c *Cache) Leave(ctx context.Context) {
	if c == nil {
		return
	}
	c.mu.Lock()
	w := &c.writes
	w.users--
	pending, idle := w.pending, w.idle
	last := w.users == 0
	c.mu.Unlock()
	if !last || pending == 0 {
		return
	}
	patience := time.NewTimer(c.limits.flush)
	defer patience.Stop()
	select {
	case <-idle:
		return
	case <-patience.C:
	case <-ctx.Done():
	}
	c.mu.Lock()
	w.cancel()
	c.mu.Unlock()
	<-idle
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.off {
		c.off = true // it is too slow to be useful
		c.events.Emit(event.Event{Kind: event.Note, Op: "cache", Subject: c.uri,
			Message: fmt.Sprintf("there was no time to store %s in the shared cache %s; to store them, run: lamella cache push", number.Count(w.dropped, "file"), c.uri)})
	}
}
