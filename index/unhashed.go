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

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
)

// Hash reads the file f of p, for which nobody states a hash, and returns its
// sha256. What comes over the network stays in the cache. It implements
// resolve.Hasher.
func (c *Client) Hash(ctx context.Context, p lock.Package, f lock.File) (digest.Digest, error) {
	d, err := c.hash(ctx, f)
	if err == nil || ctx.Err() != nil {
		return d, err
	}
	e := &fault.Error{Kind: fault.KindOf(err), Op: "hash", Subject: f.Name, Err: err}
	if e.Kind == fault.Other {
		e.Kind = fault.Index
	}
	return "", e
}

func (c *Client) hash(ctx context.Context, f lock.File) (digest.Digest, error) {
	if f.URL == "" {
		return "", &fault.Error{Kind: fault.Lock, Op: "find", Subject: f.Name, Err: errors.New("the lock file states neither its hash nor where it is"),
			Hints: []string{"make the lock file anew"}}
	}
	u, err := c.learn(f.URL)
	switch {
	case err != nil:
		return "", err
	case isHTTP(u):
		return c.hashRemote(ctx, u)
	case u.Scheme != "file":
		return "", fmt.Errorf("URLs of the scheme %q are not supported", u.Scheme)
	}
	path, err := filePath(runtime.GOOS, u)
	if err != nil {
		return "", err
	}
	file, err := hashFile(ctx, path, []string{"sha256"})
	if err != nil {
		return "", err
	}
	return file.Hashes[0], nil
}

// hashRemote puts a wheel into the cache whose name there is known only when all
// of it has come.
func (c *Client) hashRemote(ctx context.Context, u *url.URL) (d digest.Digest, err error) {
	temp, err := os.CreateTemp("", "lamella-*.whl")
	if err != nil {
		return "", &fault.Error{Kind: fault.Machine, Op: "create", Subject: "a temporary file", Err: err}
	}
	defer func() { err = errors.Join(err, temp.Close(), os.Remove(temp.Name())) }()
	sum := digest.Digest("sha256:").New()
	err = c.retry(ctx, Redact(u.String()), func() error {
		sum.Reset()
		if err := errors.Join(temp.Truncate(0), rewind(temp)); err != nil {
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
		if _, err := io.Copy(io.MultiWriter(temp, sum), resp.Body); err != nil {
			return classify(err)
		}
		return nil
	})
	if err != nil {
		return "", requestFault(u, err)
	}
	if err := rewind(temp); err != nil {
		return "", err
	}
	d = digest.Of("sha256", sum.Sum(nil))
	_, err = c.cache.AddWheel(ctx, d, temp, c.Verify)
	return d, err
}

func rewind(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}
