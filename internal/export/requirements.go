package export

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// requirementsText returns r as a requirements.txt, with the indexes and other sources that
// the lock file itself names.
func requirementsText(l *lock.Lock, r *resolve.Resolution, tool string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s for %s, by %s. Every distribution is listed: pip install --no-deps\n", l.Name, r.Target, tool)
	option := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s %s\n", name, secret.Strip(value))
		}
	}
	index, extra := indexes(l, r)
	option("--index-url", index)
	for _, u := range extra {
		option("--extra-index-url", u)
	}
	for _, u := range findLinks(l, r) {
		option("--find-links", u)
	}
	if l.NoIndex {
		b.WriteString("--no-index\n")
	}
	for i := range r.Distributions {
		b.WriteString(r.Distributions[i].Requirement() + "\n")
	}
	return b.String()
}

// indexes returns the indexes of the lock file and, if there are several, those that it
// names for single distributions. If there is only one, the user chooses the index when
// installing, because it may be a mirror.
func indexes(l *lock.Lock, r *resolve.Resolution) (index string, extra []string) {
	all := append([]string{l.IndexURL}, l.ExtraIndexURLs...)
	var named []string
	for _, d := range r.Distributions {
		if u := d.Source.Location; d.Source.Kind == lock.FromIndex && isHTTP(u) && !slices.Contains(named, u) {
			named = append(named, u)
		}
	}
	if len(named) > 1 || l.IndexURL != "" || len(l.ExtraIndexURLs) > 0 {
		for _, u := range named {
			if !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	if l.IndexURL == "" && len(l.ExtraIndexURLs) == 0 && len(named) > 1 {
		return named[0], named[1:]
	}
	return all[0], all[1:]
}

// findLinks returns the folders and pages of the lock file, and the folders that are the
// index of a distribution.
func findLinks(l *lock.Lock, r *resolve.Resolution) []string {
	links := append([]string{}, l.FindLinks...)
	seen := map[string]bool{}
	for _, d := range r.Distributions {
		folder := d.Source.Location
		if d.Source.Kind == lock.FromIndex && folder != "" && !isHTTP(folder) && !seen[folder] {
			seen[folder] = true
			links = append(links, folder)
		}
	}
	return links
}

func isHTTP(location string) bool {
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}
