package shared

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/store"
)

// memory is a store.Objects in memory, which a test can have fail.
type memory struct {
	mu       sync.Mutex
	objects  map[string]stored
	puts     int
	requests int
	hook     func(ctx context.Context, operation, key string) error // before each request; may be nil
	body     func(io.Reader) io.Reader                              // what Open returns; may be nil
}

type stored struct {
	content []byte
	etag    string
}

func (m *memory) before(ctx context.Context, operation, key string) error {
	m.mu.Lock()
	m.requests++
	hook := m.hook
	m.mu.Unlock()
	if hook != nil {
		return hook(ctx, operation, key)
	}
	return nil
}

func (m *memory) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

func (m *memory) content(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.objects[key].content)
}

func (m *memory) put(key, content string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.objects == nil {
		m.objects = map[string]stored{}
	}
	m.puts++
	m.objects[key] = stored{[]byte(content), fmt.Sprint("etag", m.puts)}
}

func (m *memory) Head(ctx context.Context, key string) (store.Object, error) {
	if err := m.before(ctx, "head", key); err != nil {
		return store.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return store.Object{}, store.ErrNotExist
	}
	return store.Object{Size: int64(len(o.content)), ETag: o.etag}, nil
}

func (m *memory) Get(context.Context, string) ([]byte, store.Object, error) {
	panic("the shared cache reads by Open")
}

func (m *memory) Open(ctx context.Context, key string) (io.ReadCloser, store.Object, error) {
	if err := m.before(ctx, "open", key); err != nil {
		return nil, store.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return nil, store.Object{}, store.ErrNotExist
	}
	var r io.Reader = bytes.NewReader(o.content)
	if m.body != nil {
		r = m.body(r)
	}
	return io.NopCloser(r), store.Object{Size: int64(len(o.content)), ETag: o.etag}, nil
}

func (m *memory) Put(ctx context.Context, key string, b store.Body) (string, error) {
	if err := m.before(ctx, "put", key); err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.NewSectionReader(b.Reader, 0, b.Size))
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	o, ok := m.objects[key]
	m.mu.Unlock()
	switch {
	case b.IfAbsent && ok:
		return "", store.ErrExist
	case b.IfMatch != "" && b.IfMatch != o.etag:
		return "", store.ErrChanged
	}
	m.put(key, string(content))
	return "", nil
}

func (m *memory) List(ctx context.Context, prefix string) (all []store.Listed, err error) {
	if err := m.before(ctx, "list", prefix); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, o := range m.objects {
		if strings.HasPrefix(key, prefix) {
			all = append(all, store.Listed{Key: key, Size: int64(len(o.content))})
		}
	}
	slices.SortFunc(all, func(a, b store.Listed) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

func (m *memory) Delete(ctx context.Context, key string) error {
	if err := m.before(ctx, "delete", key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

func (m *memory) Location(key string) store.Location { return store.Location{Bucket: "b", Key: key} }

// heard are the events of a cache.
type heard struct {
	mu     sync.Mutex
	events []event.Event
}

func (h *heard) of(kind event.Kind) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// open returns a cache on m that waits for answers, but not for what is still being stored.
func open(m *memory) (*Cache, *heard) {
	h := &heard{}
	c := New("s3://b/cache", func(context.Context, string) (store.Objects, error) { return m, nil }, catalogue.Events(func(e event.Event) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.events = append(h.events, e)
	}))
	c.limits = limits{answer: time.Minute, settle: time.Hour, rate: 1, flush: 20 * time.Millisecond}
	return c, h
}

// stores waits until what put stores is stored.
func stores(t *testing.T, c *Cache, put func()) {
	t.Helper()
	c.limits.flush = time.Minute
	c.Enter()
	put()
	c.Leave(t.Context())
}

// get returns the object at key.
func get(t *testing.T, c *Cache, key string) (content string, found bool) {
	t.Helper()
	found, err := c.Get(t.Context(), key, 1000, func(r io.Reader, _ int64) error {
		b, err := io.ReadAll(r)
		content = string(b)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return content, found
}
