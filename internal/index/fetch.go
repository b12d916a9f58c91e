package index

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/resolve"
)

// Fetch puts the wheel of every distribution into the cache, largest first, and returns
// their paths in the order of ds. It does not verify wheels in the cache again. The first
// error stops the other downloads; the next call resumes them. Missing files do not stop
// the others, so that one error can list all of them.
func (c *Client) Fetch(ctx context.Context, ds []resolve.Distribution) ([]string, error) {
	if c.Verify == nil {
		return nil, errors.New("index: Client.Verify is not set")
	}
	f := c.takeAhead(nil)
	if f == nil {
		f = c.newFetching(ctx)
	}
	defer f.end(errUnwanted) // none of ds, of which nothing is left to end
	defer context.AfterFunc(ctx, func() { f.fail(ctx.Err()) })()
	paths, absent, lacking := make([]string, len(ds)), make([]error, len(ds)), make([]string, len(ds))
	var asked []resolve.Distribution
	for i, d := range ds {
		if path, ok := c.cache.Wheel(d.Hash); ok && f.job(d.Hash) == nil {
			paths[i] = path
			c.noteCached(d)
		} else {
			asked = append(asked, d)
		}
	}
	f.add(asked...)
	f.workers.Go(f.catchUp)
	var group sync.WaitGroup
	for i, d := range ds {
		if paths[i] != "" {
			continue
		}
		group.Go(func() {
			switch path, err := f.wait(d); {
			case err == nil:
				paths[i] = path
			case errors.Is(err, resolve.ErrOffline):
				lacking[i] = d.String()
			case isMissing(err):
				absent[i] = err
			}
		})
	}
	group.Wait()
	if err := f.failure(); err != nil {
		return nil, err
	}
	if lacking = slices.DeleteFunc(lacking, func(name string) bool { return name == "" }); len(lacking) > 0 {
		return nil, resolve.Offline(lacking)
	}
	if err := missing(absent); err != nil {
		return nil, err
	}
	return paths, c.confirm(ds, paths)
}

func (c *Client) noteCached(d resolve.Distribution) {
	if c.Cached != nil {
		c.Cached(d)
	}
}

// missing combines the errors in absent that are not nil into one error.
func missing(absent []error) error {
	absent = slices.DeleteFunc(absent, func(err error) bool { return err == nil })
	switch len(absent) {
	case 0:
		return nil
	case 1:
		return absent[0]
	}
	slices.SortFunc(absent, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	e := &fault.Error{Kind: fault.Index, Message: fmt.Sprintf("%d files do not exist at the URLs in the lock file or the index", len(absent))}
	for _, err := range absent {
		e.Details = append(e.Details, err.Error())
		for _, hint := range fault.Hints(err) {
			if !slices.Contains(e.Hints, hint) {
				e.Hints = append(e.Hints, hint)
			}
		}
	}
	return e
}

// fetch downloads one wheel, unless another goroutine or process has done so in the
// meantime.
func (c *Client) fetch(ctx context.Context, d resolve.Distribution) (path string, err error) {
	want := wanted(d)
	in, err := c.cache.Begin(ctx, want...)
	if err != nil {
		return "", err
	}
	begun := in.Size() > 0
	defer func() {
		if _, done := in.Done(); !done && !begun && context.Cause(ctx) == errUnwanted { //nolint:errorlint // as it was given
			err = errors.Join(err, in.Restart())
		}
		if closeErr := in.Close(); err == nil {
			err = closeErr
		}
	}()
	if path, ok := in.Done(); ok {
		return path, nil
	}
	if path, ok, err := c.fetchShared(ctx, d, in); ok || err != nil {
		return path, err
	}
	u, err := c.whereIs(ctx, d, want)
	if err != nil {
		return "", err
	}
	t := &transfer{client: c, limit: limitOf(d, bound.Wheel), in: in, url: u, name: d.File.Name, size: d.File.Size, hash: d.Hash, locked: !d.Unhashed, remote: c.remote(d.Hash)}
	switch {
	case u.Scheme == "file":
		path, err = t.copyFile(ctx)
	case isHTTP(u):
		if path, err = t.download(ctx); err == nil {
			c.Shared.PutFile(shared.WheelKey(d.Hash), path)
		}
	default:
		err = fmt.Errorf("URLs of the scheme %q are not supported", u.Scheme)
	}
	return path, c.fetchFault(d, u, err)
}

// wanted returns all hashes that d's wheel must have. The first one is its name in the
// cache.
func wanted(d resolve.Distribution) []digest.Digest {
	want := []digest.Digest{d.Hash}
	for _, h := range d.File.Hashes {
		if h != d.Hash {
			want = append(want, h)
		}
	}
	return want
}

// whereIs returns the URL to fetch d from: the URL in the lock, unless there is none or the
// user chose another index.
func (c *Client) whereIs(ctx context.Context, d resolve.Distribution, want []digest.Digest) (*url.URL, error) {
	stated, err := c.learn(d.File.URL)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lock, Subject: d.Name, Message: fmt.Sprintf("the lock file has an invalid URL for %s: %s", d.Name, secret.Redact(d.File.URL)), Sentinel: err,
			Hints: []string{"update the lock file"}}
	}
	overridden := isHTTP(stated) && (c.settings.Offline || c.settings.Override && c.settings.URL != "") && !c.isListed(d.File.URL)
	if d.File.URL != "" && !overridden {
		return stated, nil
	}
	s := &search{name: pep503.Normalize(d.Name), version: d.Version, hashes: want, one: true, file: d.File.Name, index: c.named(d.Source)}
	err = c.search(ctx, s, true)
	if overridden && errors.Is(err, errNotFound) {
		// For example "pkg @ https://…", which is not on any index.
		c.events.Emit(event.Event{Kind: event.Note, Op: "download", Subject: d.File.Name,
			Message: fmt.Sprintf("%s is not in the index you chose; downloading it from the lock file's URL, %s", d.File.Name, secret.Redact(stated.String()))})
		return stated, nil
	}
	if err != nil {
		return nil, err
	}
	return c.learn(s.found[0].URL)
}

// Locate returns the URL that Fetch would fetch d from, without user, password, and query
// (which may be a signature). It asks an index if the lock does not contain the URL.
func (c *Client) Locate(ctx context.Context, d resolve.Distribution) (string, error) {
	u, err := c.whereIs(ctx, d, wanted(d))
	if err != nil {
		return "", err
	}
	bare := *u
	bare.User, bare.RawQuery, bare.Fragment, bare.RawFragment = nil, "", "", ""
	return bare.String(), nil
}

// fetchFault converts an error from the download of d from u to a fault.Error that names d.
// For a wrong hash, the error explains what that means.
func (c *Client) fetchFault(d resolve.Distribution, u *url.URL, err error) error {
	if err == nil || err == context.Canceled || err == context.DeadlineExceeded { //nolint:errorlint // as in fault
		return err
	}
	name, from := strings.TrimSpace(d.Name+" "+d.Version), secret.Redact(u.String())
	e := downloadFault("cannot download "+name, name, d.File.Name, from, err)
	if m := (*cache.Mismatch)(nil); errors.As(err, &m) {
		e.Message, e.Err, e.Sentinel = fmt.Sprintf("%s from %s has the wrong hash", name, from), nil, m // the details contain the hashes
		e.Details = []string{"the lock file has " + string(m.Want), "the file has     " + string(m.Got)}
		hint := "find out why the file changed, then restore it or update the lock file"
		if u.Scheme != "file" {
			e.Details = append(e.Details, "lamella did not keep the file")
			hint = "ask whoever provides the file why it changed, or download and inspect it yourself, then update the lock file"
		}
		if c.Relock != nil {
			hint += ": " + c.Relock(d.Name)
		}
		e.Hints = []string{hint}
	}
	return e
}

// downloadFault returns a fault.Error with the message and the URL from. It merges the
// fault of the request for that URL, whose message would repeat the URL. It returns a fault
// of the downloaded file itself unchanged.
func downloadFault(message, subject, file, from string, err error) *fault.Error {
	e := &fault.Error{Kind: fault.KindOf(err), Message: message, Subject: subject, Err: err}
	inner, ok := errors.AsType[*fault.Error](err)
	if ok && file != "" && inner.Subject == file {
		return inner
	}
	if ok && from != "" && inner.Subject == from {
		e.Message = message + " from " + from
		e.Err, e.Details, e.Hints = inner.Err, inner.Details, inner.Hints
	}
	if e.Kind == fault.Other {
		e.Kind = fault.Index
	}
	return e
}
