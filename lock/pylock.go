package lock

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// pylock is a pylock.toml (PEP 751). The dependencies of packages are informational and
// must not be used to decide what to install.
type pylock struct {
	Version          string          `toml:"lock-version"`
	CreatedBy        string          `toml:"created-by"`
	Environments     *[]string       `toml:"environments"` // an empty list differs from an absent one
	RequiresPython   string          `toml:"requires-python"`
	Extras           []string        `toml:"extras"`
	DependencyGroups []string        `toml:"dependency-groups"`
	DefaultGroups    []string        `toml:"default-groups"`
	Packages         []pylockPackage `toml:"packages"`
	Tool             struct {
		PDM struct {
			Strategy []string `toml:"strategy"` // set in PDM's own lock file, not in an export
		} `toml:"pdm"`
		Pipenv struct {
			GeneratedFrom string `toml:"generated_from"`
		} `toml:"pipenv"`
	} `toml:"tool"`
}

type pylockPackage struct {
	Name           string `toml:"name"`
	Version        string `toml:"version"`
	Marker         string `toml:"marker"`
	RequiresPython string `toml:"requires-python"`
	Index          string `toml:"index"`
	Dependencies   []struct {
		Name string `toml:"name"`
	} `toml:"dependencies"`
	VCS       *pylockSource  `toml:"vcs"`
	Directory *pylockSource  `toml:"directory"`
	Archive   *pylockArchive `toml:"archive"`
	Sdist     *rawFile       `toml:"sdist"`
	Wheels    []rawFile      `toml:"wheels"`
}

// pylockSource is a vcs or directory table.
type pylockSource struct {
	Type     string `toml:"type"`
	URL      string `toml:"url"`
	Path     string `toml:"path"`
	Editable bool   `toml:"editable"`
	CommitID string `toml:"commit-id"`

	Subdirectory string `toml:"subdirectory"`
}

// pylockArchive is the only file of a package.
type pylockArchive struct {
	rawFile
	Subdirectory string `toml:"subdirectory"`
}

func (l *pylock) fileLists(each func(*[]rawFile)) {
	for i := range l.Packages {
		each(&l.Packages[i].Wheels)
	}
}

// readPylock reads a pylock.toml (PEP 751, maintained as the PyPA's "pylock.toml
// Specification"). It is flat: every package is a root whose marker depends on the selected
// extras and groups.
func readPylock(d *document) (*Lock, error) {
	var raw pylock
	d.format.relock = raw.relock(d.dir(), filepath.Base(d.path), d.format.relock) // the last argument is for a file that names no tool
	if err := decodeTOML(d, &raw); err != nil {
		return nil, err
	}
	d.format.relock = raw.relock(d.dir(), filepath.Base(d.path), d.format.relock)
	if err := raw.check(d); err != nil {
		return nil, err
	}
	var err error
	l := &Lock{
		Packages: make([]Package, len(raw.Packages)),
		Roots:    make([]Dependency, len(raw.Packages)),
		Extras:   nameSet(raw.Extras),
		Groups:   nameSet(slices.Concat(raw.DependencyGroups, raw.DefaultGroups)),
	}
	for _, group := range raw.DefaultGroups {
		l.DefaultGroups = append(l.DefaultGroups, pep503.Normalize(group))
	}
	if l.RequiresPython, err = pep440.ParseSpecifiers(raw.RequiresPython); err != nil {
		return nil, d.damaged(0, fmt.Errorf("requires-python: %w", err))
	}
	if l.Environments, err = raw.environments(); err != nil {
		return nil, d.damaged(0, fmt.Errorf("environments: %w", err))
	}
	if raw.hasDependencies() {
		l.stated = raw.stated
	}
	lines := d.headerLines(len(raw.Packages), "[[packages]]")
	for i := range raw.Packages {
		l.Roots[i].Package = i
		if l.Roots[i].Marker, err = pylockMarker(raw.Packages[i].Marker); err == nil {
			err = raw.Packages[i].read(d, &l.Packages[i])
		}
		if err != nil {
			return nil, d.damaged(lines[i], named(raw.Packages[i].Name, err))
		}
		p := &l.Packages[i]
		p.Path, p.Line = d.path, lines[i]
		if p.Root {
			l.Project = p.Name
		}
	}
	return l, nil
}

// environments parses the environments that the lock covers. It ignores an empty list from
// Pipenv, which always writes one and ignores it, too.
func (raw *pylock) environments() ([][]pep508.Marker, error) {
	if raw.Environments == nil || len(*raw.Environments) == 0 && raw.CreatedBy == "pipenv" {
		return nil, nil
	}
	markers := make([]pep508.Marker, len(*raw.Environments))
	for i, text := range *raw.Environments {
		var err error
		if markers[i], err = pep508.ParseMarker(text); err != nil {
			return nil, err
		}
	}
	return [][]pep508.Marker{markers}, nil
}

// check checks the keys that every pylock.toml must have.
func (raw *pylock) check(d *document) error {
	major, _, _ := strings.Cut(raw.Version, ".")
	switch {
	case raw.Version == "":
		return d.without("lock-version")
	case major != "1": // other minor versions are compatible
		return d.unsupported(raw.Version, "version 1", true)
	case raw.CreatedBy == "":
		return d.without("created-by")
	case raw.Packages == nil:
		return d.without("packages")
	}
	return nil
}

// nameSet returns extras or groups with these names and without roots of their own.
func nameSet(names []string) map[string][]Dependency {
	set := map[string][]Dependency{}
	for _, name := range names {
		set[pep503.Normalize(name)] = nil
	}
	return set
}

// pylockMarker parses a marker. In a pylock.toml, a marker may use extras and
// dependency_groups, but not extra.
func pylockMarker(text string) (pep508.Marker, error) {
	if text == "" {
		return pep508.Marker{}, nil
	}
	m, err := pep508.ParseMarker(text)
	if err != nil {
		return m, err
	}
	none := map[string]bool{}
	_, err = m.Evaluate(pep508.Environment{
		PlatformRelease: "6", PythonVersion: "3.13", PythonFullVersion: "3.13.2", ImplementationVersion: "3.13.2",
		Extras: none, DependencyGroups: none,
	})
	return m, err
}

// read sets all fields of p except its position in the file.
func (raw *pylockPackage) read(d *document, p *Package) error {
	*p = Package{Name: raw.Name, Version: raw.Version}
	if raw.Name == "" {
		return errNoName
	}
	if raw.Name != pep503.Normalize(raw.Name) {
		return errors.New("the name is not normalized")
	}
	if raw.Version != "" {
		if _, err := pep440.Parse(raw.Version); err != nil {
			return err
		}
	}
	var err error
	if p.RequiresPython, err = pep440.ParseSpecifiers(raw.RequiresPython); err != nil {
		return fmt.Errorf("requires-python: %w", err)
	}
	sources := []bool{raw.VCS != nil, raw.Directory != nil, raw.Archive != nil, raw.Wheels != nil || raw.Sdist != nil}
	if len(slices.DeleteFunc(sources, func(has bool) bool { return !has })) != 1 {
		return errors.New(`expected exactly one of these: "vcs", "directory", "archive", or a list of distribution files ("wheels", "sdist", or both)`)
	}
	switch {
	case raw.VCS != nil:
		return raw.VCS.readVCS(d, p)
	case raw.Directory != nil:
		if raw.Directory.Path == "" {
			return errors.New(`the key "directory" has no "path"`)
		}
		p.Source = Source{Kind: FromDirectory, Location: absolute(d.dir(), raw.Directory.Path), Editable: raw.Directory.Editable,
			Subdirectory: cleanSubdirectory(raw.Directory.Subdirectory)}
		p.Root = p.Source.Location == d.dir()
		return nil
	case raw.Archive != nil:
		p.Source = Source{Kind: FromURL, Subdirectory: cleanSubdirectory(raw.Archive.Subdirectory)}
		if p.Files, err = pylockFiles(d, raw.Archive.rawFile); err == nil {
			p.Source.Location = p.Files[0].URL
		}
		return err
	}
	p.Source = Source{Kind: FromIndex, Location: raw.Index}
	files := raw.Wheels
	if raw.Sdist != nil {
		files = append(files, *raw.Sdist)
	}
	p.Files, err = pylockFiles(d, files...)
	return err
}

func (s *pylockSource) readVCS(d *document, p *Package) error {
	if s.Type == "" || s.CommitID == "" || s.URL == "" && s.Path == "" {
		return errors.New(`the key "vcs" must have "type", "commit-id", and either "url" or "path"`)
	}
	p.Source = Source{Kind: FromGit, Location: s.URL}
	if s.Path != "" {
		p.Source.Location = absolute(d.dir(), s.Path)
	}
	if s.Type == "git" {
		p.Source.setRepository(p.Source.Location, s.CommitID, s.Subdirectory)
	}
	return nil
}

// pylockFiles converts files. A path takes precedence over a URL, because the files may be
// beside the lock file. A name takes precedence over the last part of either
// (specification, "packages.wheels.name").
func pylockFiles(d *document, raw ...rawFile) ([]File, error) {
	files := make([]File, len(raw))
	for i, r := range raw {
		f := &files[i]
		f.Name, f.URL, f.Size = r.Name, r.URL, r.Size
		if f.URL == "" && r.Path == "" {
			return nil, errors.New(`a file has neither "url" nor "path"`)
		}
		location := r.URL
		if r.Path != "" {
			location = strings.ReplaceAll(r.Path, `\`, "/")
			f.URL = FileURL(absolute(d.dir(), location))
		} else if !hasScheme(r.URL) {
			return nil, fmt.Errorf("%s is not an absolute URL", secret.Redact(r.URL))
		}
		if f.Name == "" {
			f.Name = baseName(location)
		}
		f.Hashes = usableHashes(r.Hashes)
	}
	return files, nil
}

// usableHashes returns the hashes that can be verified, strongest algorithm last. If none
// can be verified, it returns all of them, so that an error can list them.
func usableHashes(raw map[string]string) []digest.Digest {
	var usable, others []digest.Digest
	for algorithm, value := range raw {
		if h, err := digest.Parse(algorithm + ":" + value); err == nil {
			usable = append(usable, h)
		} else {
			others = append(others, digest.Digest(algorithm+":"+value))
		}
	}
	if len(usable) == 0 {
		usable = others
	}
	slices.Sort(usable)
	return usable
}
