// Package lock reads Python lock files. It converts every format to a Lock: a graph of
// packages with their files, and the requirements that are its roots. Package resolve
// treats all of them alike, except for hints and a few rules that depend on the Format.
//
// [Find] finds the lock file in a project folder, and [Read] reads it. Each format has a
// row in a table (format.go) and a reader in its own file. A reader checks that a lock file
// is well-formed. Package resolve checks whether it fits a target (pins, hashes, wheels,
// environments), because only the packages that the target needs have to fit.
package lock

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// Lock is the content of a lock file.
type Lock struct {
	Format   Format
	Path     string // of the file as it was opened, for messages
	Name     string // base name, under which the file is stored beside a layer version
	Manifest []byte // content of the file, byte for byte
	// Includes are other files that the lock depends on, in reading order: files that a
	// requirements.txt includes with -r and -c, and the pyproject.toml beside a lock file
	// that does not record groups. Two locks are equal only if these files are equal, too.
	Includes []Include

	// Project is the normalized name of the locked project, or "" if the format does not
	// record it or there are several projects (a workspace without a root project).
	Project string

	RequiresPython pep440.Specifiers
	// Environments are the environments that the lock covers: the target must satisfy at
	// least one marker in each list. If there are no lists, the lock covers every target;
	// an empty list covers none.
	Environments [][]pep508.Marker

	Packages []Package
	// Roots are the requirements of the lock: the root project or all workspace members in
	// a uv.lock; the project's requirements if they come from pyproject.toml; and, in flat
	// formats, every package that needs no extra or group.
	Roots []Dependency
	// Extras and Groups are the roots that --extra and --group add, by normalized name. If
	// the format has a name for the group of Roots ("main", "default"), that name is in
	// Groups, too.
	Extras, Groups map[string][]Dependency
	// DefaultGroups are the groups that are installed by default (pylock.toml).
	DefaultGroups []string
	// Members are the projects of the workspace (uv.lock), each of which can be selected as
	// the root. It is empty if there is no workspace.
	Members []Member
	// Linked reports that the format records the requirements of a package but not the
	// packages that satisfy them, so that edges may be alternatives.
	Linked bool
	// Conflicts are sets of projects, extras, and groups. At most one item of each set may
	// be selected.
	Conflicts [][]ConflictItem

	// IndexURL, ExtraIndexURLs, FindLinks, and NoIndex are the package sources in a
	// requirements.txt; they are empty if each file has its URL. They may contain
	// credentials: always show them with Redact.
	IndexURL       string
	ExtraIndexURLs []string
	FindLinks      []string // absolute folders or URLs
	// Indexes are the named indexes in the lock file or in the project beside it.
	Indexes []Index
	NoIndex bool // use FindLinks only
	// TrustedHosts are hosts, with or without a port, whose certificates are not checked
	// (requirements.txt).
	TrustedHosts []string

	relock string   // the command that updates the lock file
	repair []string // the hints for a damaged lock file
	// check returns what has changed in the project since it was locked. It is nil if the
	// format does not support this.
	check func() ([]string, error)
	// stated implements Stated. It is nil if the lock is not flat or does not record
	// requirements.
	stated func() *Stated
}

// Index is a named package index.
type Index struct{ Name, URL string }

// Member is a project in a workspace.
type Member struct {
	Package        int // index into Lock.Packages
	Extras, Groups map[string][]Dependency
}

// Include is a file that a lock includes.
type Include struct {
	Path   string
	Digest digest.Digest // of its bytes
}

// ConflictItem is an extra or a group of a package in a conflict set, or the package itself
// if both are empty. Names are normalized.
type ConflictItem struct{ Package, Extra, Group string }

// Marker returns the extra that is true in the markers of a uv.lock if the item is
// selected, such as "extra-7-project-cuda" in extra == 'extra-7-project-cuda'. The number
// is the length of the package name.
func (c ConflictItem) Marker() string {
	of := strconv.Itoa(len(c.Package)) + "-" + c.Package
	switch {
	case c.Extra != "":
		return "extra-" + of + "-" + c.Extra
	case c.Group != "":
		return "group-" + of + "-" + c.Group
	}
	return "project-" + of
}

// String returns the item for messages, such as "project[cuda]".
func (c ConflictItem) String() string {
	switch {
	case c.Extra != "":
		return c.Package + "[" + c.Extra + "]"
	case c.Group != "":
		return c.Package + " group " + c.Group
	}
	return c.Package
}

// Package is one locked distribution.
type Package struct {
	Name    string // normalized; "" for a source tree whose name is not locked
	Version string // "" if the version is dynamic or Unpinned is set
	Local   LocalFiles
	Source  Source
	// Root reports that this is a locked project. A layer contains its dependencies but
	// never its own files.
	Root bool
	// Files are the files of the package. If the lock file has only hashes
	// (requirements.txt), Files is empty and the file names are looked up in the index.
	Files []File
	// Hashes are the permitted hashes if Files is empty.
	Hashes []digest.Digest
	// Unpinned is the requirement as written, if it allows several versions.
	Unpinned string
	// NoBinary reports that the package must be built from source (--no-binary).
	NoBinary bool
	// RequiresPython are the Python versions that the package supports according to
	// the lock file (PEP 751).
	RequiresPython pep440.Specifiers

	Dependencies []Dependency
	Extras       map[string][]Dependency // what each extra adds, by normalized name

	Path string // file that lists the package
	Line int    // line in that file, from 1; 0 if unknown
}

// Where returns the position of the package in its file, such as "requirements.txt:12".
func (p *Package) Where() string {
	name := filepath.Base(p.Path)
	if p.Line == 0 {
		return name
	}
	return name + ":" + strconv.Itoa(p.Line)
}

// String returns the name and version, such as "numpy 2.3.0", or the source of a package
// without a name.
func (p *Package) String() string {
	switch {
	case p.Name == "":
		return secret.Redact(p.Source.Location)
	case p.Version == "":
		return p.Name
	}
	return p.Name + " " + p.Version
}

// LocalFiles says whether files with a local version label, such as 2.3.0+cu118, are files of
// a package whose Version has none, such as 2.3.0 (PEP 440, "Version matching"). The tools
// differ.
type LocalFiles int

const (
	NoLocal      LocalFiles = iota // they are not: Poetry, pylock.toml, and "===" in pip
	AnyLocal                       // they are like the others: uv
	HighestLocal                   // they are, and the highest label comes before the best tag: pip, Pipenv, PDM
)

// localFiles returns local if a version can have files with local version labels.
func localFiles(version string, local LocalFiles) LocalFiles {
	if version == "" || strings.Contains(version, "+") {
		return NoLocal
	}
	return local
}

// SourceKind is the kind of a Source.
type SourceKind int

const (
	FromIndex     SourceKind = iota // a package index
	FromURL                         // a wheel or an sdist at a URL or path
	FromGit                         // a repository of any version control system
	FromDirectory                   // a folder, editable or not
	Virtual                         // a project that is never installed itself
)

// Source is where a package comes from.
type Source struct {
	Kind SourceKind
	// Location is the URL or folder of the index, archive, or repository, or the folder
	// itself. It may contain credentials: always show it with Redact.
	Location string
	Editable bool
	// Repository is the URL or folder of a FromGit in a form that git accepts, or "" for
	// other version control systems. It may contain credentials, too.
	Repository string
	// Commit is the full hash of the locked commit of a FromGit, or "" if no commit is
	// locked.
	Commit string
	// Subdirectory is the slash-separated path of the package in the repository or archive,
	// or "" for the root.
	Subdirectory string
}

// File is a wheel or an sdist of a package.
type File struct {
	Name string // file name, percent-decoded
	URL  string // absolute http(s) or file URL; "" to look it up in the index
	// Hashes must all match. They are empty if the lock file has none. They are unchanged
	// from the lock file: digest.Parse returns an error for a hash that cannot be verified.
	Hashes []digest.Digest
	Size   int64 // bytes, 0 if unknown
}

// Dependency is an edge to a package.
type Dependency struct {
	Package int      // index into Lock.Packages
	Extras  []string // extras of that package, normalized
	Marker  pep508.Marker
	// Or reports that this edge and the next one in the list are alternatives: packages
	// with the same name that satisfy the same requirement. The package with the highest
	// version that satisfies all active requirements is installed.
	Or bool
}
