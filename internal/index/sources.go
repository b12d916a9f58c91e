package index

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
)

// named returns the index that a lock names for a package. Only this index is asked for the
// package, so that no other index learns the name of a private package. It returns "" if
// the lock names none, or if the user chose another index.
func (c *Client) named(s lock.Source) string {
	if s.Kind != lock.FromIndex || c.settings.Override || c.settings.NoIndex {
		return ""
	}
	if u, err := parseURL(s.Location); err != nil || !isHTTP(u) {
		return ""
	}
	return s.Location
}

// indexes returns the base URLs of the simple APIs to ask, in order: only the index only
// or, if it is "", the indexes in the settings. As in uv, the additional indexes come
// before the main one: a project that adds a private index wants its packages from there,
// not packages with the same name that anybody could upload to the public index. The
// default index is determined once, when it is first needed.
func (c *Client) indexes(ctx context.Context, only string) ([]*url.URL, error) {
	if c.settings.NoIndex {
		return nil, nil
	}
	wanted := []Index{{URL: only}}
	if only == "" {
		main, err := c.mainIndex(ctx)
		if err != nil {
			return nil, err
		}
		wanted = slices.Clone(c.settings.Indexes)
		for _, raw := range append(slices.Clone(c.settings.ExtraURLs), main) {
			wanted = append(wanted, Index{URL: raw})
		}
	}
	var bases []*url.URL
	for _, index := range wanted {
		raw, err := c.keychain.place(ctx, index)
		if err != nil {
			return nil, err
		}
		if raw == "" {
			continue
		}
		u, err := parseURL(raw)
		if err != nil || !isHTTP(u) {
			return nil, notHTTP(raw, err)
		}
		c.keychain.add(u, index)
		bases = append(bases, u)
	}
	return bases, nil
}

// notHTTP returns the error for an index whose URL has another scheme or, if err is not
// nil, is invalid.
func notHTTP(raw string, err error) error {
	if err == nil {
		return &fault.Error{Kind: fault.Usage, Subject: secret.Redact(raw), Message: fmt.Sprintf("the index %q is not an http or https URL", secret.Redact(raw)),
			Hints: []string{"choose an index: --index-url https://index.example/simple", "or use a folder of wheels: --find-links ./wheels"}}
	}
	e := &fault.Error{Kind: fault.Usage, Subject: secret.Redact(raw), Message: fmt.Sprintf("the index %q is not a valid URL", secret.Redact(raw)), Sentinel: err,
		Hints: []string{"correct the URL: --index-url https://index.example/simple"}}
	if strings.Contains(raw, "@") { // the parser's reason may quote part of the password
		e.Message = fmt.Sprintf("the URL of the index at %s is not valid (username and password not shown)", strings.TrimPrefix(strings.TrimPrefix(secret.Redact(raw), "https://"), "http://"))
		e.Hints = []string{"percent-encode special characters in the username and password; for example, write / as %2F"}
	} else if _, reason := url.Parse(raw); reason != nil {
		e.Err = errors.Unwrap(reason)
	}
	return e
}

// mainIndex returns the index in the settings, or else the default index, or "" if there is
// none.
func (c *Client) mainIndex(ctx context.Context) (string, error) {
	if c.settings.URL != "" || c.settings.DefaultURL == nil {
		return c.settings.URL, nil
	}
	c.defaultMu.Lock()
	defer c.defaultMu.Unlock()
	if c.defaultDone {
		return c.defaultURL, nil
	}
	found, err := c.settings.DefaultURL(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		c.debug("no default index: " + err.Error())
	}
	c.defaultURL, c.defaultDone = found, true
	return found, nil
}

// findLinks returns the find-links folders and pages.
func (c *Client) findLinks() (folders []string, pages []*url.URL, err error) {
	for _, raw := range c.settings.FindLinks {
		folder, page, err := c.findLink(raw)
		switch {
		case err != nil:
			return nil, nil, &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf("cannot use find-links %q", secret.Redact(raw)), Subject: secret.Redact(raw), Err: err,
				Hints: []string{"use a folder of wheels, or the http URL of a page that links to them: --find-links ./wheels"}}
		case page != nil:
			pages = append(pages, page)
		default:
			folders = append(folders, folder)
		}
	}
	return folders, pages, nil
}

func (c *Client) findLink(raw string) (folder string, page *url.URL, err error) {
	if !isURL(raw) {
		folder, err = filepath.Abs(raw)
		return folder, nil, err
	}
	u, err := c.learn(raw)
	if err != nil {
		return "", nil, err
	}
	switch {
	case isHTTP(u):
		return "", u, nil
	case u.Scheme == "file":
		folder, err = filePath(runtime.GOOS, u)
		return folder, nil, err
	}
	return "", nil, fmt.Errorf("URLs of the scheme %q are not supported", u.Scheme)
}

// isURL reports whether s is a URL rather than a path. "C:/wheels" is a path.
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":/")
	return ok && len(scheme) > 1 && !strings.ContainsAny(scheme, `/\.`)
}

// noIndex returns the error for a lock that needs an index if none is known.
func noIndex(forbidden bool) error {
	e := &fault.Error{Kind: fault.Index, Message: "no package index is configured, and neither pip nor uv is installed to provide a default",
		Hints: []string{"choose an index: --index-url https://index.example/simple", "or set it for all projects: export LAMELLA_INDEX_URL=https://index.example/simple"}}
	if forbidden {
		e.Message = "no-index is set, but no find-links folder is configured"
		e.Hints = []string{"use a folder of wheels: --find-links ./wheels", "or allow an index: export PIP_NO_INDEX=0"}
	}
	return e
}

// projectURL returns the URL of a project's page on the index at base (PEP 503).
func projectURL(base *url.URL, name string) *url.URL {
	u := *base
	u.Path = strings.TrimRight(u.Path, "/") + "/" + name + "/"
	if u.RawPath != "" {
		u.RawPath = strings.TrimRight(u.RawPath, "/") + "/" + name + "/"
	}
	return &u
}

// fileURL returns the file URL of an absolute path.
func fileURL(path string) *url.URL {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/wheels
	}
	return &url.URL{Scheme: "file", Path: path}
}

// filePath returns the path that the file URL u refers to on the operating system goos (RFC
// 8089; appendix E.2 for drive letters).
func filePath(goos string, u *url.URL) (string, error) {
	host := u.Host
	if strings.EqualFold(host, "localhost") {
		host = ""
	}
	if u.Path == "" {
		return "", errors.New("the file: URL has no path")
	}
	if goos != "windows" {
		if host != "" {
			return "", fmt.Errorf("the file: URL refers to another host, %s", host)
		}
		return u.Path, nil
	}
	path := u.Path
	if host != "" {
		path = "//" + host + path
	} else if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	return strings.ReplaceAll(path, "/", `\`), nil
}
