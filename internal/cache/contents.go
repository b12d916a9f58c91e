package cache

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
)

// Wheels calls visit with the SHA-256 and the path of each wheel.
func (c *Cache) Wheels(visit func(d digest.Digest, path string) error) error {
	return c.walk([]string{wheelsDir}, func(path string, _ fs.FileInfo) error {
		d, err := digest.Parse("sha256:" + strings.TrimSuffix(filepath.Base(path), ".whl"))
		if err != nil {
			return nil //nolint:nilerr // not stored by lamella
		}
		return visit(d, path)
	})
}

// AllDerived calls visit with the [DerivedName] and the path of each derived file.
func (c *Cache) AllDerived(visit func(name, path string) error) error {
	return c.walk([]string{derivedDir}, func(path string, _ fs.FileInfo) error {
		if name := filepath.Base(path); IsDerivedName(name) {
			return visit(name, path)
		}
		return nil
	})
}

// IsDerivedName reports whether name may be a [DerivedName].
func IsDerivedName(name string) bool {
	_, err := digest.Parse("sha256:" + name)
	return err == nil
}

// PutDerivedAs is like PutDerived, if only the [DerivedName] of the key is known.
func (c *Cache) PutDerivedAs(name string, write func(io.Writer) error) (string, error) {
	return c.putDerived(filepath.Join(c.dir, derivedDir, name[:2], name), write)
}

// Begun reports whether an interrupted [Cache.Begin] left the beginning of a wheel.
func (c *Cache) Begun(d digest.Digest) bool {
	info, err := os.Stat(c.partialPath(d) + partEnd)
	return err == nil && info.Size() > 0
}

// Scratch creates a temporary file for parts of a wheel, in the cache's file system. The
// caller must discard it. After a crash, [Open] deletes it.
func (c *Cache) Scratch() (*outfile.Temp, error) {
	temp, err := outfile.Create(c.dir)
	return temp, diskFault(c.dir, err)
}

// partialPath returns the path of the files of a wheel that is being added, without their
// suffixes.
func (c *Cache) partialPath(d digest.Digest) string {
	return filepath.Join(c.dir, partialDir, d.Algorithm()+"-"+d.Hex())
}
