package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Match reads the file f of p, which has no hash in the index that can be compared with
// p's, and returns its hashes by the algorithms of p's hashes. It implements
// resolve.Matcher. If a wheel has one of p's hashes, Match keeps the wheel and the answer
// in the cache, so that the next run sends no requests.
func (c *Client) Match(ctx context.Context, p lock.Package, f lock.File) ([]digest.Digest, error) {
	s := &search{name: pep503.Normalize(p.Name), version: p.Version, local: p.Local != lock.NoLocal, hashes: p.Hashes, one: true, file: f.Name, index: c.named(p.Source)}
	if known := c.recallMatch(s, ""); known != nil {
		return known, nil
	}
	places := []lock.File{f}
	if f.URL == "" { // remembered without a URL
		if err := c.search(ctx, s, true); err != nil {
			return nil, err
		}
		places = s.found
	}
	var hashes []digest.Digest
	for _, place := range places {
		if hashes = place.Hashes; !slices.ContainsFunc(hashes, s.asksFor) {
			var err error
			if hashes, err = c.matchAt(ctx, s, place.URL); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(hashes, s.asksFor) {
			break
		}
	}
	return hashes, nil
}

// matchAt returns the hashes of the file at the URL raw.
func (c *Client) matchAt(ctx context.Context, s *search, raw string) ([]digest.Digest, error) {
	if known := c.recallMatch(s, secret.Key(raw)); known != nil {
		return known, nil
	}
	u, err := c.learn(raw)
	if err != nil {
		return nil, err
	}
	temp, err := outfile.CreateScratch()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Message: "cannot create a temporary file", Err: err}
	}
	defer temp.Discard()
	c.debug(fmt.Sprintf("%s has no hash for %s that is in the lock file; downloading the file to compare", u.Host, s.file))
	hashes, err := c.read(ctx, s, u, temp.File)
	if err == nil {
		err = c.keepMatch(ctx, s, hashes, temp.File)
	}
	if err != nil {
		return nil, matchFault(ctx, s, err)
	}
	if own := slices.DeleteFunc(slices.Clone(hashes), func(h digest.Digest) bool { return !s.asksFor(h) }); len(own) > 0 {
		c.rememberMatch(s, "", own)
		return own, nil
	}
	c.rememberMatch(s, secret.Key(raw), hashes)
	return hashes, nil
}

func matchFault(ctx context.Context, s *search, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return downloadFault("cannot compare "+s.file+" with the lock file", s.file, s.file, "", err)
}

// read copies the file at u to temp and hashes it.
func (c *Client) read(ctx context.Context, s *search, u *url.URL, temp *os.File) ([]digest.Digest, error) {
	limit := int64(bound.Wheel)
	if !strings.HasSuffix(s.file, ".whl") {
		limit = bound.Sdist
	}
	c.events.Emit(event.Event{Kind: event.Begin, Op: "download", Subject: s.file})
	var err error
	switch {
	case isHTTP(u):
		err = c.save(ctx, u, temp, sizeLimit{max: limit}, s.file)
	case u.Scheme == "file":
		err = c.copySource(ctx, u, temp, sizeLimit{max: limit})
	default:
		err = fmt.Errorf("URLs of the scheme %q are not supported", u.Scheme)
	}
	if err != nil {
		return nil, err
	}
	var hashes []digest.Digest
	for _, algorithm := range s.algorithms() {
		if digest.Digest(algorithm+":").New() == nil {
			continue // another algorithm in the lock, which is not supported
		}
		d, err := sum(temp, algorithm)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, d)
	}
	size, err := temp.Seek(0, io.SeekEnd)
	c.events.Emit(event.Event{Kind: event.End, Op: "download", Subject: s.file, Done: size, Total: size})
	return hashes, errors.Join(err, rewind(temp))
}

// keepMatch puts a wheel that the lock permits into the cache, under each of its hashes
// that are in the lock.
func (c *Client) keepMatch(ctx context.Context, s *search, hashes []digest.Digest, temp *os.File) error {
	if !strings.HasSuffix(s.file, ".whl") {
		return nil
	}
	for _, d := range hashes {
		if !s.asksFor(d) {
			continue
		}
		t := &transfer{client: c, name: s.file, hash: d, locked: true}
		if _, err := c.cache.AddWheel(ctx, d, temp, t.verify); err != nil {
			return err
		}
		if err := rewind(temp); err != nil {
			return err
		}
	}
	return nil
}

// matched is what is remembered about a file that was read.
type matched struct {
	Hashes []digest.Digest `json:"hashes"`
	Time   time.Time       `json:"time"`
}

// matchKey returns a key for the file that a search is about. place is "" for a file that
// has one of the hashes, wherever it is.
func matchKey(s *search, place string) string {
	hashes := slices.Clone(s.hashes)
	slices.Sort(hashes)
	parts := []string{"match", s.name, s.version, s.file, place}
	for _, h := range slices.Compact(hashes) {
		parts = append(parts, string(h))
	}
	return strings.Join(parts, "\n")
}

// recallMatch returns the hashes that were computed earlier. If the file had one of the
// wanted hashes, that remains true. If the file at place had none, that may change.
func (c *Client) recallMatch(s *search, place string) []digest.Digest {
	var m matched
	if !c.cache.Fact(matchKey(s, place), &m) {
		return nil
	}
	if age := time.Since(m.Time); place != "" && (age < 0 || age > partialAnswer) {
		return nil
	}
	return m.Hashes
}

func (c *Client) rememberMatch(s *search, place string, hashes []digest.Digest) {
	if err := c.cache.PutFact(matchKey(s, place), matched{Hashes: hashes, Time: time.Now()}); err != nil {
		c.warnOnce("facts", fmt.Sprintf("cannot cache the index's response: %v", err))
	}
}
