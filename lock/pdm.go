package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// pdmDefault is the name of the group that is the project's own dependencies.
const pdmDefault = "default"

// pdmLock is a pdm.lock of the formats 4.0 to 4.5.
type pdmLock struct {
	Metadata *struct {
		Groups      []string    `toml:"groups"`
		Strategy    []string    `toml:"strategy"`
		CrossBefore *bool       `toml:"cross_platform"` // where strategy is now, before
		Targets     []pdmTarget `toml:"targets"`
		LockVersion string      `toml:"lock_version"`
		ContentHash string      `toml:"content_hash"`
		LockInputs  any         `toml:"lock_inputs"`
		// Files are those of each package before format 4.3, by "name version".
		Files map[string][]rawFile `toml:"files"`
	} `toml:"metadata"`
	Packages []pdmPackage `toml:"package"`
}

// pdmTarget is an environment that the lock was made for.
type pdmTarget struct {
	RequiresPython string `toml:"requires_python"`
	Platform       string `toml:"platform"` // "linux", "manylinux_2_28_x86_64", "macos_arm64", …
	Implementation string `toml:"implementation"`
}

// pdmPackage is one [[package]]. One that is required with extras stands there
// once more, with the extras and what they add.
type pdmPackage struct {
	Name         string    `toml:"name"`
	Version      string    `toml:"version"`
	Extras       []string  `toml:"extras"`
	Groups       []string  `toml:"groups"`
	Marker       string    `toml:"marker"`
	Dependencies []string  `toml:"dependencies"`
	Files        []rawFile `toml:"files"`
	URL          string    `toml:"url"`
	Path         string    `toml:"path"`
	Git          string    `toml:"git"`
	Hg           string    `toml:"hg"`
	Svn          string    `toml:"svn"`
	Bzr          string    `toml:"bzr"`
	Revision     string    `toml:"revision"`
	Editable     bool      `toml:"editable"`
	Subdirectory string    `toml:"subdirectory"` // of a repository or archive
}

func (l *pdmLock) fileLists(each func(*[]rawFile)) {
	for i := range l.Packages {
		each(&l.Packages[i].Files)
	}
}

// readPDM reads pdm.lock. With the strategy inherit_metadata, the default, it
// is flat: of each package it says to which groups it belongs, and by which
// marker. Without, the dependencies have to be followed from those of the
// project, so the pyproject.toml beside it is read, too.
func readPDM(d *document) (*Lock, error) {
	var raw pdmLock
	if err := decodeTOML(d, &raw); err != nil {
		return nil, err
	}
	if raw.Metadata == nil || raw.Metadata.LockVersion == "" {
		return nil, d.wrongFormat("metadata.lock_version")
	}
	if major, minor, ok := formatVersion(raw.Metadata.LockVersion); !ok || major != 4 || minor > 5 { // PDM 2 itself reads no others
		return nil, d.fault(0, fmt.Errorf("it has version %q of PDM's format; this lamella reads the versions 4.0 to 4.5", raw.Metadata.LockVersion), d.relock())
	}
	r := &pdmReader{d: d, raw: &raw, lock: &Lock{Extras: map[string][]Dependency{}, Groups: map[string][]Dependency{}}}
	r.linker = newLinker(d, r.lock)
	for _, step := range []func() error{r.readTargets, r.readPackages, r.readSources, r.readRoots} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if raw.Metadata.LockInputs == nil { // else the hash is not what PDM compares
		r.lock.check = func() ([]string, error) { return d.stalePDM(raw.Metadata.ContentHash) }
	}
	return r.lock, nil
}

// pdmReader turns a pdmLock into a Lock.
type pdmReader struct {
	d      *document
	raw    *pdmLock
	lock   *Lock
	linker *linker
	at     []int // by place in raw.Packages, the place in lock.Packages
	// earlier are metadata.files, by normalised name and version.
	earlier map[string][]rawFile
}

// readTargets reads what the lock covers.
func (r *pdmReader) readTargets() error {
	metadata := r.raw.Metadata
	if len(metadata.Targets) == 0 {
		everywhere := metadata.Strategy == nil && (metadata.CrossBefore == nil || *metadata.CrossBefore)
		if everywhere || slices.Contains(metadata.Strategy, "cross_platform") {
			return nil
		}
		return r.d.fault(0, errors.New("it was made for the machine that made it, and does not say which"), "lock for every platform: "+r.d.relock())
	}
	var markers []pep508.Marker
	for _, t := range metadata.Targets {
		text, err := t.marker()
		if err != nil {
			return r.d.damaged(0, fmt.Errorf("metadata.targets: %w", err))
		}
		if text == "" {
			return nil // everywhere
		}
		m, err := r.linker.marker(text)
		if err != nil {
			return r.d.damaged(0, err)
		}
		markers = append(markers, m)
	}
	r.lock.Environments = [][]pep508.Marker{markers}
	return nil
}

// marker writes the target as a marker expression.
func (t *pdmTarget) marker() (string, error) {
	python, err := pep440.ParseSpecifiers(t.RequiresPython)
	if err != nil {
		return "", err
	}
	text := ""
	if !python.Empty() {
		text = poetryVersions{python}.marker()
	}
	if t.Implementation != "" {
		text = conjunction(text, fmt.Sprintf("implementation_name == %q", strings.ToLower(t.Implementation)))
	}
	platform, _, _ := strings.Cut(strings.TrimLeft(t.Platform, "-"), "_")
	system := map[string]string{
		"windows": "win32", "macos": "darwin", "macosx": "darwin",
		"linux": "linux", "alpine": "linux", "manylinux": "linux", "musllinux": "linux",
		"manylinux1": "linux", "manylinux2010": "linux", "manylinux2014": "linux",
	}[platform]
	switch {
	case t.Platform == "":
		return text, nil
	case system == "":
		return "", fmt.Errorf("platform %q is none that this lamella knows", t.Platform)
	}
	text = conjunction(text, fmt.Sprintf("sys_platform == %q", system))
	for _, machine := range []string{"x86_64", "amd64", "aarch64", "arm64", "i686", "x86", "armv7l", "ppc64le", "ppc64", "s390x"} {
		if strings.HasSuffix(t.Platform, "_"+machine) {
			return conjunction(text, fmt.Sprintf("platform_machine == %q", pdmMachine(system, machine))), nil
		}
	}
	if system == "linux" || system == "win32" { // without a machine, the most common one is meant
		text = conjunction(text, fmt.Sprintf("platform_machine == %q", pdmMachine(system, "x86_64")))
	}
	return text, nil
}

// pdmMachine is the machine as the markers of a system name it.
func pdmMachine(system, machine string) string {
	switch {
	case system == "linux" && machine == "arm64":
		return "aarch64"
	case system == "linux" && machine == "amd64":
		return "x86_64"
	case system == "win32" && machine == "x86_64":
		return "AMD64"
	}
	return machine
}

// readPackages reads the packages, each once, less what depends on what.
func (r *pdmReader) readPackages() error {
	lines := r.d.headerLines(len(r.raw.Packages), "[[package]]")
	known := map[string]int{}
	r.at = make([]int, len(r.raw.Packages))
	r.earlier = map[string][]rawFile{}
	for key, files := range r.raw.Metadata.Files {
		name, version, _ := strings.Cut(key, " ")
		r.earlier[pep503.Normalize(name)+" "+version] = files
	}
	for i := range r.raw.Packages {
		raw := &r.raw.Packages[i]
		p := Package{Name: pep503.Normalize(raw.Name), Version: raw.Version, Path: r.d.path, Line: lines[i]}
		if p.Name == "" {
			return r.d.damaged(p.Line, errors.New("a package has no name"))
		}
		raw.source(r.d, &p)
		if raw.Files == nil {
			raw.Files = r.earlier[p.Name+" "+p.Version]
		}
		raw.files(&p)
		key := fmt.Sprintf("%q %q %v", p.Name, p.Version, p.Source)
		at, ok := known[key]
		if !ok {
			at = len(r.lock.Packages)
			known[key] = at
			r.lock.Packages = append(r.lock.Packages, p)
		}
		r.at[i] = at
	}
	return nil
}

// source sets where p comes from.
func (raw *pdmPackage) source(d *document, p *Package) {
	url := d.expandRoot(raw.URL)
	location := url
	if raw.Path != "" {
		location = FileURL(absolute(d.dir(), raw.Path))
	}
	repository := raw.Git + raw.Hg + raw.Svn + raw.Bzr
	switch {
	case repository != "":
		p.Source = Source{Kind: FromGit, Location: repository + "@" + raw.Revision, Editable: raw.Editable}
		if raw.Git != "" {
			p.Source.setRepository(raw.Git, raw.Revision, raw.Subdirectory)
		}
	case location == "":
		p.Source.Kind = FromIndex
	case isArchive(baseName(location)) && !raw.Editable:
		p.Source = Source{Kind: FromURL, Location: location, Subdirectory: cleanSubdirectory(raw.Subdirectory)}
	default:
		folder := absolute(d.dir(), raw.Path)
		p.Source = Source{Kind: FromDirectory, Location: folder, Editable: raw.Editable}
		p.Root = folder == d.dir() && (raw.Path != "" || url == d.expandRoot("${PROJECT_ROOT}"))
	}
}

// files sets p's files. Without the strategy static_urls they have no URLs.
func (raw *pdmPackage) files(p *Package) {
	for _, f := range raw.Files {
		file := File{Name: f.File, URL: f.URL}
		if file.URL == "" && p.Source.Kind == FromURL {
			file.URL = p.Source.Location
		}
		if file.Name == "" {
			file.Name = baseName(file.URL)
		}
		if f.Hash != "" {
			file.Hashes = []digest.Digest{digest.Digest(f.Hash)}
		}
		p.Files = append(p.Files, file)
	}
	if len(p.Files) == 0 && p.Source.Kind == FromURL {
		p.Files = []File{{Name: baseName(p.Source.Location), URL: p.Source.Location}}
	}
}

// readRoots finds where the walk starts.
func (r *pdmReader) readRoots() error {
	if !slices.Contains(r.raw.Metadata.Strategy, "inherit_metadata") {
		return r.readGraph()
	}
	r.lock.stated = r.stated
	for i := range r.raw.Packages {
		raw := &r.raw.Packages[i]
		m, err := r.linker.marker(raw.Marker)
		if err != nil {
			return r.d.damaged(r.lock.Packages[r.at[i]].Line, fmt.Errorf("package %s: %w", raw.Name, err))
		}
		groups := raw.Groups
		if len(groups) == 0 { // it belongs to whatever is installed
			groups = slices.Concat([]string{pdmDefault}, r.raw.Metadata.Groups)
			slices.Sort(groups)
			groups = slices.Compact(groups)
		}
		for _, group := range groups {
			group = pep503.Normalize(group)
			r.lock.Groups[group] = append(r.lock.Groups[group], Dependency{Package: r.at[i], Marker: m})
		}
	}
	r.readNames()
	return nil
}

// readNames completes the names of groups and tells which of them are extras,
// which the lock does not.
func (r *pdmReader) readNames() {
	for _, group := range append([]string{pdmDefault}, r.raw.Metadata.Groups...) {
		group = pep503.Normalize(group)
		r.lock.Groups[group] = slices.Clip(r.lock.Groups[group])
	}
	r.lock.Roots = r.lock.Groups[pdmDefault]
	project, err := r.d.pyproject("")
	if err != nil {
		return // then an extra can be asked for as a group only, as pdm --group has it
	}
	r.lock.Project = pep503.Normalize(project.Project.Name)
	for extra := range project.Project.OptionalDependencies {
		extra = pep503.Normalize(extra)
		if edges, ok := r.lock.Groups[extra]; ok {
			r.lock.Extras[extra] = edges
		}
	}
}
