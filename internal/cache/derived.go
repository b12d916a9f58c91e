package cache

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
)

// Derived returns the path of the file that PutDerived stored under key, and whether it
// exists. The reader must detect damage itself.
func (c *Cache) Derived(key string) (path string, ok bool) {
	path = c.derivedPath(key)
	info, err := os.Lstat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// PutDerived stores what write writes under key, replacing any previous content, and returns
// the path of the file. The key must identify everything that the content depends on.
func (c *Cache) PutDerived(key string, write func(io.Writer) error) (string, error) {
	return c.putDerived(c.derivedPath(key), write)
}

func (c *Cache) putDerived(path string, write func(io.Writer) error) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", diskFault(c.dir, err)
	}
	f, err := outfile.Create(c.dir)
	if err != nil {
		return "", diskFault(c.dir, err)
	}
	w := bufio.NewWriterSize(f, 256<<10)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		f.Discard()
		return "", diskFault(c.dir, err)
	}
	return path, diskFault(c.dir, f.Commit(path))
}

// DerivedName returns the name of the file that PutDerived stores under key: 64 hexadecimal
// digits.
func DerivedName(key string) string { return digest.SHA256([]byte(key)).Hex() }

func (c *Cache) derivedPath(key string) string {
	hex := DerivedName(key)
	return filepath.Join(c.dir, derivedDir, hex[:2], hex)
}
