package lock

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// pdmSource is an index of the project, one [[tool.pdm.source]] of its
// pyproject.toml ("Configure the Package Indexes" in PDM's manual).
type pdmSource struct {
	Name            string   `toml:"name"`
	URL             string   `toml:"url"`
	Type            string   `toml:"type"` // "index" (the default) or "find_links"
	IncludePackages []string `toml:"include_packages"`
	ExcludePackages []string `toml:"exclude_packages"`
}

// readSources reads where the project has its packages from, which the lock does
// not tell. A project that cannot be read has nothing to say: the hashes in the
// lock decide what is taken, wherever it comes from.
func (r *pdmReader) readSources() error {
	project, err := r.d.pyproject("")
	if err != nil || len(project.Tool.PDM.Sources) == 0 {
		return nil
	}
	var sources []pdmSource
	for _, s := range project.Tool.PDM.Sources {
		if s.URL == "" { // it is in PDM's own configuration
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
		case s.Name == "pypi": // the name of the default index, which this one replaces
			r.lock.IndexURL = s.URL
		case !slices.Contains(s.ExcludePackages, "*"): // else it is for those that it claims
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

// serves reports a source that is to be asked for a package of that name before
// all that do not claim it.
func (s pdmSource) serves(name string) bool {
	return slices.ContainsFunc(s.IncludePackages, func(pattern string) bool {
		matches, err := path.Match(pep503.Normalize(pattern), name)
		return matches && err == nil
	})
}

// expandRoot puts the URL of the project's folder into a URL of PDM.
func (d *document) expandRoot(url string) string {
	root := strings.TrimSuffix(FileURL(d.dir()), "/")
	return strings.ReplaceAll(strings.ReplaceAll(url, "file:///${PROJECT_ROOT}", root), "${PROJECT_ROOT}", root)
}

// expandVariables replaces ${NAME} by the environment variable; one that is not
// set stays.
func (d *document) expandVariables(url string) string {
	return os.Expand(url, func(name string) string {
		if value, ok := d.variable(name); ok {
			return value
		}
		return "${" + name + "}"
	})
}
