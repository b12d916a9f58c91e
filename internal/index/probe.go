package index

import (
	"context"
	"slices"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
)

// Probe is the result of asking an index for a page.
type Probe struct {
	Name string // "" if it has none
	URL  string // without user information
	// Asked reports whether the index is asked for packages that the lock does not assign
	// to an index; the last of these is the main index. Other indexes are asked only for
	// packages that the lock assigns to them.
	Asked bool
	From  string // where its credentials come from, "" if there are none
	// Err says why the index cannot be used; it is a fault.Error, or nil if the index
	// responds.
	Err error
}

// probedProject is the project that Probe asks for. Its name reveals nothing. "Not found"
// counts as a response.
const probedProject = "pip"

// probeLimits returns the limits for a single attempt of a few seconds.
func probeLimits() limits {
	l := defaultLimits()
	l.dial, l.response, l.idle, l.whole, l.tries = 5*time.Second, 10*time.Second, 10*time.Second, 30*time.Second, 1
	return l
}

// Probe asks each index in s for a page, in the order in which they are used. It makes one
// attempt of a few seconds for each index.
func (s Settings) Probe(ctx context.Context) []Probe {
	c := NewClient(s, nil, nil)
	c.limits = probeLimits()
	c.http = newHTTPClient(c.limits, &s.Network)
	defer c.http.CloseIdleConnections()
	var probes []Probe
	if !s.NoIndex {
		main, err := c.mainIndex(ctx)
		if err == nil && main == "" && len(s.further()) == 0 {
			err = noIndex(false)
		}
		for _, index := range s.further() {
			probes = append(probes, c.probe(ctx, index, true))
		}
		if main != "" || err != nil {
			p := Probe{Asked: true, Err: err}
			if err == nil {
				p = c.probe(ctx, Index{Name: s.nameOf(main), URL: main}, true)
			}
			probes = append(probes, p)
		}
	}
	for _, index := range s.Named {
		p := Probe{Name: index.Name, URL: secret.Redact(index.URL)}
		if !slices.ContainsFunc(probes, func(o Probe) bool { return o.URL == p.URL }) {
			probes = append(probes, c.probe(ctx, index, false))
		}
	}
	return probes
}

// probe asks one index.
func (c *Client) probe(ctx context.Context, index Index, asked bool) Probe {
	p := Probe{Name: index.Name, URL: secret.Redact(index.URL), Asked: asked}
	raw, err := c.keychain.place(ctx, index)
	if err != nil {
		p.Err = err
		return p
	}
	p.URL = secret.Redact(raw)
	u, err := parseURL(raw)
	if err != nil || !isHTTP(u) {
		p.Err = notHTTP(raw, err)
		return p
	}
	c.keychain.add(u, index)
	page := projectURL(u, probedProject)
	if _, err := c.page(ctx, page, nothing); !isAbsent(err) {
		p.Err = requestFault(page, err)
	}
	found, err := c.keychain.For(ctx, u)
	if p.Err == nil && err != nil {
		p.Err = requestFault(page, err)
	}
	p.From = found.From
	return p
}

// nothing is a filter that rejects every file.
func nothing(string, []digest.Digest) bool { return false }

// nameOf returns the name of the index at rawURL, or "" if it has none.
func (s Settings) nameOf(rawURL string) string {
	for _, named := range s.Named {
		if named.URL == rawURL {
			return named.Name
		}
	}
	return ""
}
