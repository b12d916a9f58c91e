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

// transfer is one file on its way into the cache.
type transfer struct {
	client *Client
	in     *cache.Ingest
	url    *url.URL
	name   string // of the file, for events
	size   int64  // bytes, 0 if not known
	limit  sizeLimit
	hash   digest.Digest // that the file has
	begun  bool          // the Begin event was sent
	told   int64         // bytes that the last Progress event reported
	toldAt time.Time     // when that was
	locked bool          // the lock states its hash

	arriving Arriving // nil while nothing arrives
	remote   *Remote  // nil unless the file arrives in ranges
}

// copyFile takes the file from a file: URL.
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

// download takes the file from a server. What an earlier try left is kept, and
// only the rest is asked for.
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
			return &transient{err: commitErr} // perhaps the earlier part was another file's
		}
		return commitErr
	})
	if commitErr != nil && ctx.Err() == nil {
		return "", commitErr // not the server's fault
	}
	return path, requestFault(t.url, err)
}

// take copies what arrives in ranges, from the beginning on, into the cache, and reports
// whether that is all of the file. If not, the rest has to be requested.
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

// request asks for what is missing and writes it into the cache.
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
	// Without this, net/http would unzip on the way and servers send no length.
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

// examine has what arrives examined, beginning with what is there.
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

// align makes sure that the body goes on where the cache's part ends (RFC 9110,
// 14.2 and 15.3.7): after a 200 it is the whole file.
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
		etag = "" // a weak one does not promise equal bytes
	}
	return t.in.SetValidator(etag)
}

// write appends r to the cache's part. readError translates an error of r.
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

// commit checks the file and gives it its place.
func (t *transfer) commit() (string, error) {
	path, err := t.in.Commit(t.verify)
	if err == nil {
		t.emit(event.End)
	}
	return path, err
}

// verify is Client.Verify with what the lock's word for the file excuses.
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

// progressPause is the least time between two Progress events.
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
