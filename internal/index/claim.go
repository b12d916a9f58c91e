package index

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/resolve"
)

// claim is what the shared cache keeps of a search: the names of the files that have hashes
// from the lock, and nothing about the index. It is trusted once the wheel that was chosen
// by its name turns out to have the tags in that name.
type claim struct {
	Files []claimed `json:"files"`
	Time  time.Time `json:"time"`
}

type claimed struct {
	Name string        `json:"name"`
	Hash digest.Digest `json:"hash"` // the file's first hash that is in the lock
}

// claimKey returns the key of s in the shared cache. It does not depend on the index,
// because which files have the hashes does not either.
func claimKey(s *search) string {
	parts := append([]string{"files 1", s.name, s.version}, s.sortedHashes()...)
	return shared.Files + digest.SHA256([]byte(strings.Join(parts, "\n"))).Hex() + ".json"
}

// share puts an index's answer into the shared cache.
func (c *Client) share(s *search) {
	if c.Shared == nil || s.one || len(s.hashes) == 0 {
		return
	}
	all := claim{Time: time.Now()}
	for _, f := range s.found {
		own := slices.IndexFunc(f.Hashes, s.asksFor)
		if own < 0 {
			return // its name alone does not identify the file
		}
		all.Files = append(all.Files, claimed{f.Name, f.Hashes[own]})
	}
	if data, err := json.Marshal(all); err == nil {
		c.Shared.PutBytes(claimKey(s), data)
	}
}

// recallShared is like recall, but for answers that another machine shared.
func (c *Client) recallShared(ctx context.Context, s *search) bool {
	c.mu.Lock()
	refuted := c.refuted
	c.mu.Unlock()
	if refuted {
		return false
	}
	var all claim
	found, err := c.Shared.Get(ctx, claimKey(s), bound.PageItem, func(r io.Reader, _ int64) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &all); err != nil {
			return shared.Wrong(err)
		}
		return all.check(s)
	})
	if !found || err != nil {
		return false
	}
	for _, f := range all.Files {
		s.found = append(s.found, lock.File{Name: f.Name, Hashes: []digest.Digest{f.Hash}})
	}
	if !s.enough() && !c.isFresh(all.Time) {
		s.found = nil
		c.Shared.Renew(claimKey(s))
		return false
	}
	s.answered = all.Time
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claimed == nil {
		c.claimed = map[string]*search{}
	}
	for _, f := range all.Files {
		c.claimed[f.Name] = s
	}
	return true
}

// check returns an error unless the claim lists different files of s with different hashes.
func (all *claim) check(s *search) error {
	if len(all.Files) == 0 {
		return shared.Wrong(errors.New("it names no file"))
	}
	seen := map[string]bool{}
	for _, f := range all.Files {
		switch {
		case !s.isOurs(f.Name) || seen[f.Name]:
			return shared.Wrong(fmt.Errorf("%q is not a file of %s %s", f.Name, s.name, s.version))
		case !s.asksFor(f.Hash) || seen[string(f.Hash)]:
			return shared.Wrong(fmt.Errorf("%q is not the hash of another file", f.Hash))
		}
		seen[f.Name], seen[string(f.Hash)] = true, true
	}
	return nil
}

// ErrMisnamed means that the shared cache has the wrong name for a file. Resolving again
// asks the index.
var ErrMisnamed = errors.New("the shared cache has a wrong name for a file")

// confirm checks the names that the shared cache claims against the files themselves, and
// remembers the correct ones. The error wraps ErrMisnamed if a name is wrong.
func (c *Client) confirm(ds []resolve.Distribution, paths []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, d := range ds {
		s := c.claimed[d.File.Name]
		if s == nil {
			continue
		}
		if !hasTags(paths[i], d.File.Name) {
			c.refute()
			return fmt.Errorf("%w: %s", ErrMisnamed, d.File.Name)
		}
		for _, f := range s.found {
			delete(c.claimed, f.Name)
		}
		c.keep(s)
	}
	return nil
}

// Refute makes c stop trusting claims of the shared cache, and reports whether there were
// any unconfirmed ones.
func (c *Client) Refute() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refute()
}

// refute is like Refute. The caller must hold c.mu.
func (c *Client) refute() bool {
	keys := map[string]bool{}
	for _, s := range c.claimed {
		keys[claimKey(s)] = true
	}
	for key := range keys {
		c.Shared.Refuse(key, errors.New("a file has another name"))
	}
	c.claimed, c.refuted = nil, true
	return len(keys) > 0
}

// hasTags reports whether the wheel at path has one of the tags in the file name (binary
// distribution format, "File contents").
func hasTags(path, name string) bool {
	parsed, err := pep425.ParseWheelName(name)
	if err != nil {
		return false
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return false
	}
	defer archive.Close()
	for _, f := range archive.File {
		folder, file, _ := strings.Cut(f.Name, "/")
		if file != "WHEEL" || !strings.HasSuffix(folder, ".dist-info") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return false
		}
		defer r.Close()
		lines := bufio.NewScanner(bound.Reader(r, bound.Metadata, "WHEEL"))
		for lines.Scan() {
			tag, ok := strings.CutPrefix(lines.Text(), "Tag:")
			tagged, err := pep425.ParseWheelName("x-0-" + strings.TrimSpace(tag) + ".whl")
			if ok && err == nil && slices.ContainsFunc(tagged.Tags, func(t pep425.Tag) bool { return slices.Contains(parsed.Tags, t) }) {
				return true
			}
		}
	}
	return false
}
