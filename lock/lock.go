// Package lock reads Python lock files. Every format becomes one value, Lock:
// a graph of packages with their files, and the requirements it starts from.
// What the formats mean differently is settled here; resolve walks them all alike.
//
// [Find] tells which lock file a project folder has, [Read] reads it. Each
// format has its row in a table (format.go) and its reader in a file of its
// own. A reader checks the form of a lock; whether the lock fits a target
// (pins, hashes, wheels, covered environments) is resolve's to say, since only
// what the target's markers reach needs to fit.
package lock

import (
	"path/filepath"
	"strconv"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// Lock is a lock file's content.
type Lock struct {
	Format   Format
	Path     string // the file as it was opened, for messages
	Name     string // its base name, under which it is stored beside a layer version
	Manifest []byte // the file, byte for byte
	// Includes are further files that decide what the lock means, in the order
	// they are read: those that a requirements.txt draws in by -r and -c, and
	// the pyproject.toml beside a lock that does not tell what belongs to which
	// group. Two locks are the same only if these are, too.
	Includes []Include

	// Project is the normalised name of the project the lock was made for, ""
	// where the format does not tell or there are several (a workspace without
	// a root project).
	Project string

	RequiresPython pep440.Specifiers
	// Environments are the markers the lock was made for: the target must
	// satisfy one of each list. Empty: any. An empty list in it: none at all.
	Environments [][]pep508.Marker

	Packages []Package
	// Roots is where the walk starts: the root project or all workspace members
	// in a uv.lock, the project's requirements where pyproject.toml has them,
	// and in the flat formats every package that is always wanted.
	Roots []Dependency
	// Extras and Groups are the further roots that --extra and --group add,
	// by normalised name. Where the format has a name for the group that Roots
	// are ("main", "default"), Groups has it, too.
	Extras, Groups map[string][]Dependency
	// DefaultGroups are those that are active unless they are turned off
	// (pylock.toml only: what it is locked to install by default).
	DefaultGroups []string
	// Members are the projects of the workspace (uv.lock), by which one of them
	// can be the root. Empty: there is none.
	Members []Member
	// Linked: the format states what a package requires, and not which package
	// that is, so edges may be alternatives.
	Linked bool
	// Conflicts are sets of projects, extras and groups of which at most one
	// may be active.
	Conflicts [][]ConflictItem

	// IndexURL, ExtraIndexURLs, FindLinks and NoIndex are the lock's own
	// sources (requirements.txt options); empty where each file has its URL.
	// They may hold credentials: show them by Redact only.
	IndexURL       string
	ExtraIndexURLs []string
	FindLinks      []string // absolute folders or URLs
	// Indexes are those that have a name, in the lock or in the project beside it.
	Indexes []Index
	NoIndex bool // ask FindLinks only
	// TrustedHosts are the hosts, or host:port, whose certificates the lock says not
	// to check (requirements.txt).
	TrustedHosts []string

	relock string // the command that makes the lock anew
	// check tells what has changed in the project since it was locked; nil if
	// nothing can tell.
	check func() ([]string, error)
	// stated is Stated; nil if the lock is no flat one or does not note it.
	stated func() *Stated
}

// Index is a package index that has a name.
type Index struct{ Name, URL string }

// Member is a project of a workspace.
type Member struct {
	Package        int // index into Lock.Packages
	Extras, Groups map[string][]Dependency
}

// Include is a file that a lock draws in.
type Include struct {
	Path   string
	Digest digest.Digest // of its bytes
}

// ConflictItem is an extra or a group of a package in a conflict set, or the
// package itself where both are empty. Names are normalised.
type ConflictItem struct{ Package, Extra, Group string }

// Marker is the value by which uv.lock's markers ask whether the item is
// active: extra == 'extra-7-project-cuda'. The number is the length of the
// package's name.
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

// String returns the item as a user would name it.
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
	Name    string // normalised; "" for a source tree whose name the lock does not tell
	Version string // "" where the lock has none: a dynamic version, or Unpinned
	Source  Source
	// Root: a project the lock was made for. Its dependencies belong to the
	// layer, its own files never do.
	Root bool
	// Files are the candidates with names. Empty where the lock has only
	// hashes (requirements.txt): then the index tells the names.
	Files []File
	// Hashes are the permitted hashes where Files is empty.
	Hashes []digest.Digest
	// Unpinned is the requirement as written where it does not name one version.
	Unpinned string
	// NoBinary: the lock asks for a build from source (--no-binary).
	NoBinary bool
	// RequiresPython is what the lock says that the package needs. A target
	// that it does not hold for cannot have the package (PEP 751).
	RequiresPython pep440.Specifiers

	Dependencies []Dependency
	Extras       map[string][]Dependency // extra (normalised) → what it adds

	Path string // the file that states the package
	Line int    // in Path, from 1; 0 if not known
}

// Where returns "requirements.txt:12", the place that states the package.
func (p *Package) Where() string {
	name := filepath.Base(p.Path)
	if p.Line == 0 {
		return name
	}
	return name + ":" + strconv.Itoa(p.Line)
}

// String returns "numpy 2.3.0", or the source of a package without a name.
func (p *Package) String() string {
	switch {
	case p.Name == "":
		return secret.Redact(p.Source.Location)
	case p.Version == "":
		return p.Name
	}
	return p.Name + " " + p.Version
}

// SourceKind says where a package comes from.
type SourceKind int

const (
	FromIndex     SourceKind = iota
	FromURL                  // an archive, a wheel or an sdist, at a URL or path
	FromGit                  // a repository of any version control system
	FromDirectory            // a folder, editable or not
	Virtual                  // a project that is never installed itself
)

// Source is where a package comes from.
type Source struct {
	Kind SourceKind
	// Location is the index URL or folder, archive URL, repository URL, or
	// folder. It may hold credentials: show it by Redact only.
	Location string
	Editable bool
	// Repository is the URL or folder of a FromGit as git itself takes it, "" if
	// another version control system has it. It may hold credentials, too.
	Repository string
	// Commit is the full hash of the commit that a FromGit is locked to, "" if
	// it is locked to none.
	Commit string
	// Subdirectory is the folder of the repository or archive that the package
	// is in, with slashes; "" for all of it.
	Subdirectory string
}

// File is one candidate file of a package.
type File struct {
	Name string // file name, percent-decoded
	URL  string // absolute http(s) or file URL; "": ask the index, by the hashes
	// Hashes all must match; empty: the lock states none. They stand as the
	// lock has them: digest.Parse tells whether one can be verified.
	Hashes []digest.Digest
	Size   int64 // bytes, 0 if not known
}

// Dependency is an edge to a package.
type Dependency struct {
	Package int      // index into Lock.Packages
	Extras  []string // of that package, normalised
	Marker  pep508.Marker
	// Or: this edge and the next one in the list are alternatives, packages of
	// one name that satisfy the same requirement. Of the packages that satisfy
	// all requirements that are reached, the one of the highest version is meant.
	Or bool
}
