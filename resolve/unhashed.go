package resolve

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
)

// asksIndex reports a package whose files only an index can name.
func (g *graph) asksIndex(n *node) bool {
	if len(n.Files) > 0 {
		return false
	}
	return len(n.Hashes) > 0 || g.allowUnhashed && n.Source.Kind == lock.FromIndex && n.Version != ""
}

// unhashed reports that the lock states no hash for file, one of n's: those
// that file has are its source's own word.
func (n *node) unhashed(file lock.File) bool {
	return len(n.Hashes) == 0 && (len(n.Files) == 0 || len(file.Hashes) == 0)
}

// hash has read what d consists of, a file or folder for which nobody states a hash.
func hash(ctx context.Context, n *node, d *Distribution, f Finder) (digest.Digest, error) {
	if d.Source.Kind == lock.FromDirectory {
		return hashFolder(ctx, n, f)
	}
	file := d.File
	h, ok := f.(Hasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: n.String(),
			Err: errors.New("nobody states a hash of " + file.Name + ", and there is nobody to read it")}
	}
	return h.Hash(ctx, *n.Package, file)
}

func hashFolder(ctx context.Context, n *node, f Finder) (digest.Digest, error) {
	h, ok := f.(FolderHasher)
	if !ok {
		return "", &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: n.String(),
			Err: errors.New("it is a folder, and there is nobody to read it")}
	}
	return h.HashFolder(ctx, n.Source.Folder())
}

// MissingHash says how the hash of an Unhashed distribution gets into a lock of the
// format f, or where that takes more than a line, what was taken.
func (d *Distribution) MissingHash(f lock.Format) string {
	if f == lock.Requirements {
		return fmt.Sprintf("%s: %s has no hash; to lock what was taken now, add: %s", d.Where, d, d.HashToAdd(f))
	}
	return fmt.Sprintf("%s: %s has no hash in the lock; what was taken now is %s with %s", d.Where, d, d.File.Name, d.Hash)
}

// HashToAdd is d's hash as a lock of the format f states it.
func (d *Distribution) HashToAdd(f lock.Format) string {
	switch f {
	case lock.Requirements:
		return "--hash=" + string(d.Hash)
	case lock.Pipenv:
		return fmt.Sprintf("\"hashes\": [%q]", d.Hash)
	}
	return string(d.Hash)
}

// Requirement returns d as a line of a requirements.txt that permits this one
// file, "numpy==2.3.0 --hash=sha256:…", or this commit; a URL without
// credentials. Of a folder it says where it is.
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

// fragment is how a URL names a folder of what it leads to.
func fragment(subdirectory string) string {
	if subdirectory == "" {
		return ""
	}
	return "#subdirectory=" + subdirectory
}
