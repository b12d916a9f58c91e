package resolve

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// AllPackages stands for every package in Options.AllowBuild, as in pip's --no-binary.
const AllPackages = ":all:"

// FolderHasher is a Finder that also computes the digest of a source tree, to detect
// changes in it. Options.AllowBuild requires a FolderHasher for packages that are folders.
type FolderHasher interface {
	HashFolder(ctx context.Context, folder string) (digest.Digest, error)
}

// Origin returns the source of d for display: the file name, the repository and commit, or
// the name of the folder.
func (d *Distribution) Origin() string {
	switch {
	case d.File.Name != "":
		return d.File.Name
	case d.Source.Kind == lock.FromGit:
		return "git+" + secret.Redact(d.Source.Repository) + "@" + d.Source.Commit + fragment(d.Source.Subdirectory)
	}
	return filepath.Base(d.Source.Folder()) + "/"
}

// allowed returns the names in Options.AllowBuild as a set.
func allowed(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		if name != AllPackages {
			name = pep503.Normalize(name)
		}
		set[name] = true
	}
	return set
}

// mayBuild reports whether the user allows building n from source.
func (g *graph) mayBuild(n *node) bool { return g.allowBuild[n.Name] || g.allowBuild[AllPackages] }

// isTree reports whether the package is a source tree, which never has a wheel.
func (n *node) isTree() bool {
	return n.Source.Kind == lock.FromGit || n.Source.Kind == lock.FromDirectory
}

// checkTree refuses a source tree that must not be built or is not pinned.
func (g *graph) checkTree(n *node) *refusal {
	switch {
	case !g.mayBuild(n):
		return g.refusal(n, "must be built from source because it "+n.treeOrigin(), n.buildRemedies()...)
	case n.Source.Kind == lock.FromDirectory:
		return nil
	case n.Name == "":
		return g.checkName(n)
	case n.Source.Repository == "":
		return g.refusal(n, "comes from a version control system other than Git, so lamella cannot build it", append(help("build a wheel or a source distribution, and lock that file"), remedy{kind: orExclude, node: n})...)
	case n.Source.Commit == "" && g.lock.Format == lock.Requirements:
		return g.refusal(n, "is not pinned to a commit",
			helpEach(n, "commit", fmt.Sprintf("add the full commit hash to %s: %s @ git+%s@COMMIT", n.Where(), n.Name, secret.Redact(n.Source.Repository)))...)
	case n.Source.Commit == "":
		return g.refusal(n, "is not locked to a commit", help("lock again: "+g.relock())...)
	}
	return nil
}

// treeOrigin is a predicate that says where a source tree comes from.
func (n *node) treeOrigin() string {
	origin, before, in := "comes from a folder", "comes from the folder ", secret.Redact(n.Source.Location)
	switch {
	case n.Source.Kind == lock.FromGit && n.Source.Repository == "": // of another version control system
		origin, before = "comes from a repository", "comes from the repository "
	case n.Source.Kind == lock.FromGit:
		origin, before = "comes from a Git repository", "comes from the Git repository "
	case n.Source.Editable:
		origin, before = "is an editable dependency", "is an editable dependency in "
	}
	if n.String() == in { // it is named by it already
		return origin
	}
	return before + in
}

// fromSource returns n as a distribution to build from file or from its source tree.
func (g *graph) fromSource(n *node, file lock.File) (Distribution, *refusal) {
	d := g.distribution(n)
	d.FromSource, d.File = true, file
	if e := g.checkName(n); e != nil {
		return d, e
	}
	switch n.Source.Kind {
	case lock.FromGit:
		d.Hash = digest.Digest("git:" + n.Source.Commit)
		return d, nil
	case lock.FromDirectory:
		return d, nil // the caller reads the folder
	}
	e := g.setHash(n, &d)
	return d, e
}

// checkName refuses a source that has no name in the lock file.
func (g *graph) checkName(n *node) *refusal {
	if n.Name != "" {
		return nil
	}
	return g.refusal(n, "has no name in the lock file",
		helpEach(n, "name", fmt.Sprintf("add the name to %s: NAME @ %s", n.Where(), secret.Redact(n.Source.Location)))...)
}

// distribution returns n as a distribution without a file.
func (g *graph) distribution(n *node) Distribution {
	return Distribution{Name: n.Name, Version: n.Version, Source: n.Source, Where: n.Where(),
		Direct: n.direct, RequiredBy: slices.Sorted(maps.Keys(n.requiredBy))}
}

// setHash sets the hash of d's file. If there is none and that is allowed, it leaves the
// hash empty, and the caller has to read the file.
func (g *graph) setHash(n *node, d *Distribution) *refusal {
	d.Unhashed = g.allowUnhashed && n.unhashed(d.File)
	if d.Unhashed && len(d.File.Hashes) == 0 {
		return nil
	}
	var err error
	if d.Hash, err = hashOf(d.File); err != nil {
		return g.refusal(n, "has no usable hash: "+err.Error(), g.hashRemedies(n)...)
	}
	return nil
}

// archives are the extensions of supported sdists, best first. PEP 625 has only
// .tar.gz.
var archives = []string{".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar"}

// archiveRank returns the index in archives of a name's extension, or -1 if it is not
// there.
func archiveRank(name string) int {
	return slices.IndexFunc(archives, func(ending string) bool { return strings.HasSuffix(strings.ToLower(name), ending) })
}

// sdist returns the best source distribution of p among files.
func sdist(p *lock.Package, files []lock.File) (best lock.File, ok bool) {
	better := func(a, b lock.File) bool {
		return cmp.Or(cmp.Compare(archiveRank(a.Name), archiveRank(b.Name)), cmp.Compare(a.Name, b.Name)) < 0
	}
	for _, file := range files {
		if isSdistOf(p, file.Name) && (!ok || better(file, best)) {
			best, ok = file, true
		}
	}
	return best, ok
}

// isSdistOf reports whether the file with the given name is a source distribution of p. An
// archive that the lock file refers to directly may have any name.
func isSdistOf(p *lock.Package, name string) bool {
	if archiveRank(name) < 0 {
		return false
	}
	s, err := pep425.ParseSdistName(name)
	if err != nil {
		return p.Source.Kind == lock.FromURL || archiveRank(name) > 0 && strings.HasPrefix(pep503.Normalize(name), p.Name)
	}
	v, err := pep440.Parse(p.Version)
	return p.Source.Kind == lock.FromURL ||
		s.Name == p.Name && (err != nil || s.Version.Compare(v) == 0 || p.Local != lock.NoLocal && s.Version.WithoutLocal().Compare(v) == 0)
}
