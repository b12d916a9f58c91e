package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// pdmDefault is the name of the group for the project's own dependencies.
const pdmDefault = "default"

// pdmLock is a pdm.lock of format 4.0 to 4.5.
type pdmLock struct {
	Metadata *struct {
		Groups      []string    `toml:"groups"`
		Strategy    []string    `toml:"strategy"`
		CrossBefore *bool       `toml:"cross_platform"` // in formats without strategy
		Targets     []pdmTarget `toml:"targets"`
		LockVersion string      `toml:"lock_version"`
		ContentHash string      `toml:"content_hash"`
		LockInputs  any         `toml:"lock_inputs"`
		// Files are the files of each package in formats before 4.3, by "name version".
		Files map[string][]rawFile `toml:"files"`
	} `toml:"metadata"`
	Packages []pdmPackage `toml:"package"`
}

// pdmTarget is an environment that the lock file was created for.
type pdmTarget struct {
	RequiresPython string `toml:"requires_python"`
	Platform       string `toml:"platform"` // "linux", "manylinux_2_28_x86_64", "macos_arm64", …
	Implementation string `toml:"implementation"`
}

// pdmPackage is a [[package]]. A package that is required with extras has a second entry
// with the extras and the dependencies that they add.
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
	Subdirectory string    `toml:"subdirectory"` // in a repository or archive
}

func (l *pdmLock) fileLists(each func(*[]rawFile)) {
	for i := range l.Packages {
		each(&l.Packages[i].Files)
	}
}

// readPDM reads a pdm.lock. With the strategy inherit_metadata, the default, it is flat: it
// lists the groups and the marker of each package. Without this strategy, readPDM has to
// follow the dependencies, starting with the project's own, which are in the pyproject.toml
// beside it.
func readPDM(d *document) (*Lock, error) {
	var raw pdmLock
	if err := decodeTOML(d, &raw); err != nil {
		return nil, err
	}
	if raw.Metadata == nil || raw.Metadata.LockVersion == "" {
		return nil, d.without("metadata.lock_version")
	}
	if major, minor, ok := formatVersion(raw.Metadata.LockVersion); !ok || major != 4 || minor > 5 { // PDM 2 does not read others either
		return nil, d.unsupported(raw.Metadata.LockVersion, "versions 4.0 to 4.5", ok && major >= 4)
	}
	r := &pdmReader{d: d, raw: &raw, lock: &Lock{Extras: map[string][]Dependency{}, Groups: map[string][]Dependency{}}}
	r.linker = newLinker(d, r.lock)
	for _, step := range []func() error{r.readTargets, r.readPackages, r.readSources, r.readRoots} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if raw.Metadata.LockInputs == nil { // if set, PDM does not compare the hash
		r.lock.check = func() ([]string, error) { return d.stalePDM(raw.Metadata.ContentHash) }
	}
	return r.lock, nil
}

// pdmReader converts a pdmLock to a Lock.
type pdmReader struct {
	d      *document
	raw    *pdmLock
	lock   *Lock
	linker *linker
	at     []int // maps indexes in raw.Packages to indexes in lock.Packages
	// earlier is metadata.files by normalized name and version.
	earlier map[string][]rawFile
}

// readTargets reads the environments that the lock covers.
func (r *pdmReader) readTargets() error {
	metadata := r.raw.Metadata
	if len(metadata.Targets) == 0 {
		everywhere := metadata.Strategy == nil && (metadata.CrossBefore == nil || *metadata.CrossBefore)
		if everywhere || slices.Contains(metadata.Strategy, "cross_platform") {
			return nil
		}
		return r.d.refuse("covers only the platform it was created on, and does not record which platform that is", "lock for all platforms, which may change the locked versions: "+r.d.recreate())
	}
	var markers []pep508.Marker
	for _, t := range metadata.Targets {
		text, err := t.marker()
		if err != nil {
			return r.d.damaged(0, fmt.Errorf("metadata.targets: %w", err))
		}
		if text == "" {
			return nil // covers every environment
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

// marker returns the target as a marker expression.
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
		return "", fmt.Errorf("platform %q %w", t.Platform, errUnsupported)
	}
	text = conjunction(text, fmt.Sprintf("sys_platform == %q", system))
	for _, machine := range []string{"x86_64", "amd64", "aarch64", "arm64", "i686", "x86", "armv7l", "ppc64le", "ppc64", "s390x"} {
		if strings.HasSuffix(t.Platform, "_"+machine) {
			return conjunction(text, fmt.Sprintf("platform_machine == %q", pdmMachine(system, machine))), nil
		}
	}
	if system == "linux" || system == "win32" { // without a machine, PDM means the most common one
		text = conjunction(text, fmt.Sprintf("platform_machine == %q", pdmMachine(system, "x86_64")))
	}
	return text, nil
}

// pdmMachine returns the name of the machine in platform_machine on that system.
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

// readPackages reads the packages, without their dependencies. It adds each package only
// once.
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
		p := Package{Name: pep503.Normalize(raw.Name), Version: raw.Version, Local: localFiles(raw.Version, HighestLocal), Path: r.d.path, Line: lines[i]}
		if p.Name == "" {
			return r.d.damaged(p.Line, errNoName)
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

// source sets the source of p.
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

// files sets the files of p. They have URLs only with the strategy static_urls.
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

// readRoots reads the groups and determines the roots from them.
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
		if len(groups) == 0 { // the package belongs to all groups
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

// readNames adds the names of empty groups, and determines which groups are extras, which
// the lock file does not record.
func (r *pdmReader) readNames() {
	for _, group := range append([]string{pdmDefault}, r.raw.Metadata.Groups...) {
		group = pep503.Normalize(group)
		r.lock.Groups[group] = slices.Clip(r.lock.Groups[group])
	}
	r.lock.Roots = r.lock.Groups[pdmDefault]
	project, err := r.d.pyproject("")
	if err != nil {
		return // without a project, extras can be selected only as groups, as with pdm --group
	}
	r.lock.Project = pep503.Normalize(project.Project.Name)
	for extra := range project.Project.OptionalDependencies {
		extra = pep503.Normalize(extra)
		if edges, ok := r.lock.Groups[extra]; ok {
			r.lock.Extras[extra] = edges
		}
	}
}
