package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
)

// transfer is the transfer of one file into the cache.
type transfer struct {
	client *Client
	in     *cache.Ingest
	url    *url.URL
	name   string // name of the file, for events
	size   int64  // in bytes, 0 if unknown
	limit  sizeLimit
	hash   digest.Digest // hash of the file
	begun  bool          // whether the Begin event was sent
	told   int64         // number of bytes in the last Progress event
	toldAt time.Time     // time of that event
	locked bool          // whether the lock contains the hash

	arriving Arriving // nil unless bytes are arriving
	remote   *Remote  // nil unless the file is downloaded in ranges
}

// copyFile copies the file at a file URL.
func (t *transfer) copyFile(ctx context.Context) (string, error) {
	path, err := filePath(runtime.GOOS, t.url)
	if err != nil {
		return "", err
	}
	f, info, err := bound.Open(path)
	if err != nil {
		return "", &fault.Error{Kind: fault.Index, Message: "cannot read " + path + ", which the lock file or --find-links refers to", Subject: path, Err: err,
			Hints: []string{"restore the file, or update the lock file"}}
	}
	defer f.Close()
	t.size = info.Size()
	if err := t.limit.check(t.size); err != nil {
		return "", err
	}
	if err := t.in.Restart(); err != nil {
		return "", err
	}
	t.emit(event.Begin)
	if err := t.write(bound.WithContext(ctx, f), func(err error) error { return err }); err != nil {
		return "", err
	}
	return t.commit()
}

// download downloads the file from a server. It keeps what an earlier attempt has
// downloaded, and requests only the rest.
func (t *transfer) download(ctx context.Context) (string, error) {
	var path string
	var commitErr error
	err := t.client.retry(ctx, t.name, func() error {
		commitErr = nil
		resumed := t.in.Size() > 0 || t.remote != nil
		if complete, err := t.take(ctx); err != nil {
			return err
		} else if !complete {
			if err := t.request(ctx); err != nil {
				return err
			}
		}
		path, commitErr = t.commit()
		t.stopExamining()
		if m := (*cache.Mismatch)(nil); resumed && errors.As(commitErr, &m) {
			return &transient{err: commitErr} // the earlier part may be from a different file
		}
		return commitErr
	})
	if commitErr != nil && ctx.Err() == nil {
		return "", commitErr // not the server's fault
	}
	return path, requestFault(t.url, err)
}

// take copies the bytes that arrive in ranges to the cache, from the beginning, and reports
// whether they are the whole file. If not, the rest must be requested.
func (t *transfer) take(ctx context.Context) (complete bool, err error) {
	r := t.remote
	if t.remote = nil; r == nil {
		return false, nil
	}
	defer context.AfterFunc(ctx, func() { r.fail(ctx.Err()) })()
	for {
		to, err := r.await(t.in.Size())
		if err != nil {
			t.stopExamining()
			return false, ctx.Err()
		}
		if !t.begun {
			t.begun, t.size = true, r.Size()
			t.emit(event.Begin)
			if err := t.in.SetValidator(r.validator()); err != nil {
				return false, err
			}
			t.examine()
		}
		var unreadable error
		err = t.write(io.NewSectionReader(r, t.in.Size(), to-t.in.Size()), func(err error) error { unreadable = err; return err })
		switch {
		case unreadable != nil:
			t.stopExamining()
			return false, ctx.Err()
		case err != nil:
			t.stopExamining()
			return false, err
		case t.in.Size() == t.size:
			return true, nil
		}
	}
}

// request requests the missing bytes and writes them to the cache.
func (t *transfer) request(ctx context.Context) error {
	release, err := t.client.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	if !t.begun {
		t.begun = true
		t.emit(event.Begin)
	}
	// Otherwise, net/http would decompress the body, and servers would not send its length.
	header := http.Header{"Accept-Encoding": {"identity"}}
	if t.in.Size() > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", t.in.Size()))
		if v := t.in.Validator(); v != "" {
			header.Set("If-Range", v)
		}
	}
	resp, err := t.client.get(ctx, t.url, header)
	if err != nil {
		return classify(err)
	}
	defer resp.Body.Close()
	if err := t.align(resp); err != nil {
		return err
	}
	if resp.ContentLength >= 0 {
		t.size = t.in.Size() + resp.ContentLength
		if err := t.limit.check(t.size); err != nil {
			return errors.Join(err, t.in.Restart())
		}
	}
	t.examine()
	if err := t.write(resp.Body, classify); err != nil {
		t.stopExamining()
		return err
	}
	if t.in.Size() < t.size {
		t.stopExamining()
		return &transient{err: fmt.Errorf("%w after %d of %d bytes", io.ErrUnexpectedEOF, t.in.Size(), t.size)}
	}
	return nil
}

// examine starts to examine the bytes that arrive, including those that have already
// arrived.
func (t *transfer) examine() {
	if t.client.Arriving != nil {
		t.arriving = t.client.Arriving(t.hash, t.name, t.in)
		t.arriving.Grow(t.in.Size())
	}
}

func (t *transfer) stopExamining() {
	if t.arriving != nil {
		t.arriving.Close()
		t.arriving = nil
	}
}

// align ensures that the body continues where the part in the cache ends (RFC 9110, 14.2
// and 15.3.7). If the status is 200, the body is the whole file, and the part in the cache
// is discarded.
func (t *transfer) align(resp *http.Response) error {
	have := t.in.Size()
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0 {
		return errors.Join(t.in.Restart(), &transient{err: &statusError{code: resp.StatusCode}})
	}
	if err := checkStatus(resp); err != nil {
		return err
	}
	if resp.StatusCode == http.StatusPartialContent {
		if have == 0 || !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
			return errors.Join(t.in.Restart(), &transient{err: errors.New("the server sent a different range than requested")})
		}
		return nil
	}
	if have > 0 {
		if err := t.in.Restart(); err != nil {
			return err
		}
	}
	etag := resp.Header.Get("ETag")
	if strings.HasPrefix(etag, "W/") {
		etag = "" // equal weak ETags do not guarantee equal bytes
	}
	return t.in.SetValidator(etag)
}

// write appends r to the part in the cache. readError converts an error from r.
func (t *transfer) write(r io.Reader, readError func(error) error) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := t.limit.check(t.in.Size() + int64(n)); err != nil {
				return errors.Join(err, t.in.Restart())
			}
			if _, err := t.in.Write(buf[:n]); err != nil {
				return err
			}
			if t.arriving != nil {
				t.arriving.Grow(t.in.Size())
			}
			t.progress()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return readError(err)
		}
	}
}

// commit verifies the file and moves it to its place in the cache.
func (t *transfer) commit() (string, error) {
	path, err := t.in.Commit(t.verify)
	if err == nil {
		t.emit(event.End)
	}
	return path, err
}

// verify is like Client.Verify, but only warns about errors that Excuses accepts if the
// lock contains the hash.
func (t *transfer) verify(r io.ReaderAt, size int64) error {
	var err error
	if t.arriving != nil {
		err = t.arriving.Verify(size)
	} else {
		err = t.client.Verify(t.hash, t.name, r, size)
	}
	if err == nil || !t.locked || t.client.Excuses == nil || !t.client.Excuses(err) {
		return err
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Err != nil {
		err = e.Err
	}
	t.client.events.Emit(event.Event{Kind: event.Warn, Op: "download", Subject: t.name,
		Message: fmt.Sprintf("using %s despite a problem because it has the locked hash: %v", t.name, err)})
	return nil
}

// progressPause is the minimum time between two Progress events.
const progressPause = 50 * time.Millisecond

func (t *transfer) progress() {
	if now := time.Now(); now.Sub(t.toldAt) >= progressPause || t.in.Size() < t.told {
		t.told, t.toldAt = t.in.Size(), now
		t.emit(event.Progress)
	}
}

func (t *transfer) emit(kind event.Kind) {
	t.client.events.Emit(event.Event{Kind: kind, Op: "download", Subject: t.name, Done: t.in.Size(), Total: t.size})
}
