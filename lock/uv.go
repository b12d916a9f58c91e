package lock

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// uvVersion is the version of the uv.lock format that readUV supports. uv guarantees that
// later revisions of a version are compatible, so unknown keys are ignored.
const uvVersion = 1

// uvLock is the part of a uv.lock that an installer needs. "distribution" is the old name
// of "package".
type uvLock struct {
	Version           int            `toml:"version"`
	RequiresPython    string         `toml:"requires-python"`
	ResolutionMarkers []string       `toml:"resolution-markers"`
	SupportedMarkers  []string       `toml:"supported-markers"`
	Conflicts         [][]uvConflict `toml:"conflicts"`
	Manifest          uvManifest     `toml:"manifest"`
	Packages          []uvPackage    `toml:"package"`
	Distributions     []uvPackage    `toml:"distribution"`
}

type uvConflict struct {
	Package string `toml:"package"`
	Extra   string `toml:"extra"`
	Group   string `toml:"group"`
}

// uvManifest is the input of the lock file, apart from the root's pyproject.toml.
type uvManifest struct {
	Members          []string                   `toml:"members"`
	Requirements     []uvRequirement            `toml:"requirements"` // of a PEP 723 script
	DependencyGroups map[string][]uvRequirement `toml:"dependency-groups"`
}

// uvRequirement has at most one of the fields after Marker.
type uvRequirement struct {
	Name      string   `toml:"name"`
	Extras    []string `toml:"extras"`
	Specifier string   `toml:"specifier"`
	Marker    string   `toml:"marker"`
	Git       string   `toml:"git"`
	URL       string   `toml:"url"`
	Path      string   `toml:"path"`
	Directory string   `toml:"directory"`
	Editable  string   `toml:"editable"`
	Virtual   string   `toml:"virtual"`

	Subdirectory string `toml:"subdirectory"` // in the archive at a URL
}

// uvPackage is a [[package]]. "dependency-groups" is another name for "dev-dependencies".
type uvPackage struct {
	Name                 string                    `toml:"name"`
	Version              string                    `toml:"version"`
	Source               uvSource                  `toml:"source"`
	ResolutionMarkers    []string                  `toml:"resolution-markers"`
	Dependencies         []uvDependency            `toml:"dependencies"`
	OptionalDependencies map[string][]uvDependency `toml:"optional-dependencies"`
	DevDependencies      map[string][]uvDependency `toml:"dev-dependencies"`
	DependencyGroups     map[string][]uvDependency `toml:"dependency-groups"`
	Sdist                *rawFile                  `toml:"sdist"`
	Wheels               []rawFile                 `toml:"wheels"`
	Metadata             *uvMetadata               `toml:"metadata"`
}

// uvSource has exactly one field set, apart from Subdirectory. Registry is a URL or a
// folder, Path an archive. Folders are relative to the lock file.
type uvSource struct {
	Registry  string `toml:"registry"`
	Git       string `toml:"git"`
	URL       string `toml:"url"`
	Path      string `toml:"path"`
	Directory string `toml:"directory"`
	Editable  string `toml:"editable"`
	Virtual   string `toml:"virtual"`

	Subdirectory string `toml:"subdirectory"` // in the archive at a URL or path
}

// uvDependency refers to a package. Version and Source are set only if the name is
// ambiguous.
type uvDependency struct {
	Name    string    `toml:"name"`
	Version string    `toml:"version"`
	Source  *uvSource `toml:"source"`
	Extra   []string  `toml:"extra"`
	Marker  string    `toml:"marker"`
}

func (l *uvLock) fileLists(each func(*[]rawFile)) {
	for _, packages := range [][]uvPackage{l.Packages, l.Distributions} {
		for i := range packages {
			each(&packages[i].Wheels)
		}
	}
}

// readUV reads uv.lock.
func readUV(d *document) (*Lock, error) {
	raw, err := d.decodeUV()
	if err != nil {
		return nil, err
	}
	u := &uvReader{d: d, raw: raw, lock: &Lock{}, byName: map[string][]int{}, markers: map[string]pep508.Marker{}}
	for _, step := range []func() error{u.readEnvironments, u.readPackages, u.linkPackages, u.readRoots} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return u.lock, nil
}

// decodeUV decodes the TOML and checks its version.
func (d *document) decodeUV() (*uvLock, error) {
	text, err := d.utf8()
	if err != nil {
		return nil, err
	}
	var raw uvLock
	decodeErr := unmarshal(text, &raw)
	if decodeErr != nil && decodeErr != errInline && raw.Version == 0 { //nolint:errorlint // it is not wrapped
		var version struct {
			Version int `toml:"version"`
		}
		if toml.Unmarshal(text, &version) == nil {
			raw.Version = version.Version
		}
	}
	switch {
	case raw.Version > uvVersion:
		return nil, d.unsupported(strconv.Itoa(raw.Version), "version "+strconv.Itoa(uvVersion), true)
	case decodeErr != nil:
		return nil, d.tomlFault(decodeErr)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, d.refuse("is empty", d.repair()...)
	case raw.Version != uvVersion:
		return nil, d.without("version")
	case raw.RequiresPython == "":
		return nil, d.without("requires-python")
	}
	if len(raw.Packages) == 0 {
		raw.Packages = raw.Distributions
	}
	return &raw, d.checkNames(raw)
}

// uvReader converts a uvLock to a Lock.
type uvReader struct {
	d       *document
	raw     *uvLock
	lock    *Lock
	byName  map[string][]int         // indexes into lock.Packages
	markers map[string]pep508.Marker // parsed markers, because the same ones occur often
	linked  int                      // number of edges so far
}

// readEnvironments reads the environments that the lock covers.
func (u *uvReader) readEnvironments() error {
	var err error
	if u.lock.RequiresPython, err = pep440.ParseSpecifiers(u.raw.RequiresPython); err != nil {
		return u.d.damaged(0, fmt.Errorf("requires-python: %w", err))
	}
	for _, list := range [][]string{u.raw.ResolutionMarkers, u.raw.SupportedMarkers} {
		if len(list) == 0 {
			continue
		}
		markers := make([]pep508.Marker, len(list))
		for i, text := range list {
			if markers[i], err = u.marker(text); err != nil {
				return u.d.damaged(0, err)
			}
		}
		u.lock.Environments = append(u.lock.Environments, markers)
	}
	for _, set := range u.raw.Conflicts {
		var items []ConflictItem
		for _, item := range set {
			items = append(items, ConflictItem(item))
		}
		u.lock.Conflicts = append(u.lock.Conflicts, items)
	}
	return nil
}

// marker parses a marker. "" is always true.
func (u *uvReader) marker(text string) (pep508.Marker, error) {
	if m, ok := u.markers[text]; ok || text == "" {
		return m, nil
	}
	m, err := pep508.ParseMarker(text)
	if err != nil {
		return m, err
	}
	u.markers[text] = m
	return m, nil
}

// readPackages reads the packages without their dependencies.
func (u *uvReader) readPackages() error {
	lines := u.d.headerLines(len(u.raw.Packages), "[[package]]", "[[distribution]]")
	u.lock.Packages = make([]Package, len(u.raw.Packages))
	dir := u.d.dir()
	for i := range u.raw.Packages {
		raw, p := &u.raw.Packages[i], &u.lock.Packages[i]
		*p = Package{Name: raw.Name, Version: raw.Version, Local: localFiles(raw.Version, AnyLocal), Path: u.d.path, Line: lines[i]}
		var ok bool
		if p.Source, ok = raw.Source.in(dir); !ok || p.Name == "" {
			return u.d.damaged(p.Line, fmt.Errorf("package %s has a source that %w", cmp.Or(p.Name, `""`), errUnsupported))
		}
		p.Files = raw.files(dir, p.Source)
		u.byName[p.Name] = append(u.byName[p.Name], i)
	}
	return nil
}

// in converts s to a Source, for a lock file in the folder dir. It returns false if the
// source is invalid or not supported.
func (s uvSource) in(dir string) (Source, bool) {
	folder := func(path string, editable bool) (Source, bool) {
		return Source{Kind: FromDirectory, Location: absolute(dir, path), Editable: editable}, true
	}
	switch {
	case s.Registry != "":
		location := s.Registry
		if !hasScheme(location) {
			location = absolute(dir, location)
		}
		return Source{Kind: FromIndex, Location: location}, true
	case s.URL != "":
		return Source{Kind: FromURL, Location: s.URL, Subdirectory: cleanSubdirectory(s.Subdirectory)}, true
	case s.Path != "":
		return Source{Kind: FromURL, Location: FileURL(absolute(dir, s.Path)), Subdirectory: cleanSubdirectory(s.Subdirectory)}, true
	case s.Git != "":
		source := Source{Kind: FromGit, Location: s.Git}
		source.setUVRepository(s.Git)
		return source, true
	case s.Editable != "":
		return folder(s.Editable, true)
	case s.Directory != "":
		return folder(s.Directory, false)
	case s.Virtual != "":
		return Source{Kind: Virtual, Location: absolute(dir, s.Virtual)}, true
	}
	return Source{}, false
}

// files returns the wheels, followed by the sdist. Paths are relative to the registry if it
// is a folder, and to the lock file otherwise.
func (p *uvPackage) files(dir string, source Source) []File {
	if source.Kind == FromIndex && !hasScheme(source.Location) {
		dir = source.Location
	}
	raw := p.Wheels
	if p.Sdist != nil {
		raw = append(raw[:len(raw):len(raw)], *p.Sdist)
	}
	files := make([]File, len(raw))
	hashes := make([]digest.Digest, len(raw)) // one array for all files
	for i, r := range raw {
		f := File{Name: r.Filename, URL: r.URL, Size: r.Size}
		switch {
		case r.URL != "":
		case r.Path != "":
			f.URL = FileURL(absolute(dir, r.Path))
		case source.Kind == FromURL:
			f.URL = source.Location
		}
		if f.Name == "" {
			f.Name = baseName(f.URL)
		}
		if r.Hash != "" {
			hashes[i] = digest.Digest(r.Hash)
			f.Hashes = hashes[i : i+1 : i+1]
		}
		files[i] = f
	}
	return files
}
