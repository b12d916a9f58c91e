package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/resolve"
)

// Find returns the files that have one of p's hashes, sorted by name. It searches the
// find-links folders first. Then it asks only the index that the lock file names for p or,
// if it names none, the configured indexes, the extra indexes, the main index, and the
// find-links pages. It stops when it has a file for every hash. Some hashes may have no
// file, because files get deleted. If no hash has a file, the error lists the files that
// the sources have.
//
// A file that is known from an earlier run has no URL. If it is no longer in the cache,
// Fetch looks it up again.
//
// A file without a hash that can be compared with p's is returned without hashes, unless
// every hash has a file. Match reads such a file.
//
// An index that denies access (403, which S3 also returns for missing objects) is skipped
// with a warning. An index that requires credentials (401) is skipped only if every hash
// has a file elsewhere, because a file with the right hash is the right one wherever it
// comes from.
//
// For a package without hashes, Find returns all files of the version from the first source
// that has the project, so that no later index can add one of its own. It requests them
// every time.
func (c *Client) Find(ctx context.Context, p lock.Package) ([]lock.File, error) {
	s := &search{name: pep503.Normalize(p.Name), version: p.Version, local: p.Local != lock.NoLocal, hashes: p.Hashes, unhashed: len(p.Hashes) == 0, index: c.named(p.Source)}
	known := !s.unhashed && (c.recall(s) || c.recallShared(ctx, s))
	if !s.enough() {
		before := len(s.found)
		if err := c.search(ctx, s, !known); err != nil {
			return nil, err
		}
		c.noteListed(s.found)
		if !s.unhashed && (!known || len(s.found) > before) {
			c.rememberSoon(s)
		}
	}
	slices.SortFunc(s.found, func(a, b lock.File) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.Hashes, b.Hashes))
	})
	return s.found, nil
}

// noteListed records that sources list these files in this run, so that Fetch need not ask
// again.
func (c *Client) noteListed(files []lock.File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range files {
		if f.URL != "" {
			c.listed[f.URL] = true
		}
	}
}

func (c *Client) isListed(url string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.listed[url]
}

// search searches the sources until s has enough. It asks indexes and pages only if remote
// is true. It returns an error if it finds nothing.
func (c *Client) search(ctx context.Context, s *search, remote bool) error {
	folders, pages, err := c.findLinks()
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := c.lookInto(ctx, folder, s); err != nil {
			return err
		}
	}
	if remote && !s.enough() && c.settings.Offline {
		return resolve.Offline([]string{strings.TrimSpace(s.name + " " + s.version)})
	}
	if remote && !s.enough() {
		bases, err := c.indexes(ctx, s.index)
		if err != nil {
			return err
		}
		if s.index != "" {
			pages = nil
		}
		if len(folders)+len(bases)+len(pages) == 0 {
			return noIndex(c.settings.NoIndex)
		}
		if err := c.ask(ctx, bases, pages, s); err != nil {
			if len(folders) > 0 && fault.KindOf(err) == fault.Index {
				err = &fault.Error{Kind: fault.Index, Message: "cannot look up " + s.name + " in the index", Subject: s.name, Err: err,
					Hints: []string{"use only the find-links folders: remove --index-url, then: export PIP_NO_INDEX=1"}}
			}
			return err
		}
	}
	s.settle()
	if len(s.found) == 0 {
		return s.notFound()
	}
	if s.yanked != "" { // the project withdrew the file (PEP 592); a pinned version still gets it, as the PEP specifies
		c.events.Emit(event.Event{Kind: event.Warn, Op: "resolve", Subject: s.name,
			Message: fmt.Sprintf("%s %s was yanked from the index: %s", s.name, s.version, strings.TrimSuffix(s.yanked, "."))})
	}
	return nil
}

// ask asks the indexes and find-links pages in turn until s has enough. A source that does
// not have the project is not an error. Without a hash to tell apart files with the same
// name, only the first source that has the project may serve it, as with uv's "first-index"
// strategy.
func (c *Client) ask(ctx context.Context, bases, pages []*url.URL, s *search) error {
	for i, base := range slices.Concat(bases, pages) {
		if s.enough() {
			return nil
		}
		u := base
		if i < len(bases) {
			u = projectURL(base, s.name)
		}
		knows := false
		files, err := c.page(ctx, u, func(name string, hashes []digest.Digest) bool {
			ours := hasName(name, s.name)
			knows = knows || ours
			return name == s.file || ours && s.isOurs(name) || slices.ContainsFunc(hashes, s.asksFor)
		})
		if isAbsent(err) || c.settings.ignores(base, err) {
			continue
		}
		if err != nil {
			if err = requestFault(u, err); !s.mayPass(err) {
				return err
			}
			c.passOver(base, s, err)
			continue
		}
		s.take(secret.Redact(base.String()), files)
		if s.unhashed && knows {
			return nil
		}
	}
	if s.isUnauthorized() && !s.enough() {
		return s.denied
	}
	return nil
}

// passOver warns that a source that denies access is skipped.
func (c *Client) passOver(base *url.URL, s *search, err error) {
	status := (*statusError)(nil)
	if errors.As(err, &status) {
		c.warnOnce("denied "+base.String(), fmt.Sprintf("%s returned %d %s for %s; trying other sources because lamella verifies the hash of every file",
			secret.Redact(base.String()), status.code, http.StatusText(status.code), s.name))
	}
}

// page reads a page of links and returns the files for which want reports true.
func (c *Client) page(ctx context.Context, u *url.URL, want filter) (files []listed, err error) {
	err = c.retry(ctx, secret.Redact(u.String()), func() error {
		resp, err := c.get(ctx, u, http.Header{"Accept": {accept}})
		if err != nil {
			return classify(err)
		}
		defer resp.Body.Close()
		if err := checkStatus(resp); err != nil {
			return err
		}
		body := &readErrors{r: resp.Body}
		files, err = parsePage(body, resp.Header.Get("Content-Type"), resp.Request.URL, want)
		if body.err != nil {
			return classify(body.err)
		}
		return err
	})
	for i := range files {
		c.keepUserinfo(files[i].URL)
	}
	return files, err
}

// readErrors keeps errors from r, so that they can be told apart from errors in its
// content.
type readErrors struct {
	r   io.Reader
	err error
}

func (e *readErrors) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && err != io.EOF {
		e.err = err
	}
	return n, err
}

// lookInto searches a find-links folder unless s has enough. It hashes only files with a
// matching name.
func (c *Client) lookInto(ctx context.Context, folder string, s *search) error {
	if s.enough() {
		return nil
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		c.warnOnce(folder, fmt.Sprintf("the find-links folder %s does not exist", folder))
		return nil
	}
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Message: "cannot read the find-links folder " + folder, Subject: folder, Err: err,
			Hints: []string{"choose a readable folder of wheels: --find-links ./wheels"}}
	}
	var files []listed
	for _, e := range entries {
		if !s.isOurs(e.Name()) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		f, err := hashFile(ctx, path, s.algorithms())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return &fault.Error{Kind: fault.Machine, Message: "cannot read " + path, Subject: path, Err: err}
		}
		files = append(files, f)
	}
	s.take(folder, files)
	return nil
}

// hashFile returns the file at path in the form in which an index lists it.
func hashFile(ctx context.Context, path string, algorithms []string) (listed, error) {
	f, info, err := bound.Open(path)
	if err != nil {
		return listed{}, err
	}
	defer f.Close()
	if info.Size() > bound.Wheel {
		return listed{}, &bound.Exceeded{What: "a wheel", Max: bound.Wheel}
	}
	file := listed{Name: filepath.Base(path), URL: fileURL(path)}
	for _, algorithm := range algorithms {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return listed{}, err
		}
		h := digest.Digest(algorithm + ":").New()
		if file.Size, err = io.Copy(h, bound.WithContext(ctx, f)); err != nil {
			return listed{}, err
		}
		file.Hashes = append(file.Hashes, digest.Of(algorithm, h.Sum(nil)))
	}
	return file, nil
}
