package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/span"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/resolve"
)

// sentBytes adds up the ranges that were asked for of a wheel; all of it counts for a request
// without a range.
func (b *bench) sentBytes(size int64) (total int64) {
	for _, r := range b.index.Requests("/files/") {
		header := r.Header.Get("Range")
		var from, to int64
		switch {
		case header == "":
			total += size
		case scan(header, "bytes=-%d", &to):
			total += min(to, size)
		case scan(header, "bytes=%d-%d", &from, &to):
			total += to + 1 - from
		case scan(header, "bytes=%d-", &from):
			total += size - from
		}
	}
	return total
}

// TestRemote fetches a wheel back to front, in pieces of all sizes, while Fetch waits for it.
// Each byte is sent once.
func TestRemote(t *testing.T) {
	for _, opened := range []bool{false, true} {
		b := newBench(t)
		d := b.distribution(bigName)
		r := b.client.Remote(d)
		defer r.Close()
		if opened {
			if err := r.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var arrived atomic.Int64
		go func() {
			if !opened {
				_ = r.Open(t.Context())
			}
			r.Notify(func(from, to int64) { arrived.Add(to - from) })
			random := rand.New(rand.NewPCG(1, 1))
			for at := d.File.Size; at > 0; {
				size := 1 + random.Int64N(70_000)
				_ = r.Fetch(t.Context(), max(at-size, 0), at)
				at -= size
			}
		}()
		b.fetched(bigName, d)
		if sent := b.sentBytes(d.File.Size); sent != d.File.Size || arrived.Load() != d.File.Size {
			t.Errorf("%d bytes were sent, %d arrived, of %d", sent, arrived.Load(), d.File.Size)
		}
		got := make([]byte, d.File.Size)
		if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, b.content(bigName)) {
			t.Errorf("other bytes are read: %v", err)
		}
	}
}

// TestRemoteReads: until someone is notified, what is read is downloaded, a few times.
func TestRemoteReads(t *testing.T) {
	b := newBench(t)
	d, content := b.distribution(bigName), b.content(bigName)
	r := b.client.Remote(d)
	defer r.Close()
	if err := r.Open(t.Context()); err != nil || r.Size() != d.File.Size {
		t.Fatalf("%d bytes, %v", r.Size(), err)
	}
	for _, at := range []int64{0, d.File.Size - 3000, 1000, 200_000, 250_000} {
		got := make([]byte, 2000)
		if _, err := r.ReadAt(got, at); err != nil || !bytes.Equal(got, content[at:at+2000]) {
			t.Errorf("at %d: %v", at, err)
		}
	}
	if n := b.index.Count("/files/"); n != 3 {
		t.Errorf("%d requests", n)
	}
	var spans []span.Span
	r.Notify(func(from, to int64) { spans = append(spans, span.Span{From: from, To: to}) })
	if len(spans) != 3 || spans[0] != (span.Span{To: leastRead}) || spans[2].To != d.File.Size {
		t.Errorf("there is %v", spans)
	}
	if _, err := r.ReadAt(make([]byte, 10), 300_000); err == nil {
		t.Error("what is not there is read")
	}
	if _, err := r.ReadAt(make([]byte, 10), d.File.Size); !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestRemoteArrived: each byte is notified once, whichever requests bring it.
func TestRemoteArrived(t *testing.T) {
	var got []span.Span
	r := &Remote{arrived: func(from, to int64) { got = append(got, span.Span{From: from, To: to}) }}
	r.changed.L = &r.mu
	for _, s := range []span.Span{{From: 10, To: 20}, {From: 15, To: 25}, {From: 30, To: 40}, {From: 5, To: 40}, {From: 0, To: 40}, {From: 10, To: 20}} {
		r.add(s)
	}
	if want := []span.Span{{From: 10, To: 20}, {From: 20, To: 25}, {From: 30, To: 40}, {From: 5, To: 10}, {From: 25, To: 30}, {From: 0, To: 5}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestRemoteFails: whatever goes wrong with the ranges, Fetch gets the wheel.
func TestRemoteFails(t *testing.T) {
	const half = 300 << 10
	for name, test := range map[string]struct {
		arrange func(*bench)          // before Open
		meddle  func(*bench, *Remote) // after it
		most    int64                 // requests
	}{
		"no ranges": {arrange: func(b *bench) { b.index.NoRange = true }, most: 2},
		"a redirect": {arrange: func(b *bench) {
			b.index.Fail("/files/big", testindex.Fault{RedirectTo: b.index.FileURL("./big-2.0-py3-none-any.whl"), Times: 1})
		}, most: 5},
		"refused":          {arrange: func(b *bench) { b.index.Fail("/files/big", testindex.Fault{Status: 403, Times: 1}) }, most: 2},
		"busy":             {arrange: func(b *bench) { b.index.Fail("/files/big", testindex.Fault{Status: 503, Times: 2}) }, most: 5},
		"the end is cut":   {arrange: func(b *bench) { b.index.Fail("/files/big", testindex.Fault{Truncate: 1000, Times: 1}) }, most: 4},
		"a range is cut":   {meddle: func(b *bench, _ *Remote) { b.index.Fail("/files/big", testindex.Fault{Truncate: 1000, Times: 1}) }, most: 5},
		"a web page":       {meddle: func(b *bench, _ *Remote) { b.index.Fail("/files/big", testindex.Fault{Body: "log in", Times: 1}) }, most: 4},
		"a range is 403":   {meddle: func(b *bench, _ *Remote) { b.index.Fail("/files/big", testindex.Fault{Status: 403, Times: 1}) }, most: 4},
		"it is closed":     {meddle: func(_ *bench, r *Remote) { _ = r.Close() }, most: 4},
		"other bytes come": {meddle: func(_ *bench, r *Remote) { _, _ = r.file.WriteAt(make([]byte, 100), r.size-2000) }, most: 4},
		"the ETag changes": {meddle: func(_ *bench, r *Remote) { r.etag = "another" }, most: 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			d := b.distribution(bigName)
			if test.arrange != nil {
				test.arrange(b)
			}
			r := b.client.Remote(d)
			defer r.Close()
			var wait sync.WaitGroup
			wait.Go(func() {
				if r.Open(t.Context()) != nil {
					return
				}
				if test.meddle != nil {
					test.meddle(b, r)
				}
				_ = r.Fetch(t.Context(), 0, half)
				_ = r.Fetch(t.Context(), half, d.File.Size)
			})
			b.fetched(bigName, d)
			wait.Wait()
			if n := b.index.Count("/files/"); n > int(test.most) {
				t.Errorf("%d requests", n)
			}
			if r.Close(); r.file != nil {
				if _, err := os.Stat(r.file.Name()); err == nil {
					t.Error("the temporary file is left")
				}
			}
		})
	}
}

// TestRemoteStops: Fetch does not wait for ranges that no longer come.
func TestRemoteStops(t *testing.T) {
	b := newBench(t)
	r := b.client.Remote(b.distribution(bigName))
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.client.Fetch(ctx, []resolve.Distribution{b.distribution(bigName)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestRemoteWithoutAnother: if another wheel does not exist, Fetch says so instead of waiting
// for ranges that whoever needs all wheels does not ask for.
func TestRemoteWithoutAnother(t *testing.T) {
	b := newBench(t)
	r := b.client.Remote(b.distribution(bigName))
	defer r.Close()
	b.index.Fail("/files/demo", testindex.Fault{Status: 404})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := b.client.Fetch(ctx, []resolve.Distribution{b.distribution(bigName), b.distribution(demoName)})
	if fault.KindOf(err) != fault.Index || ctx.Err() != nil {
		t.Errorf("got %v", err)
	}
	if _, ok := b.cache.Wheel(b.distribution(bigName).Hash); !ok {
		t.Error("the other wheel is not there")
	}
}

// TestCached: who waits for all wheels learns of those that another process fetched.
func TestCached(t *testing.T) {
	b := newBench(t)
	var cached []string
	b.client.Cached = func(d resolve.Distribution) { cached = append(cached, d.Name) }
	if b.fetched(demoName); len(cached) != 0 {
		t.Errorf("at first: %q", cached)
	}
	if b.fetched(demoName); len(cached) != 1 {
		t.Errorf("then: %q", cached)
	}
}

// TestNoRemote: what need not, or cannot, be downloaded in ranges is not.
func TestNoRemote(t *testing.T) {
	b := newBench(t)
	d := b.distribution(bigName)
	b.index.Fail("/files/big", testindex.Fault{Truncate: 100 << 10})
	b.limit(limits{dial: time.Minute, response: time.Minute, idle: time.Minute, window: time.Minute, whole: time.Hour, tries: 1})
	if _, err := b.client.Fetch(t.Context(), []resolve.Distribution{d}); err == nil || b.client.Remote(d) != nil {
		t.Errorf("got %v, and ranges of a wheel of which a part is there", err)
	}
	b.index.Heal()
	if b.fetched(bigName); b.client.Remote(d) != nil {
		t.Error("a cached wheel is downloaded again")
	}
	d.Hash, d.File.URL = "sha256:"+d.Hash[7:14], "file:///wheels/"+bigName
	if b.client.Remote(d) != nil {
		t.Error("a file is downloaded")
	}
	b.use(Settings{Offline: true})
	d.File.URL = b.index.FileURL(bigName)
	if b.client.Remote(d) != nil {
		t.Error("there is a request without a network")
	}
	if slices.ContainsFunc(b.events, func(e event.Event) bool { return e.Kind == event.Warn }) {
		t.Errorf("said %v", b.events)
	}
}

func scan(text, format string, into ...any) bool {
	n, err := fmt.Sscanf(text, format, into...)
	return err == nil && n == len(into)
}
