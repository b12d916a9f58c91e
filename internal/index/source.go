package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/resolve"
)

// FetchSource writes d's source distribution to file, replacing its content, and verifies
// every hash. It does not put the file into the cache: the cache keeps what is built from
// it.
func (c *Client) FetchSource(ctx context.Context, d resolve.Distribution, file *os.File) error {
	want := wanted(d)
	u, err := c.whereIs(ctx, d, want)
	if err != nil {
		return err
	}
	c.events.Emit(event.Event{Kind: event.Begin, Op: "download", Subject: d.File.Name, Total: d.File.Size})
	switch {
	case u.Scheme == "file":
		err = c.copySource(ctx, u, file, limitOf(d, bound.Sdist))
	case isHTTP(u):
		err = c.save(ctx, u, file, limitOf(d, bound.Sdist), d.File.Name)
	default:
		err = fmt.Errorf("URLs of the scheme %q are not supported", u.Scheme)
	}
	if err == nil {
		err = verify(file, want)
	}
	if err != nil {
		return c.fetchFault(d, u, err)
	}
	c.events.Emit(event.Event{Kind: event.End, Op: "download", Subject: d.File.Name, Done: d.File.Size, Total: d.File.Size})
	return nil
}

func (c *Client) copySource(ctx context.Context, u *url.URL, file *os.File, limit sizeLimit) error {
	path, err := filePath(runtime.GOOS, u)
	if err != nil {
		return err
	}
	source, info, err := bound.Open(path)
	if err != nil {
		return &fault.Error{Kind: fault.Index, Message: "cannot read " + path + ", which the lock file or --find-links refers to", Subject: path, Err: err,
			Hints: []string{"restore the file, or update the lock file"}}
	}
	defer source.Close()
	if err := limit.check(info.Size()); err != nil {
		return err
	}
	_, err = io.Copy(file, bound.WithContext(ctx, source))
	return err
}

// save downloads the file with the given name from u to file, replacing its content.
func (c *Client) save(ctx context.Context, u *url.URL, file *os.File, limit sizeLimit, name string) error {
	return requestFault(u, c.retry(ctx, secret.Redact(u.String()), func() error {
		if err := errors.Join(file.Truncate(0), rewind(file)); err != nil {
			return err
		}
		resp, err := c.get(ctx, u, http.Header{"Accept-Encoding": {"identity"}})
		if err != nil {
			return classify(err)
		}
		defer resp.Body.Close()
		if err := checkStatus(resp); err != nil {
			return err
		}
		if err := limit.check(resp.ContentLength); err != nil {
			return err
		}
		total := max(resp.ContentLength, 0)
		counted := &counter{r: limit.reader(resp.Body), report: func(done int64) {
			c.events.Emit(event.Event{Kind: event.Progress, Op: "download", Subject: name, Done: done, Total: total})
		}}
		if _, err := io.Copy(file, counted); err != nil {
			return classify(err)
		}
		return nil
	}))
}

// counter reports from time to time how many bytes were read from r.
type counter struct {
	r        io.Reader
	report   func(done int64)
	done     int64
	reported time.Time
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	if now := time.Now(); now.Sub(c.reported) >= progressPause {
		c.reported = now
		c.report(c.done)
	}
	return n, err
}

// verify compares the hashes of file with those that it must have.
func verify(file *os.File, want []digest.Digest) error {
	for _, w := range want {
		got, err := sum(file, w.Algorithm())
		if err != nil {
			return err
		}
		if got != w {
			return &cache.Mismatch{Want: w, Got: got}
		}
	}
	return nil
}

// sum hashes file from the start, and then rewinds it.
func sum(file *os.File, algorithm string) (digest.Digest, error) {
	if err := rewind(file); err != nil {
		return "", err
	}
	h := digest.Digest(algorithm + ":").New()
	if h == nil {
		return "", fmt.Errorf("hash algorithm %q is not supported", algorithm)
	}
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return digest.Of(algorithm, h.Sum(nil)), rewind(file)
}

func rewind(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}
