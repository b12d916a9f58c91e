package shared

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

func TestPutAndGet(t *testing.T) {
	m := &memory{}
	c, h := open(m)
	path := filepath.Join(t.TempDir(), "w")
	if err := os.WriteFile(path, []byte("wheel"), 0o600); err != nil {
		t.Fatal(err)
	}
	stores(t, c, func() {
		c.PutFile("wheels/w", path)
		c.PutFile("wheels/none", path+"-that-was-cleaned")
		c.PutBytes("files/f", []byte("files"))
	})
	stores(t, c, func() { c.PutBytes("files/f", []byte("another machine was faster")) })
	for key, want := range map[string]string{"wheels/w": "wheel", "files/f": "files"} {
		if got, found := get(t, c, key); got != want || !found || !c.Has(t.Context(), key) {
			t.Errorf("%s: %q, %v", key, got, found)
		}
	}
	if _, found := get(t, c, "wheels/none"); found || c.Has(t.Context(), "wheels/none") {
		t.Error("it has what nobody stored")
	}
	if n := h.of(event.Warn) + h.of(event.Note); n != 0 || m.puts != 2 {
		t.Errorf("%d messages, %d objects stored", n, m.puts)
	}
}

// TestNoCache: a nil *Cache has nothing, and keeps nothing.
func TestNoCache(t *testing.T) {
	var c *Cache
	c.Enter()
	c.PutBytes("files/f", nil)
	c.PutFile("wheels/w", "w")
	found, err := c.Get(t.Context(), "files/f", 1, nil)
	c.Leave(t.Context())
	if found || err != nil || c.Has(t.Context(), "files/f") || c.URI() != "" {
		t.Errorf("%v, %v", found, err)
	}
}

// TestGetRefuses: an object that is not what its name says is not there, and the next Put
// replaces it, unless another machine already has.
func TestGetRefuses(t *testing.T) {
	for _, test := range []struct {
		name    string
		content string
		take    error // what take returns
		changed bool  // by another machine meanwhile
		want    string
	}{
		{"right", "right", nil, false, "right"},
		{"wrong", "wrong", Wrong(errors.New("it belongs to another build")), false, "new"},
		{"too large", strings.Repeat("x", 2000), nil, false, "new"},
		{"replaced meanwhile", "wrong", Wrong(errors.New("it belongs to another build")), true, "theirs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{}
			c, h := open(m)
			m.put("files/f", test.content)
			for range 2 { // one warning
				found, err := c.Get(t.Context(), "files/f", 1000, func(io.Reader, int64) error { return test.take })
				if err != nil || found != (test.want == "right") {
					t.Errorf("found %v, %v", found, err)
				}
			}
			if test.changed {
				m.put("files/f", "theirs")
			}
			stores(t, c, func() { c.PutBytes("files/f", []byte("new")) })
			if got := m.content("files/f"); got != test.want {
				t.Errorf("then there is %q, want %q", got, test.want)
			}
			if n := h.of(event.Warn); (n == 1) == (test.want == "right") || n > 1 {
				t.Errorf("%d warnings", n)
			}
		})
	}
}

// TestRenew: an object that was right but is out of date is replaced, without a word.
func TestRenew(t *testing.T) {
	m := &memory{}
	c, h := open(m)
	m.put("files/f", "old")
	get(t, c, "files/f")
	c.Renew("files/f")
	stores(t, c, func() { c.PutBytes("files/f", []byte("new")) })
	if got := m.content("files/f"); got != "new" || h.of(event.Warn) != 0 {
		t.Errorf("%q, %d warnings", got, h.of(event.Warn))
	}
}

// TestTakeFails: an error that is not about the object is the caller's.
func TestTakeFails(t *testing.T) {
	m := &memory{}
	c, h := open(m)
	m.put("files/f", "x")
	full := errors.New("the disk is full")
	found, err := c.Get(t.Context(), "files/f", 1000, func(io.Reader, int64) error { return full })
	if found || !errors.Is(err, full) || h.of(event.Warn) != 0 {
		t.Errorf("%v, %v, %d warnings", found, err, h.of(event.Warn))
	}
}

// TestStoreFails: a store that refuses, hangs or is slow is given up with one warning and not
// asked again. One that cuts an object off has three tries.
func TestStoreFails(t *testing.T) {
	hang := func(ctx context.Context, _, _ string) error { <-ctx.Done(); return ctx.Err() }
	for _, test := range []struct {
		name string
		hook func(ctx context.Context, operation, key string) error
		body func(io.Reader) io.Reader
		rate float64
		gets int // that are asked for, at most; a busy machine may be late for the one that hangs
	}{
		{name: "denied", hook: func(context.Context, string, string) error { return store.ErrDenied }, gets: 1},
		{name: "hangs", hook: hang, gets: 1},
		{name: "slow", rate: 1e12, gets: 1},
		{name: "cut off", body: func(r io.Reader) io.Reader { return io.LimitReader(r, 2) }, gets: maxCut},
		{name: "breaks", body: func(r io.Reader) io.Reader { return iotest.TimeoutReader(iotest.OneByteReader(r)) }, gets: maxCut},
		{name: "too long", body: func(r io.Reader) io.Reader { return io.MultiReader(r, strings.NewReader("more")) }, gets: maxCut},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{hook: test.hook, body: test.body}
			c, h := open(m)
			m.put("files/f", "content")
			if test.name == "hangs" {
				c.limits.answer = 20 * time.Millisecond
			}
			if test.rate > 0 {
				c.limits.settle, c.limits.rate = 0, test.rate
			}
			for range maxCut + 1 {
				if _, found := tryGet(t, c); found {
					t.Error("it is found")
				}
			}
			asked := m.asked()
			if h.of(event.Warn) != 1 || asked > test.gets || c.Has(t.Context(), "files/f") {
				t.Errorf("%d warnings, asked %d times, want 1 and at most %d", h.of(event.Warn), asked, test.gets)
			}
			stores(t, c, func() { c.PutBytes("files/g", nil) })
			if m.asked() != asked {
				t.Error("it is asked again")
			}
		})
	}
}

// tryGet reads files/f whole, and returns the error of reading, as a download does.
func tryGet(t *testing.T, c *Cache) (read error, found bool) {
	t.Helper()
	found, err := c.Get(t.Context(), "files/f", 1000, func(r io.Reader, _ int64) error {
		_, read = io.Copy(io.Discard, r)
		return read
	})
	if err != nil {
		t.Error(err)
	}
	return read, found
}

// TestInterrupted: what the user interrupts is not the store's fault.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &memory{hook: func(ctx context.Context, _, _ string) error { cancel(); return ctx.Err() }}
	c, h := open(m)
	if found, err := c.Get(ctx, "files/f", 1000, nil); found || !errors.Is(err, context.Canceled) || h.of(event.Warn) != 0 || c.off {
		t.Errorf("%v, %v, %d warnings", found, err, h.of(event.Warn))
	}
}

// TestPutDenied: who may not write to a folder still reads, and writes to the others.
func TestPutDenied(t *testing.T) {
	m := &memory{hook: func(_ context.Context, operation, key string) error {
		if operation == "put" && folder(key) == Built {
			return store.ErrDenied
		}
		return nil
	}}
	c, h := open(m)
	m.put("built/a", "a")
	for range 2 {
		stores(t, c, func() { c.PutBytes("built/b", []byte("b")) })
	}
	stores(t, c, func() { c.PutBytes("files/c", []byte("c")) })
	if got, found := get(t, c, "built/a"); got != "a" || !found || m.content("files/c") != "c" {
		t.Errorf("%q, %v, %q", got, found, m.content("files/c"))
	}
	if h.of(event.Warn) != 0 || h.of(event.Debug) != 1 || m.asked() != 3 {
		t.Errorf("%d warnings, %d notes, %d requests", h.of(event.Warn), h.of(event.Debug), m.asked())
	}
}

// TestLeave: only the last build waits, and not for long.
func TestLeave(t *testing.T) {
	m := &memory{hook: func(ctx context.Context, _, _ string) error { <-ctx.Done(); return ctx.Err() }}
	c, h := open(m)
	c.Enter()
	c.Enter()
	for _, key := range []string{"files/a", "files/b"} {
		c.PutBytes(key, nil)
	}
	c.Leave(t.Context())
	if h.of(event.Note) != 0 {
		t.Error("the first build gives up")
	}
	begin := time.Now()
	c.Leave(t.Context())
	if h.of(event.Note) != 1 || h.of(event.Warn) != 0 || !c.off || time.Since(begin) > 5*time.Second {
		t.Errorf("%d notes, %d warnings after %s", h.of(event.Note), h.of(event.Warn), time.Since(begin))
	}
}

func TestPool(t *testing.T) {
	var p Pool
	var caches []*Cache
	for _, uri := range []string{"s3://bucket/cache", "s3://bucket/cache/", "s3://bucket/other"} {
		c, err := p.Open(uri, aws.Account{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		caches = append(caches, c)
	}
	other, err := p.Open("s3://bucket/cache", aws.Account{Profile: "p"}, nil)
	if err != nil || caches[0] != caches[1] || caches[0] == caches[2] || caches[0] == other {
		t.Errorf("%v, %v, %v", caches, other, err)
	}
	if c, err := p.Open("", aws.Account{}, nil); c != nil || err != nil {
		t.Errorf("no cache: %v, %v", c, err)
	}
	if _, err := p.Open("/a/folder", aws.Account{}, nil); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
		t.Errorf("a folder: %v", err)
	}
}

// TestPushAndPull: what one machine pushes, another pulls, but for what is not what its name
// says.
func TestPushAndPull(t *testing.T) {
	m := &memory{}
	c, h := open(m)
	here, there := local(t), local(t)
	good := digest.SHA256([]byte("wheel"))
	if _, err := here.AddWheel(t.Context(), good, strings.NewReader("wheel"), nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if u, err := c.Push(t.Context(), here); err != nil || u.Files != want {
			t.Errorf("pushed %+v, %v, want %d", u, err, want)
		}
	}
	m.put(WheelKey(digest.SHA256([]byte("another"))), "is not that")
	m.put(Wheels+"sha256/x.whl", "not lamella's")
	checks := Checks{Wheel: func(io.ReaderAt, int64) error { return nil }}
	for _, want := range []int{1, 0} {
		if u, err := c.Pull(t.Context(), there, checks); err != nil || u.Files != want {
			t.Errorf("pulled %+v, %v, want %d", u, err, want)
		}
	}
	if _, ok := there.Wheel(good); !ok || h.of(event.Warn) == 0 {
		t.Errorf("the wheel is there: %v; %d warnings", ok, h.of(event.Warn))
	}
	if u, err := c.Clean(t.Context()); err != nil || u.Files != 3 {
		t.Errorf("cleaned %+v, %v", u, err)
	}
	if u, err := c.Size(t.Context()); err != nil || u.Files != 0 {
		t.Errorf("then there are %+v, %v", u, err)
	}
}

func local(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
