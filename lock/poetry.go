package lock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// poetryMain is the name of the group for the project's own dependencies.
const poetryMain = "main"

// poetryLock is a poetry.lock of format 1.0 to 2.x.
type poetryLock struct {
	Packages []poetryPackage     `toml:"package"`
	Extras   map[string][]string `toml:"extras"` // of the project
	Metadata *struct {
		LockVersion    string               `toml:"lock-version"`
		PythonVersions string               `toml:"python-versions"`
		ContentHash    string               `toml:"content-hash"`
		Files          map[string][]rawFile `toml:"files"`  // format 1.1: by name of the package
		Hashes         map[string][]string  `toml:"hashes"` // before format 1.1
	} `toml:"metadata"`
}

type poetryPackage struct {
	Name           string              `toml:"name"`
	Version        string              `toml:"version"`
	PythonVersions string              `toml:"python-versions"`
	Groups         []string            `toml:"groups"`  // since 2.1
	Markers        any                 `toml:"markers"` // since 2.1: one for all groups, or a table
	Files          *[]rawFile          `toml:"files"`   // since 2.0
	Dependencies   map[string]any      `toml:"dependencies"`
	Extras         map[string][]string `toml:"extras"`
	Develop        bool                `toml:"develop"`
	Source         struct {
		Type      string `toml:"type"`
		URL       string `toml:"url"`
		Reference string `toml:"reference"` // for an index, its name
		Resolved  string `toml:"resolved_reference"`

		Subdirectory string `toml:"subdirectory"`
	} `toml:"source"`
}

func (l *poetryLock) fileLists(each func(*[]rawFile)) {
	for i := range l.Packages {
		if l.Packages[i].Files != nil {
			each(l.Packages[i].Files)
		}
	}
}

// readPoetry reads a poetry.lock. Since format 2.1, it is flat: it lists the groups and
// markers of each package. For older formats, readPoetry has to follow the dependencies,
// starting with the project's own, which are in the pyproject.toml beside it.
func readPoetry(d *document) (*Lock, error) {
	var raw poetryLock
	if err := decodeTOML(d, &raw); err != nil {
		return nil, err
	}
	if raw.Metadata == nil || raw.Metadata.LockVersion == "" {
		return nil, d.without("metadata.lock-version")
	}
	major, minor, ok := formatVersion(raw.Metadata.LockVersion)
	if !ok || major < 1 || major > 2 {
		return nil, d.unsupported(raw.Metadata.LockVersion, "versions 1.0 to 2.x", ok && major > 2)
	}
	r := &poetryReader{d: d, raw: &raw, lock: &Lock{Extras: map[string][]Dependency{}, Groups: map[string][]Dependency{}}}
	r.linker = newLinker(d, r.lock)
	if err := r.readCoverage(); err != nil {
		return nil, err
	}
	if err := r.readPackages(); err != nil {
		return nil, err
	}
	r.lock.check = func() ([]string, error) { return r.d.stalePoetry(raw.Metadata.ContentHash) }
	if major == 2 && minor > 0 {
		r.lock.stated = r.stated
		return r.lock, r.readGroups()
	}
	return r.lock, r.readGraph()
}

// formatVersion returns the first two numbers of a format version such as "4.5.1".
func formatVersion(text string) (major, minor int, ok bool) {
	n, _ := fmt.Sscanf(text+".0", "%d.%d", &major, &minor)
	return major, minor, n == 2
}

// poetryReader converts a poetryLock to a Lock.
type poetryReader struct {
	d      *document
	raw    *poetryLock
	lock   *Lock
	linker *linker
	names  map[string]string // the keys of metadata.files or .hashes by normalized name; nil until they are needed
}

// readCoverage reads the Python versions that the lock covers.
func (r *poetryReader) readCoverage() error {
	c, err := parsePoetryVersions(r.raw.Metadata.PythonVersions)
	if err != nil {
		return r.d.damaged(0, fmt.Errorf("metadata.python-versions: %w", err))
	}
	switch len(c) {
	case 0:
	case 1:
		r.lock.RequiresPython = c[0]
	default: // alternatives, which specifiers cannot express
		m, err := pep508.ParseMarker(c.marker())
		if err != nil {
			return r.d.damaged(0, err)
		}
		r.lock.Environments = append(r.lock.Environments, []pep508.Marker{m})
	}
	return nil
}

// readPackages reads the packages without their dependencies.
func (r *poetryReader) readPackages() error {
	lines := r.d.headerLines(len(r.raw.Packages), "[[package]]")
	r.lock.Packages = make([]Package, len(r.raw.Packages))
	for i := range r.raw.Packages {
		raw, p := &r.raw.Packages[i], &r.lock.Packages[i]
		*p = Package{Name: pep503.Normalize(raw.Name), Version: raw.Version, Path: r.d.path, Line: lines[i]}
		if p.Name == "" || p.Version == "" {
			return r.d.damaged(p.Line, errors.New("a package has no name or version"))
		}
		if named := (Index{Name: raw.Source.Reference, URL: raw.Source.URL}); raw.Source.Type == "legacy" && named.Name != "" && !slices.Contains(r.lock.Indexes, named) {
			r.lock.Indexes = append(r.lock.Indexes, named)
		}
		location, err := raw.source(r.d, p)
		if err == nil {
			err = r.readFiles(raw, p, location)
		}
		if err != nil {
			return r.d.damaged(p.Line, fmt.Errorf("package %s: %w", p.Name, err))
		}
	}
	return nil
}

// source sets p.Source. If the source is a single file, it returns the URL of that file.
func (raw *poetryPackage) source(d *document, p *Package) (file string, err error) {
	s := raw.Source
	switch s.Type {
	case "", "legacy", "pypi":
		p.Source = Source{Kind: FromIndex, Location: s.URL}
	case "git":
		p.Source = Source{Kind: FromGit, Location: s.URL + "@" + s.Resolved, Editable: raw.Develop}
		p.Source.setRepository(s.URL, s.Resolved, s.Subdirectory)
	case "directory":
		p.Source = Source{Kind: FromDirectory, Location: absolute(d.dir(), s.URL), Editable: raw.Develop}
		p.Root = p.Source.Location == d.dir()
	case "file":
		p.Source = Source{Kind: FromURL, Location: FileURL(absolute(d.dir(), s.URL))}
		return p.Source.Location, nil
	case "url":
		p.Source = Source{Kind: FromURL, Location: s.URL, Subdirectory: cleanSubdirectory(s.Subdirectory)}
		return p.Source.Location, nil
	default:
		return "", fmt.Errorf("source type %q %w", s.Type, errUnsupported)
	}
	return "", nil
}

// readFiles reads the files of p, which are in a different place in each format version.
func (r *poetryReader) readFiles(raw *poetryPackage, p *Package, location string) error {
	var files []rawFile
	metadata := r.raw.Metadata
	switch {
	case raw.Files != nil:
		files = *raw.Files
	case p.Source.Kind != FromIndex && location == "":
		return nil
	case metadata.Files != nil:
		files = byName(metadata.Files, &r.names, p.Name)
	case metadata.Hashes != nil && location == "":
		for _, h := range byName(metadata.Hashes, &r.names, p.Name) {
			p.Hashes = append(p.Hashes, poetryHash(h))
		}
		return nil
	case location == "":
		return errors.New(`the key "files" is missing`)
	}
	for _, f := range files {
		if location == "" || f.File == baseName(location) {
			file := File{Name: f.File, URL: location}
			if f.Hash != "" {
				file.Hashes = []digest.Digest{poetryHash(f.Hash)}
			}
			p.Files = append(p.Files, file)
		}
	}
	if len(p.Files) == 0 && location != "" {
		p.Files = []File{{Name: baseName(location), URL: location}}
	}
	return nil
}

// poetryHash parses a hash in a poetry.lock. The oldest formats omit "sha256:".
func poetryHash(text string) digest.Digest {
	if !strings.Contains(text, ":") {
		text = "sha256:" + text
	}
	return digest.Digest(text)
}

// byName looks up a normalized name in a table whose keys may not be normalized. keys, which
// is nil at first, keeps them by their normalized name.
func byName[V any](table map[string]V, keys *map[string]string, name string) V {
	if v, ok := table[name]; ok {
		return v
	}
	if *keys == nil {
		*keys = make(map[string]string, len(table))
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(table))) { // the first of several counts
			(*keys)[pep503.Normalize(key)] = key
		}
	}
	return table[(*keys)[name]]
}

// readGroups makes every package a root of each of its groups. The marker of a root may
// depend on the selected extras.
func (r *poetryReader) readGroups() error {
	for extra := range r.raw.Extras {
		r.lock.Extras[pep503.Normalize(extra)] = nil
	}
	for i := range r.raw.Packages {
		raw, p := &r.raw.Packages[i], &r.lock.Packages[i]
		if raw.Groups == nil {
			return r.d.damaged(p.Line, fmt.Errorf("package %s: the key \"groups\" is missing", p.Name))
		}
		for _, group := range raw.Groups {
			text, err := raw.marker(group)
			edge := Dependency{Package: i}
			if err == nil {
				edge.Marker, err = r.linker.marker(text)
			}
			if err != nil {
				return r.d.damaged(p.Line, fmt.Errorf("package %s: %w", p.Name, err))
			}
			group = pep503.Normalize(group)
			r.lock.Groups[group] = append(r.lock.Groups[group], edge)
		}
	}
	r.lock.Roots = r.lock.Groups[poetryMain]
	r.lock.Groups[poetryMain] = r.lock.Roots // present even if empty
	return nil
}

// marker returns the marker of the package in a group, or "" if it has none.
func (raw *poetryPackage) marker(group string) (string, error) {
	switch markers := raw.Markers.(type) {
	case nil:
		return "", nil
	case string:
		return markers, nil
	case map[string]any:
		if markers[group] == nil {
			return "", nil
		}
		if text, ok := markers[group].(string); ok {
			return text, nil
		}
	}
	return "", errors.New(`the key "markers" is neither a string nor a table of strings`)
}
