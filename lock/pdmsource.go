package lock

import (
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// pdmSource is a package index of the project, a [[tool.pdm.source]] in its
// pyproject.toml ("Configure the Package Indexes" in PDM's manual).
type pdmSource struct {
	Name            string   `toml:"name"`
	URL             string   `toml:"url"`
	Type            string   `toml:"type"` // "index" (the default) or "find_links"
	IncludePackages []string `toml:"include_packages"`
	ExcludePackages []string `toml:"exclude_packages"`
}

// readSources reads the package indexes from the project, because the lock file does not
// record them. It ignores a project that cannot be read, because the hashes in the lock
// file are checked wherever a file comes from.
func (r *pdmReader) readSources() error {
	project, err := r.d.pyproject("")
	if err != nil || len(project.Tool.PDM.Sources) == 0 {
		return nil
	}
	var sources []pdmSource
	for _, s := range project.Tool.PDM.Sources {
		if s.URL == "" { // its URL is in PDM's own configuration
			continue
		}
		s.URL = r.d.expandVariables(r.d.expandRoot(s.URL))
		sources = append(sources, s)
		if s.Name != "" {
			r.lock.Indexes = append(r.lock.Indexes, Index{Name: s.Name, URL: s.URL})
		}
		switch {
		case s.Type == "find_links":
			r.lock.FindLinks = append(r.lock.FindLinks, s.URL)
		case s.Name == "pypi": // replaces the default index, which has this name
			r.lock.IndexURL = s.URL
		case !slices.Contains(s.ExcludePackages, "*"): // otherwise, it serves only IncludePackages
			r.lock.ExtraIndexURLs = append(r.lock.ExtraIndexURLs, s.URL)
		}
	}
	for i := range r.lock.Packages {
		p := &r.lock.Packages[i]
		if p.Source.Kind != FromIndex {
			continue
		}
		wanted := slices.DeleteFunc(slices.Clone(sources), func(s pdmSource) bool { return !s.serves(p.Name) })
		if len(wanted) == 1 && wanted[0].Type != "find_links" {
			p.Source.Location = wanted[0].URL
		}
	}
	return nil
}

// serves reports whether the source includes packages with that name, and so takes
// precedence over others.
func (s pdmSource) serves(name string) bool {
	return slices.ContainsFunc(s.IncludePackages, func(pattern string) bool {
		matches, err := path.Match(pep503.Normalize(pattern), name)
		return matches && err == nil
	})
}

// expandRoot replaces ${PROJECT_ROOT} in a URL with the URL of the project's folder.
func (d *document) expandRoot(url string) string {
	root := strings.TrimSuffix(FileURL(d.dir()), "/")
	return strings.ReplaceAll(strings.ReplaceAll(url, "file:///${PROJECT_ROOT}", root), "${PROJECT_ROOT}", root)
}

// expandVariables replaces ${NAME} with the value of the environment variable, if it is
// set.
func (d *document) expandVariables(url string) string {
	return secret.Expand(url, d.variable)
}
