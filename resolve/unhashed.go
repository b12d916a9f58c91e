package resolve

import (
	"cmp"
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
)

// needsIndex reports whether only an index has the file names of a package.
func (g *graph) needsIndex(n *node) bool {
	if len(n.Files) > 0 {
		return false
	}
	return len(n.Hashes) > 0 || g.allowUnhashed && n.Source.Kind == lock.FromIndex && n.Version != ""
}

// unhashed reports whether the lock has no hash for file, a file of n, so that only the
// index has its hashes.
func (n *node) unhashed(file lock.File) bool {
	return len(n.Hashes) == 0 && (len(n.Files) == 0 || len(file.Hashes) == 0)
}

// hash computes the hash of d, a file or folder without a known hash.
func hash(ctx context.Context, n *node, d *Distribution, f Finder) (digest.Digest, error) {
	if d.Source.Kind == lock.FromDirectory {
		return hashFolder(ctx, n, f)
	}
	file := d.File
	h, ok := f.(Hasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Subject: n.String(),
			Message: fmt.Sprintf("%s of %s has no hash, and the Finder is not a Hasher", file.Name, n)}
	}
	return h.Hash(ctx, *n.Package, file)
}

func hashFolder(ctx context.Context, n *node, f Finder) (digest.Digest, error) {
	h, ok := f.(FolderHasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Subject: n.String(),
			Message: n.String() + " is a folder, and the Finder is not a FolderHasher"}
	}
	return h.HashFolder(ctx, n.Source.Folder())
}

// MissingHash returns a note that says how to add the hash of an Unhashed distribution to a
// lock file of format f. If that takes more than one line, the note only says what the hash
// is.
func (d *Distribution) MissingHash(f lock.Format) string {
	if f == lock.Requirements {
		return fmt.Sprintf("%s: %s has no hash; to lock %s, add: %s", d.Where, d, cmp.Or(d.File.Name, "its current source"), d.HashToAdd(f))
	}
	return fmt.Sprintf("%s: %s has no hash in the lock file; the current file is %s with %s", d.Where, d, d.File.Name, d.Hash)
}

// HashToAdd returns the hash of d in the syntax of a lock file of format f.
func (d *Distribution) HashToAdd(f lock.Format) string {
	switch f {
	case lock.Requirements:
		return "--hash=" + string(d.Hash)
	case lock.Pipenv:
		return fmt.Sprintf("\"hashes\": [%q]", d.Hash)
	}
	return string(d.Hash)
}

// Requirement returns d as a line of a requirements.txt that permits only this file, such
// as "numpy==2.3.0 --hash=sha256:…", or only this commit or folder. URLs do not contain
// credentials.
func (d *Distribution) Requirement() string {
	pin := d.Name + "==" + d.Version
	switch d.Source.Kind {
	case lock.FromURL:
		pin = d.Name + " @ " + secret.Strip(d.File.URL) + fragment(d.Source.Subdirectory)
	case lock.FromGit:
		return d.Name + " @ git+" + secret.Strip(d.Source.Repository) + "@" + d.Source.Commit + fragment(d.Source.Subdirectory)
	case lock.FromDirectory:
		return d.Name + " @ " + lock.FileURL(d.Source.Folder()) + fragment(d.Source.Subdirectory)
	}
	return pin + " --hash=" + string(d.Hash)
}

// fragment returns the URL fragment for a subdirectory.
func fragment(subdirectory string) string {
	if subdirectory == "" {
		return ""
	}
	return "#subdirectory=" + subdirectory
}
