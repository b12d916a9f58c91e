package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/span"
	"github.com/lamella-build/lamella/resolve"
)

// Remote is a wheel that is downloaded in ranges, in an order that the caller chooses. The
// ranges are collected in a temporary file. [Client.Fetch] takes them from there and
// verifies them like any other download. If anything goes wrong, Fetch downloads the rest.
//
// It is safe for concurrent use.
type Remote struct {
	client *Client
	d      resolve.Distribution

	mu      sync.Mutex
	changed sync.Cond
	url     *url.URL
	etag    string
	size    int64         // bytes; 0 until Open has received the end
	file    *outfile.Temp // nil until Open is called
	there   span.Set
	reads   int // number of requests that ReadAt may still make
	ctx     context.Context
	arrived func(from, to int64)
	failed  error
	closed  bool
}

const (
	mostReads    = 16       // maximum number of requests by ReadAt
	leastRead    = 64 << 10 // minimum size of such a request in bytes
	leastTail    = 64 << 10 // Open reads this many bytes, plus
	tailFraction = 64       // this fraction of the wheel, up to mostTail
	mostTail     = 512 << 10
)

var (
	errNoRanges   = errors.New("the server does not send ranges")
	errNotArrived = errors.New("these bytes have not arrived")
	errIncomplete = errors.New("another wheel cannot be downloaded")
	errClosed     = errors.New("the download in ranges was ended")
)

// Remote announces that the wheel of d will be downloaded in ranges. It returns nil if that
// is impossible or not necessary. From then on, Fetch waits for the bytes that arrive, so
// the caller must call Open next, and finally Close.
func (c *Client) Remote(d resolve.Distribution) *Remote {
	_, cached := c.cache.Wheel(d.Hash)
	if cached || d.FromSource || strings.HasPrefix(d.File.URL, "file:") || c.settings.Offline || c.Shared != nil || c.cache.Begun(d.Hash) {
		return nil
	}
	r := &Remote{client: c, d: d, reads: mostReads}
	r.changed.L = &r.mu
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.remotes == nil {
		c.remotes = map[digest.Digest]*Remote{}
	}
	c.remotes[d.Hash] = r
	return r
}

// remote returns the announced download of a wheel, or nil if there is none.
func (c *Client) remote(d digest.Digest) *Remote {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remotes[d]
}

// endRanges makes Fetch download the rest of all wheels.
func (c *Client) endRanges(err error) {
	c.mu.Lock()
	remotes := slices.Collect(maps.Values(c.remotes))
	c.mu.Unlock()
	for _, r := range remotes {
		r.fail(err)
	}
}

// Open downloads the end of the wheel, which contains its list of files. It also uses ctx
// for the requests that ReadAt makes. It returns an error if the server does not support
// ranges.
func (r *Remote) Open(ctx context.Context) error {
	err := r.open(ctx)
	if err != nil {
		r.fail(err)
	}
	return err
}

func (r *Remote) open(ctx context.Context) error {
	u, err := r.client.whereIs(ctx, r.d, wanted(r.d))
	if err != nil {
		return err
	}
	if !isHTTP(u) {
		return errNoRanges
	}
	file, err := r.client.cache.Scratch()
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.url, r.file, r.ctx = u, file, ctx
	r.mu.Unlock()
	tail := min(leastTail+r.d.File.Size/tailFraction, mostTail)
	err = r.client.retry(ctx, r.d.File.Name, func() error {
		if r.Size() > 0 {
			return nil
		}
		return r.get(ctx, fmt.Sprintf("bytes=-%d", tail), span.Span{From: -tail})
	})
	if err != nil {
		return err
	}
	return r.Fetch(ctx, max(r.Size()-tail, 0), r.Size()) // the response may have been shorter
}

// Size returns the size of the wheel in bytes, once Open has succeeded.
func (r *Remote) Size() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size
}

// validator returns the ETag of the wheel, or "" if equal ETags do not guarantee equal
// bytes.
func (r *Remote) validator() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(r.etag, "W/") {
		return ""
	}
	return r.etag
}

// Notify calls arrived with the ranges that have already arrived, and then with each range
// that arrives. From then on, ReadAt makes no requests.
func (r *Remote) Notify(arrived func(from, to int64)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrived, r.reads = arrived, 0
	for _, s := range r.there.Spans() {
		arrived(s.From, s.To)
	}
}

// ReadAt implements io.ReaderAt. Until Notify is called, it downloads missing bytes, with a
// limited number of requests.
func (r *Remote) ReadAt(b []byte, off int64) (int, error) {
	r.mu.Lock()
	size, failed, ctx := r.size, r.failed, r.ctx
	missing := r.there.Missing(span.Span{From: off, To: min(off+int64(len(b)), size)})
	reads := failed == nil && len(missing) > 0 && r.reads > 0
	if reads {
		r.reads--
	}
	r.mu.Unlock()
	switch {
	case failed != nil:
		return 0, failed
	case off >= size:
		return 0, io.EOF
	case reads:
		from := missing[0].From
		to := min(max(missing[len(missing)-1].To, from+leastRead), size)
		if err := r.Fetch(ctx, from, to); err != nil {
			return 0, err
		}
	case len(missing) > 0:
		return 0, errNotArrived
	}
	return r.file.ReadAt(b, off)
}

// Fetch downloads the bytes [from, to) except those that have already arrived. An error is
// final: [Client.Fetch] downloads the rest.
func (r *Remote) Fetch(ctx context.Context, from, to int64) error {
	err := r.client.retry(ctx, r.d.File.Name, func() error {
		r.mu.Lock()
		missing, failed := r.there.Missing(span.Span{From: from, To: to}), r.failed
		r.mu.Unlock()
		for _, s := range missing {
			if failed != nil {
				return failed
			}
			if err := r.get(ctx, fmt.Sprintf("bytes=%d-%d", s.From, s.To-1), s); err != nil {
				return err
			}
		}
		return failed
	})
	if err != nil {
		r.fail(err)
	}
	return err
}

// get sends one request for a range. If want.From is negative, it counts from the end.
func (r *Remote) get(ctx context.Context, header string, want span.Span) error {
	release, err := r.client.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	resp, err := r.client.get(ctx, r.url, http.Header{"Accept-Encoding": {"identity"}, "Range": {header}})
	if err != nil {
		return classify(err)
	}
	defer resp.Body.Close()
	if err := checkStatus(resp); err != nil {
		return err
	}
	if want, err = r.check(resp, want); err != nil {
		return err
	}
	return r.receive(resp.Body, want)
}

// check returns an error if the response is not the requested range, or is from a different
// file.
func (r *Remote) check(resp *http.Response, want span.Span) (span.Span, error) {
	var got span.Span
	var size int64
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &got.From, &got.To, &size)
	got.To++
	if resp.StatusCode != http.StatusPartialContent || err != nil || got.From < 0 || got.To <= got.From || got.To > size {
		return got, errNoRanges
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	etag := resp.Header.Get("ETag")
	if r.size == 0 {
		if want.From < 0 {
			want = span.Span{From: max(size+want.From, 0), To: size}
		}
		if err := limitOf(r.d, bound.Wheel).check(size); err != nil {
			return got, err
		}
		r.size, r.etag = size, etag
	}
	if got != want || size != r.size || etag != r.etag {
		return got, errors.New("the server sent a different range than requested, or one of a different file")
	}
	return got, nil
}

// receive stores the bytes of a range as they arrive.
func (r *Remote) receive(body io.Reader, want span.Span) error {
	buf := make([]byte, 64<<10)
	for at := want.From; at < want.To; {
		n, err := body.Read(buf[:min(int64(len(buf)), want.To-at)])
		if n > 0 {
			if _, err := r.file.WriteAt(buf[:n], at); err != nil {
				return err
			}
			r.add(span.Span{From: at, To: at + int64(n)})
			at += int64(n)
		}
		if err == io.EOF && at < want.To {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && at < want.To {
			return classify(err)
		}
	}
	return nil
}

// add records that bytes have arrived. Two concurrent requests may be for the same bytes,
// but arrived is called only once for each byte.
func (r *Remote) add(s span.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, added := range r.there.Add(s) {
		if r.arrived != nil {
			r.arrived(added.From, added.To)
		}
	}
	r.changed.Broadcast()
}

// await waits until the byte at off has arrived, and returns the end of the contiguous
// bytes that have arrived.
func (r *Remote) await(off int64) (to int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if to := r.there.End(off); to > off {
			return to, nil
		}
		if r.failed != nil {
			return 0, r.failed
		}
		r.changed.Wait()
	}
}

func (r *Remote) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
		r.client.events.Emit(event.Event{Kind: event.Debug, Op: "download", Subject: r.d.File.Name,
			Message: "no longer downloading ranges of " + secret.Text(r.d.File.Name+": "+err.Error())})
	}
	r.changed.Broadcast()
}

// Close deletes the temporary file. Fetch downloads the bytes that it has not taken yet.
func (r *Remote) Close() error {
	r.mu.Lock()
	file := r.file
	if r.closed {
		file = nil
	}
	r.closed = true
	if r.failed == nil {
		r.failed = errClosed
	}
	r.changed.Broadcast()
	r.mu.Unlock()
	if file != nil {
		file.Discard()
	}
	return nil
}
