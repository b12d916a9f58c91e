package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
)

// Usage is disk usage.
type Usage struct {
	Files int
	Bytes int64 // total size of the files in bytes
}

// Size returns the disk usage of the cache: wheels, facts, and unfinished downloads.
func (c *Cache) Size() (Usage, error) {
	var u Usage
	err := c.walk([]string{wheelsDir, aliasDir, factsDir, usesDir, derivedDir, partialDir}, func(_ string, info fs.FileInfo) error {
		u.Files++
		u.Bytes += info.Size()
		return nil
	})
	return u, err
}

// Clean deletes everything that lamella stored in the folder, and also the folder if it is
// then empty. It waits for downloads by other processes. It returns what it freed, and
// rejects a folder without lamella's CACHEDIR.TAG.
func (c *Cache) Clean(ctx context.Context) (Usage, error) {
	if !c.tagged() {
		return Usage{}, &fault.Error{
			Kind: fault.Machine, Message: fmt.Sprintf("nothing was deleted because %s has no %s written by lamella", c.dir, tagName), Subject: c.dir,
			Hints: []string{"choose lamella's cache folder: export " + EnvDir + "=/path/to/folder"},
		}
	}
	lock, err := acquire(ctx, filepath.Join(c.dir, lockName), os.O_RDWR|os.O_CREATE)
	if ctx.Err() != nil {
		return Usage{}, ctx.Err()
	}
	if err != nil {
		return Usage{}, diskFault(c.dir, err)
	}
	freed, sizeErr := c.Size()
	errs := []error{sizeErr}
	for _, name := range []string{wheelsDir, aliasDir, factsDir, usesDir, derivedDir, partialDir} {
		errs = append(errs, os.RemoveAll(filepath.Join(c.dir, name)))
	}
	// Delete the tag last, because without it, a second Clean would reject the folder with
	// what this one could not delete.
	errs = append(errs, lock.Close(), removeFile(filepath.Join(c.dir, lockName)))
	if err := errors.Join(errs...); err != nil {
		return Usage{}, diskFault(c.dir, err)
	}
	if err := removeFile(filepath.Join(c.dir, tagName)); err != nil {
		return Usage{}, diskFault(c.dir, err)
	}
	os.Remove(c.dir) // fails, as it should, if the folder has other files
	return freed, nil
}

// Verify hashes every wheel again. It deletes wheels whose content does not match their
// name, and returns their paths, and how much it read.
func (c *Cache) Verify(ctx context.Context) (damaged []string, checked Usage, err error) {
	check := func(path string, want digest.Digest) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, n, err := hashFile(ctx, path, want.Algorithm())
		if err != nil {
			return err
		}
		checked.Files++
		checked.Bytes += n
		if got != want {
			damaged = append(damaged, path)
		}
		return nil
	}
	err = c.walk([]string{wheelsDir}, func(path string, info fs.FileInfo) error {
		d, err := digest.Parse("sha256:" + strings.TrimSuffix(filepath.Base(path), ".whl"))
		if err != nil || !info.Mode().IsRegular() {
			damaged = append(damaged, path) // not stored by lamella
			return nil
		}
		return check(path, d)
	})
	if err != nil {
		return nil, checked, err
	}
	aliases, err := c.badAliases(ctx)
	if err != nil {
		return nil, checked, err
	}
	for _, path := range append(aliases, damaged...) {
		if err := removeFile(path); err != nil {
			return nil, checked, diskFault(c.dir, err)
		}
	}
	return damaged, checked, nil
}

// Check hashes the wheel with hash d again, and deletes it if its content has changed or
// cannot be read. It reports whether the wheel is in the cache and undamaged.
func (c *Cache) Check(ctx context.Context, d digest.Digest) (sound bool, err error) {
	path, ok := c.Wheel(d)
	if !ok {
		return false, nil
	}
	got, _, err := hashFile(ctx, path, d.Algorithm())
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err == nil && got == d {
		return true, nil
	}
	return false, diskFault(c.dir, removeFile(path))
}

// badAliases returns aliases for wheels that are missing or have another hash.
func (c *Cache) badAliases(ctx context.Context) (bad []string, err error) {
	err = c.walk([]string{aliasDir}, func(path string, _ fs.FileInfo) error {
		algorithm := filepath.Base(filepath.Dir(filepath.Dir(path)))
		want, err := digest.Parse(algorithm + ":" + filepath.Base(path))
		if err == nil {
			if wheel, ok := c.Wheel(want); ok {
				if got, _, err := hashFile(ctx, wheel, algorithm); err != nil || got == want {
					return err
				}
			}
		}
		bad = append(bad, path)
		return nil
	})
	return bad, err
}

// walk calls visit for every file in the named parts of the cache, sorted by path. It skips
// files that are deleted in the meantime.
func (c *Cache) walk(parts []string, visit func(path string, info fs.FileInfo) error) error {
	for _, part := range parts {
		err := filepath.WalkDir(filepath.Join(c.dir, part), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || e.IsDir() {
				return err
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			return visit(path, info)
		})
		if err != nil {
			return diskFault(c.dir, err)
		}
	}
	return nil
}

func hashFile(ctx context.Context, path, algorithm string) (digest.Digest, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := digest.Digest(algorithm + ":").New()
	n, err := io.Copy(h, bound.WithContext(ctx, f))
	if err != nil {
		return "", n, err
	}
	return digest.Of(algorithm, h.Sum(nil)), n, nil
}
