package index

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
)

// answer is what is remembered about a search. It contains no URLs, because they change and
// may contain secrets.
type answer struct {
	Files []rememberedFile `json:"files"`
	Time  time.Time        `json:"time"`
}

type rememberedFile struct {
	Name   string          `json:"name"`
	Hashes []digest.Digest `json:"hashes"`
	Size   int64           `json:"size"`
}

// partialAnswer is how long an answer without a file for some hashes is valid, because the
// index may be a mirror that does not have them yet. Offline, such an answer is always
// valid. A complete answer is always valid, because a file's hash never changes.
const partialAnswer = time.Hour

// recall adds the files of a remembered answer to s and reports whether there was a valid
// one.
func (c *Client) recall(s *search) bool {
	var a answer
	if !c.cache.Fact(c.factKey(s), &a) || len(a.Files) == 0 {
		return false
	}
	for _, f := range a.Files {
		s.found = append(s.found, lock.File{Name: f.Name, Hashes: f.Hashes, Size: f.Size})
	}
	if !s.enough() && !c.isFresh(a.Time) {
		s.found = nil
		return false
	}
	return true
}

// isFresh reports whether a partial answer from that time is still valid.
func (c *Client) isFresh(answered time.Time) bool {
	age := time.Since(answered)
	return age >= 0 && age <= partialAnswer || c.settings.Offline
}

func (c *Client) remember(s *search) {
	if len(s.found) == 0 || s.denied != nil && !s.enough() {
		return
	}
	c.share(s)
	c.keep(s)
}

// rememberSoon is remember, but if wheels are downloaded ahead, it waits until the first of them
// have been requested.
func (c *Client) rememberSoon(s *search) {
	found := *s
	found.found = slices.Clone(s.found)
	if f := c.fetchingAhead(); f == nil || !f.later(func() { c.remember(&found) }) {
		c.remember(s)
	}
}

// keep stores what s has found in the cache.
func (c *Client) keep(s *search) {
	a := answer{Time: s.answered}
	if a.Time.IsZero() {
		a.Time = time.Now()
	}
	for i, f := range s.found {
		if len(f.Hashes) == 0 && slices.ContainsFunc(s.found[:i], func(known lock.File) bool { return known.Name == f.Name }) {
			continue // Match asks for all files with this name
		}
		a.Files = append(a.Files, rememberedFile{Name: f.Name, Hashes: f.Hashes, Size: f.Size})
	}
	if err := c.cache.PutFact(c.factKey(s), a); err != nil {
		c.warnOnce("facts", fmt.Sprintf("cannot cache the index's response: %v", err))
	}
}

// sortedHashes returns the wanted hashes, sorted and without duplicates.
func (s *search) sortedHashes() (sorted []string) {
	for _, h := range s.hashes {
		sorted = append(sorted, string(h))
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// factKey returns a key for a search and the sources that it asks. The default index is
// called "default", so that it need not be known to look up the key in the cache.
func (c *Client) factKey(s *search) string {
	index := c.settings.URL
	switch {
	case c.settings.NoIndex:
		index = "none"
	case index == "":
		index = "default"
	}
	parts := []string{"files", s.name, s.version, secret.Key(index)}
	for _, i := range c.settings.Indexes {
		parts = append(parts, secret.Key(i.URL), fmt.Sprint(i.CodeArtifact))
	}
	for _, u := range slices.Concat(c.settings.ExtraURLs, c.settings.FindLinks) {
		parts = append(parts, secret.Key(u))
	}
	return strings.Join(append(parts, s.sortedHashes()...), "\n")
}
