package resolve

import (
	"cmp"
	"context"
	"errors"
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

// AllPackages as an element of Options.AllowBuild stands for every package, as
// in pip's --no-binary.
const AllPackages = ":all:"

// FolderHasher is a Finder that can also tell the digest of a source tree, by
// which a change in it is noticed. Options.AllowBuild needs one for packages
// that are folders.
type FolderHasher interface {
	HashFolder(ctx context.Context, folder string) (digest.Digest, error)
}

// Origin names what d comes from, for people: the file, or the repository and
// commit, or the folder without the way to it.
func (d *Distribution) Origin() string {
	switch {
	case d.File.Name != "":
		return d.File.Name
	case d.Source.Kind == lock.FromGit:
		return "git+" + secret.Redact(d.Source.Repository) + "@" + d.Source.Commit + fragment(d.Source.Subdirectory)
	}
	return filepath.Base(d.Source.Folder()) + "/"
}

// allowed makes a set of Options.AllowBuild.
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

// mayBuild reports that the user allows to build n from source.
func (g *graph) mayBuild(n *node) bool { return g.allowBuild[n.Name] || g.allowBuild[AllPackages] }

// isTree reports a package that is a source tree and never has a wheel.
func (n *node) isTree() bool {
	return n.Source.Kind == lock.FromGit || n.Source.Kind == lock.FromDirectory
}

// checkTree refuses a source tree that is not allowed to be built or that
// nothing pins.
func (g *graph) checkTree(n *node) *refusal {
	what := "a folder"
	switch {
	case n.Source.Kind == lock.FromGit:
		what = "a repository"
	case n.Source.Editable:
		what = "an editable folder"
	}
	switch {
	case !g.mayBuild(n):
		return g.refusal(n, fmt.Errorf("it is %s, %s, and no wheel", what, secret.Redact(n.Source.Location)), n.buildRemedies()...)
	case n.Source.Kind == lock.FromDirectory:
		return nil
	case n.Name == "":
		return g.checkName(n)
	case n.Source.Repository == "":
		return g.refusal(n, errors.New("lamella builds from git repositories only"), help("make a wheel or an sdist of it, and lock that", "or leave it out: --exclude "+n.Name)...)
	case n.Source.Commit == "" && g.lock.Format == lock.Requirements:
		return g.refusal(n, errors.New("no commit is named, so what would be built may change at any time"),
			help(fmt.Sprintf("write the commit's full hash at %s: %s @ git+%s@<commit>", n.Where(), n.Name, secret.Redact(n.Source.Repository)))...)
	case n.Source.Commit == "":
		return g.refusal(n, errors.New("it is locked to no commit"), help("lock again: "+g.relock())...)
	}
	return nil
}

// fromSource is n as a distribution to be built of file or, for a source tree,
// of that.
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

// checkName refuses a source for which the lock gives no name.
func (g *graph) checkName(n *node) *refusal {
	if n.Name != "" {
		return nil
	}
	return g.refusal(n, errors.New("its name is known only once it is built"),
		help(fmt.Sprintf("write its name at %s: NAME @ %s", n.Where(), secret.Redact(n.Source.Location)))...)
}

// distribution is n, less its file.
func (g *graph) distribution(n *node) Distribution {
	return Distribution{Name: n.Name, Version: n.Version, Source: n.Source, Where: n.Where(),
		Direct: n.direct, RequiredBy: slices.Sorted(maps.Keys(n.requiredBy))}
}

// setHash finds the hash by which d's file is known. It stays "" where nobody
// states one and that is allowed: then the caller reads the file.
func (g *graph) setHash(n *node, d *Distribution) *refusal {
	d.Unhashed = g.allowUnhashed && n.unhashed(d.File)
	if d.Unhashed && len(d.File.Hashes) == 0 {
		return nil
	}
	var err error
	if d.Hash, err = hashOf(d.File); err != nil {
		return g.refusal(n, err, g.hashRemedies(n)...)
	}
	return nil
}

// archives are the endings of the sdists that can be unpacked, the best first
// (PEP 625 knows .tar.gz only).
var archives = []string{".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar"}

// archiveRank is an ending's place in archives, -1 if it has none.
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

// isSdistOf reports a file that is a source distribution of p by its name. An
// archive that is itself what the lock names may be called anything.
func isSdistOf(p *lock.Package, name string) bool {
	if archiveRank(name) < 0 {
		return false
	}
	s, err := pep425.ParseSdistName(name)
	if err != nil {
		return p.Source.Kind == lock.FromURL || archiveRank(name) > 0 && strings.HasPrefix(pep503.Normalize(name), p.Name)
	}
	v, err := pep440.Parse(p.Version)
	return p.Source.Kind == lock.FromURL || s.Name == p.Name && (err != nil || s.Version.Compare(v) == 0)
}
