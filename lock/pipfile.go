package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// pipfileSpec is the version of the Pipfile.lock format that lamella supports.
const pipfileSpec = 6

// pipfileMeta is the section _meta.
type pipfileMeta struct {
	Hash struct {
		SHA256 string `json:"sha256"`
	} `json:"hash"`
	Spec     int `json:"pipfile-spec"`
	Requires struct {
		PythonVersion     string `json:"python_version"`
		PythonFullVersion string `json:"python_full_version"`
	} `json:"requires"`
	Sources []pipfileSource `json:"sources"`
}

type pipfileSource struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// pipfileEntry is a package. Version includes the "==".
type pipfileEntry struct {
	Version string   `json:"version"`
	Hashes  []string `json:"hashes"`
	Markers string   `json:"markers"`
	Index   string   `json:"index"`
	Extras  []string `json:"extras"`
	File    string   `json:"file"`
	Path    string   `json:"path"`
	Git     string   `json:"git"`
	Hg      string   `json:"hg"`
	Svn     string   `json:"svn"`
	Bzr     string   `json:"bzr"`
	Ref     string   `json:"ref"`
	// Subdirectory is the folder of the package in the repository.
	Subdirectory string `json:"subdirectory"`
	Editable     bool   `json:"editable"`
	NoBinary     bool   `json:"no_binary"`
	// Markers with one variable each, from older versions of Pipenv.
	OSName             string `json:"os_name"`
	SysPlatform        string `json:"sys_platform"`
	PlatformMachine    string `json:"platform_machine"`
	PlatformSystem     string `json:"platform_system"`
	PlatformRelease    string `json:"platform_release"`
	PlatformVersion    string `json:"platform_version"`
	PythonVersion      string `json:"python_version"`
	PythonFullVersion  string `json:"python_full_version"`
	ImplementationName string `json:"implementation_name"`
}

// readPipfile reads a Pipfile.lock. It is flat, and each section is a group. It has hashes
// but no file names, which are looked up in the index.
func readPipfile(d *document) (*Lock, error) {
	text, err := d.utf8()
	if err != nil {
		return nil, err
	}
	r := &pipfileReader{d: d, text: text, lock: &Lock{Groups: map[string][]Dependency{}}, known: map[string]int{}}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, d.refuse("is empty", d.repair()...)
	}
	if err := r.checkJSON(); err != nil {
		return nil, err
	}
	sections, err := r.members(text, 0)
	if err != nil {
		return nil, err
	}
	if err := r.readMeta(sections); err != nil {
		return nil, err
	}
	for _, section := range sections {
		if section.name == "_meta" {
			continue
		}
		if err := r.readSection(section); err != nil {
			return nil, err
		}
	}
	l := r.lock
	for _, needed := range []string{"default", "develop"} {
		l.Groups[needed] = slices.Clip(l.Groups[needed])
	}
	l.Roots, l.Groups["dev"] = l.Groups["default"], l.Groups["develop"]
	l.check = func() ([]string, error) { return d.stalePipfile(r.meta.Hash.SHA256) }
	return l, nil
}

// pipfileReader converts a Pipfile.lock to a Lock.
type pipfileReader struct {
	d     *document
	text  []byte
	lock  *Lock
	meta  pipfileMeta
	known map[string]int // maps everything that distinguishes a package to its index in lock.Packages
	// counted is the number of the line at offset countedTo, where the last search ended.
	counted, countedTo int
	sources            map[string]string // the URLs of meta.Sources by name
}

// line returns the line number of an offset, from 1.
func (r *pipfileReader) line(offset int) int {
	offset = min(offset, len(r.text))
	if offset < r.countedTo {
		r.counted, r.countedTo = 0, 0
	}
	r.counted += bytes.Count(r.text[r.countedTo:offset], []byte("\n"))
	r.countedTo = offset
	return 1 + r.counted
}

// checkJSON returns the error for invalid JSON, with its position.
func (r *pipfileReader) checkJSON() error {
	err := json.Unmarshal(r.text, new(ignored))
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) {
		return err
	}
	at := min(int(syntax.Offset), len(r.text))
	if at == len(r.text) {
		err = errors.New("unexpected end of file")
	} else {
		at-- // the offset is after the invalid byte
	}
	column := at - bytes.LastIndexByte(r.text[:at], '\n')
	return r.d.invalid(r.line(at), fmt.Errorf("invalid JSON at column %d: %w", column, err),
		r.d.repair()...)
}

// readMeta reads the section _meta.
func (r *pipfileReader) readMeta(sections []jsonMember) error {
	at := slices.IndexFunc(sections, func(m jsonMember) bool { return m.name == "_meta" })
	if at < 0 {
		return r.d.without("_meta")
	}
	if err := json.Unmarshal(sections[at].value, &r.meta); err != nil {
		return r.d.damaged(r.line(sections[at].at), fmt.Errorf("_meta: %w", err))
	}
	if r.meta.Spec != pipfileSpec {
		return r.d.unsupported(strconv.Itoa(r.meta.Spec), "version "+strconv.Itoa(pipfileSpec), r.meta.Spec > pipfileSpec)
	}
	if n := len(r.meta.Sources); n > maxSources {
		return r.d.invalid(r.line(sections[at].at), fmt.Errorf("_meta has %s sources, but lamella reads at most %s", number.Group(int64(n)), number.Group(maxSources)), r.d.repair()...)
	}
	r.sources = map[string]string{}
	for i, source := range r.meta.Sources {
		url := r.d.expandVariables(source.URL)
		if _, known := r.sources[source.Name]; !known {
			r.sources[source.Name] = url
		}
		if source.Name != "" {
			r.lock.Indexes = append(r.lock.Indexes, Index{Name: source.Name, URL: url})
		}
		if i == 0 {
			r.lock.IndexURL = url
		} else {
			r.lock.ExtraIndexURLs = append(r.lock.ExtraIndexURLs, url)
		}
	}
	// The file was resolved only for this Python version.
	version := r.meta.Requires.PythonVersion
	if version == "" {
		version = r.meta.Requires.PythonFullVersion
	}
	if version != "" && version != "*" {
		numbers := strings.SplitN(version, ".", 3)
		var err error
		if r.lock.RequiresPython, err = pep440.ParseSpecifiers("==" + strings.Join(numbers[:min(2, len(numbers))], ".") + ".*"); err != nil {
			return r.d.damaged(r.line(sections[at].at), fmt.Errorf("_meta.requires: %w", err))
		}
	}
	return nil
}

// readSection reads the packages in a section.
func (r *pipfileReader) readSection(section jsonMember) error {
	members, err := r.members(section.value, section.start)
	if err != nil {
		return err
	}
	group := pep503.Normalize(section.name)
	r.lock.Groups[group] = []Dependency{}
	for _, m := range members {
		var raw pipfileEntry
		err := json.Unmarshal(m.value, &raw)
		p := Package{Name: pep503.Normalize(m.name), Path: r.d.path, Line: r.line(m.at)}
		var marker pep508.Marker
		if err == nil {
			marker, err = raw.marker()
		}
		if err == nil {
			err = r.readEntry(&raw, &p)
		}
		if err != nil {
			return r.d.damaged(p.Line, named(m.name, err))
		}
		r.lock.Groups[group] = append(r.lock.Groups[group], Dependency{Package: r.add(p), Marker: marker})
	}
	return nil
}

// add adds p to the lock, unless it is already there, and returns its index.
func (r *pipfileReader) add(p Package) int {
	key := fmt.Sprintf("%q %q %q %v %q %v", p.Name, p.Version, p.Unpinned, p.Source, p.Hashes, p.Files)
	i, ok := r.known[key]
	if !ok {
		i = len(r.lock.Packages)
		r.known[key] = i
		r.lock.Packages = append(r.lock.Packages, p)
	}
	return i
}

// readEntry sets the source, version, and hashes of p.
func (r *pipfileReader) readEntry(raw *pipfileEntry, p *Package) error {
	if p.Name == "" {
		return errNoName
	}
	for _, text := range raw.Hashes {
		p.Hashes = append(p.Hashes, digest.Digest(text))
	}
	p.NoBinary = raw.NoBinary
	repository := raw.Git + raw.Hg + raw.Svn + raw.Bzr
	location := raw.File
	if location == "" {
		location = raw.Path
	}
	switch {
	case repository != "":
		p.Source = Source{Kind: FromGit, Location: repository + "@" + raw.Ref, Editable: raw.Editable}
		if raw.Git != "" {
			p.Source.setRepository(raw.Git, raw.Ref, raw.Subdirectory)
		}
		p.Hashes = nil
		return nil
	case location != "":
		return r.readLocation(raw, p, location)
	}
	p.Version = strings.TrimLeft(raw.Version, "=")
	if p.Version == "" || p.Version == "*" || p.Version == raw.Version {
		p.Version, p.Unpinned = "", p.Name+strings.TrimPrefix(raw.Version, "*")
	}
	if !strings.HasPrefix(raw.Version, "===") {
		p.Local = localFiles(p.Version, HighestLocal)
	}
	return r.readIndex(raw.Index, p)
}

// readLocation reads a package that is a file or a folder.
func (r *pipfileReader) readLocation(raw *pipfileEntry, p *Package, location string) error {
	url := location
	if !hasScheme(url) {
		url = FileURL(absolute(r.d.dir(), location))
	}
	name := baseName(url)
	if raw.Editable || !isArchive(name) {
		p.Source = Source{Kind: FromDirectory, Location: absolute(r.d.dir(), location), Editable: raw.Editable}
		p.Root = p.Source.Location == r.d.dir()
		p.Hashes = nil
		return nil
	}
	if len(p.Hashes) > 1 {
		return errors.New("one file has several hashes")
	}
	p.Source = Source{Kind: FromURL, Location: url}
	p.Files = []File{{Name: name, URL: url, Hashes: p.Hashes}}
	p.Hashes = nil
	if wheel, err := pep425.ParseWheelName(name); err == nil {
		p.Version = wheel.Version.String()
	}
	return nil
}

// readIndex sets the URL of the index of p. The default is the first one, as in Pipenv.
func (r *pipfileReader) readIndex(name string, p *Package) error {
	if name == "" && len(r.meta.Sources) > 0 {
		p.Source.Location = r.lock.IndexURL
		return nil
	}
	if url, ok := r.sources[name]; ok {
		p.Source.Location = url
		return nil
	}
	if name == "" || hasScheme(name) {
		p.Source.Location = name
		return nil
	}
	return fmt.Errorf("the index %q is not in _meta.sources", name)
}

// marker combines the entry's markers. Like Pipenv, it treats conditions on dependency
// groups and extras, which come from a pylock.toml, as true: the section of the entry has
// already decided them.
func (raw *pipfileEntry) marker() (pep508.Marker, error) {
	text := raw.Markers
	for _, m := range []struct{ variable, rest string }{
		{"os_name", raw.OSName}, {"sys_platform", raw.SysPlatform}, {"platform_machine", raw.PlatformMachine},
		{"platform_system", raw.PlatformSystem}, {"platform_release", raw.PlatformRelease}, {"platform_version", raw.PlatformVersion},
		{"python_version", raw.PythonVersion}, {"python_full_version", raw.PythonFullVersion}, {"implementation_name", raw.ImplementationName},
	} {
		if m.rest != "" {
			text = conjunction(text, m.variable+" "+m.rest)
		}
	}
	if text == "" {
		return pep508.Marker{}, nil
	}
	m, err := pep508.ParseMarker(text)
	return m.Without("dependency_groups", "extras"), err
}
