package index

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
)

// Hash reads the file f of p, which has no known hash, and returns its SHA-256. If it
// downloads a wheel, the wheel stays in the cache. Hash implements resolve.Hasher.
func (c *Client) Hash(ctx context.Context, p lock.Package, f lock.File) (digest.Digest, error) {
	d, err := c.hash(ctx, f)
	if err == nil || ctx.Err() != nil {
		return d, err
	}
	return "", downloadFault("cannot hash "+f.Name, f.Name, f.Name, secret.Redact(f.URL), err)
}

func (c *Client) hash(ctx context.Context, f lock.File) (digest.Digest, error) {
	if f.URL == "" {
		return "", &fault.Error{Kind: fault.Lock, Subject: f.Name, Message: "the lock file has neither a hash nor a URL for " + f.Name,
			Hints: []string{"update the lock file"}}
	}
	u, err := c.learn(f.URL)
	switch {
	case err != nil:
		return "", err
	case isHTTP(u):
		return c.hashRemote(ctx, u, f.Name)
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

// hashRemote hashes the file at u. It puts a wheel into the cache, because its name there
// is now known.
func (c *Client) hashRemote(ctx context.Context, u *url.URL, name string) (d digest.Digest, err error) {
	temp, err := outfile.CreateScratch()
	if err != nil {
		return "", &fault.Error{Kind: fault.Machine, Message: "cannot create a temporary file", Err: err}
	}
	defer temp.Discard()
	c.events.Emit(event.Event{Kind: event.Begin, Op: "download", Subject: name})
	err = c.save(ctx, u, temp.File, sizeLimit{max: bound.Wheel}, name)
	c.events.Emit(event.Event{Kind: event.End, Op: "download", Subject: name})
	if err != nil {
		return "", err
	}
	if d, err = sum(temp.File, "sha256"); err == nil && strings.HasSuffix(name, ".whl") && c.Verify != nil {
		_, err = c.cache.AddWheel(ctx, d, temp, func(r io.ReaderAt, size int64) error { return c.Verify(d, name, r, size) })
	}
	return d, err
}
