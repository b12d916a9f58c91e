package resolve

import (
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

// unhashed reports whether the lock has no hash for file, one of n's, so that its
// hashes come only from the index.
func (n *node) unhashed(file lock.File) bool {
	return len(n.Hashes) == 0 && (len(n.Files) == 0 || len(file.Hashes) == 0)
}

// hash computes the hash of d, a file or folder for which no hash is known.
func hash(ctx context.Context, n *node, d *Distribution, f Finder) (digest.Digest, error) {
	if d.Source.Kind == lock.FromDirectory {
		return hashFolder(ctx, n, f)
	}
	file := d.File
	h, ok := f.(Hasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Subject: n.String(),
			Message: fmt.Sprintf("%s of %s has no hash, and no index is available to compute one", file.Name, n)}
	}
	return h.Hash(ctx, *n.Package, file)
}

func hashFolder(ctx context.Context, n *node, f Finder) (digest.Digest, error) {
	h, ok := f.(FolderHasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Subject: n.String(),
			Message: n.String() + " is a folder, and lamella was not given a way to read it"}
	}
	return h.HashFolder(ctx, n.Source.Folder())
}

// MissingHash returns a note on how to add the hash of an Unhashed distribution to a
// lock file of format f, or what the hash is if that takes more than a line.
func (d *Distribution) MissingHash(f lock.Format) string {
	if f == lock.Requirements {
		return fmt.Sprintf("%s: %s has no hash; to lock the current file, add: %s", d.Where, d, d.HashToAdd(f))
	}
	return fmt.Sprintf("%s: %s has no hash in the lock file; the current file is %s with %s", d.Where, d, d.File.Name, d.Hash)
}

// HashToAdd returns the hash of d as a lock file of format f has it.
func (d *Distribution) HashToAdd(f lock.Format) string {
	switch f {
	case lock.Requirements:
		return "--hash=" + string(d.Hash)
	case lock.Pipenv:
		return fmt.Sprintf("\"hashes\": [%q]", d.Hash)
	}
	return string(d.Hash)
}

// Requirement returns d as a line of a requirements.txt that permits only this file,
// "numpy==2.3.0 --hash=sha256:…", or this commit or folder. URLs have no
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
