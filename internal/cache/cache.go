// Package cache keeps wheels on disk by the hash of their content.
//
// A wheel is checked once, on its way in: [Cache.Begin] gives an [Ingest], which
// hashes what is written to it, lets the caller look at the whole archive, and
// only then gives the file its name. What has a name was therefore good, and
// [Cache.Wheel], which every build calls for every wheel, is one stat. Whether
// it still is, the reader has to see, by what it once noted as a [Cache.Fact];
// [Cache.Check] hashes a wheel again and removes a damaged one.
//
//	CACHEDIR.TAG                     says that this is a cache, and lamella's
//	lock                             shared by whoever adds, exclusive for Clean
//	wheels/sha256/ab/<hex>.whl       wheels, mode 0444
//	alias/sha512/ab/<hex>            the sha256 of the wheel with that other hash
//	facts/ab/<hex>.json              small things learnt of an index or a wheel,
//	                  each below a line with its CRC-32C
//	layers/<hex>.json                which wheels a layer was built from, likewise
//	partial/<algorithm>-<hex>.part   downloads that broke off, to be resumed,
//	                  with .validator, and .lock, held by whoever downloads
//
// Every file comes by rename, so several processes may use one cache at once and
// any of them may be killed. Nothing in it is precious: deleting the folder costs
// only downloads.
package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
)

// EnvDir is the environment variable that moves the cache.
const EnvDir = "LAMELLA_CACHE_DIR"

// The names of what a cache folder holds.
const (
	tagName    = "CACHEDIR.TAG"
	lockName   = "lock"
	wheelsDir  = "wheels"
	aliasDir   = "alias"
	factsDir   = "facts"
	usesDir    = "layers"
	partialDir = "partial"
)

// tag is the content of the marker file. The first line is fixed by the Cache
// Directory Tagging Specification, so that backup programs skip the folder; the
// second tells our caches from others'.
const tag = "Signature: 8a477f597d28d172789f06886806bc55\n" +
	"# This is lamella's cache of wheels. To empty it: lamella cache clean\n"

// Cache is a folder of verified files. Safe for use by several goroutines and
// several processes at once.
type Cache struct {
	dir string
}

// DefaultDir returns $LAMELLA_CACHE_DIR, as getenv has it, else "lamella" in the
// user's cache folder, which is that of the process (os.UserCacheDir).
func DefaultDir(getenv func(string) string) (string, error) {
	if dir := getenv(EnvDir); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &fault.Error{
			Kind: fault.Machine, Op: "find the cache folder", Err: err,
			Hints: []string{"name one: " + EnvDir + "=/path/to/folder"},
		}
	}
	return filepath.Join(dir, "lamella"), nil
}

// Open opens the cache in dir, creating it if need be. A folder that holds other
// things and is no lamella cache is refused, lest Clean ever meets them. What killed
// runs left behind in it, and in this machine's folders for temporary files, is
// removed.
func Open(dir string) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, diskFault(dir, err)
	}
	outfile.SweepMachine()
	c := &Cache{dir: dir}
	if c.tagged() {
		outfile.SweepOnce(dir)
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, diskFault(dir, err)
	}
	if name, err := c.foreign(); err != nil {
		return nil, diskFault(dir, err)
	} else if name == tagName {
		return nil, otherTag(dir)
	} else if name != "" {
		return nil, notACache(dir, fmt.Errorf("the folder holds %s and is not a lamella cache", name))
	}
	if err := c.writeFile(filepath.Join(dir, tagName), []byte(tag)); err != nil {
		return nil, diskFault(dir, err)
	}
	return c, nil
}

// tagged reports whether the folder bears lamella's marker.
func (c *Cache) tagged() bool {
	content, err := os.ReadFile(filepath.Join(c.dir, tagName))
	return err == nil && bytes.Equal(content, []byte(tag))
}

// foreign returns the name of something in the folder that lamella did not put
// there, "" if there is nothing. Another process may be creating the same cache
// right now, so lamella's own names do not count.
func (c *Cache) foreign() (string, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		switch name := e.Name(); name {
		case lockName, wheelsDir, aliasDir, factsDir, usesDir, partialDir:
		default:
			if !outfile.IsTemp(name) && !strings.HasPrefix(name, oldTempPrefix) && (name != tagName || !c.tagged()) {
				return name, nil
			}
		}
	}
	return "", nil
}

func notACache(dir string, err error) error {
	return &fault.Error{
		Kind: fault.Machine, Op: "use the cache", Subject: dir, Err: err,
		Hints: []string{"name an empty or new folder: " + EnvDir + "=/path/to/folder"},
	}
}

// otherTag is the fault of a folder that bears another program's marker, or
// lamella's, damaged.
func otherTag(dir string) error {
	e := notACache(dir, errors.New("its "+tagName+" is not lamella's, or is damaged")).(*fault.Error) //nolint:errorlint // made here
	e.Hints = append(e.Hints, fmt.Sprintf("if the folder is lamella's, remove the file, and lamella writes it anew: rm '%s'", filepath.Join(dir, tagName)))
	return e
}

// Dir returns the folder, an absolute path.
func (c *Cache) Dir() string { return c.dir }

// Wheel returns the path of the verified wheel with hash d, and whether it is there.
func (c *Cache) Wheel(d digest.Digest) (path string, ok bool) {
	if d.New() == nil || len(d.Hex()) < 2 {
		return "", false
	}
	if d.Algorithm() != "sha256" {
		hex, err := os.ReadFile(c.aliasPath(d))
		if err != nil {
			return "", false
		}
		if d, err = digest.Parse("sha256:" + string(hex)); err != nil {
			return "", false
		}
	}
	path = c.wheelPath(d)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	return path, true
}

// AddWheel stores the content of r as the wheel with hash d and returns its
// path; r is not read if the wheel is there already. verify, if not nil, looks at
// the whole file once it proved to have hash d. If either fails, nothing stays;
// the error is a *Mismatch or verify's.
func (c *Cache) AddWheel(ctx context.Context, d digest.Digest, r io.Reader, verify func(io.ReaderAt, int64) error) (string, error) {
	in, err := c.Begin(ctx, d)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if path, ok := in.Done(); ok {
		return path, nil
	}
	if err := in.Restart(); err != nil {
		return "", err
	}
	if _, err := io.Copy(in, contextReader{ctx, r}); err != nil {
		return "", errors.Join(err, in.Restart())
	}
	return in.Commit(verify)
}

// contextReader ends r when ctx ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (c *Cache) wheelPath(d digest.Digest) string {
	return filepath.Join(c.dir, wheelsDir, "sha256", d.Hex()[:2], d.Hex()+".whl")
}

func (c *Cache) aliasPath(d digest.Digest) string {
	return filepath.Join(c.dir, aliasDir, d.Algorithm(), d.Hex()[:2], d.Hex())
}

// oldTempPrefix begins the names of temporary files of earlier versions of lamella.
const oldTempPrefix = ".tmp-"

// writeFile gives path, in the cache, its content in one step, making its folder
// if need be. Temporary files are in the cache's own folder, so that [Open] finds
// those of killed runs.
func (c *Cache) writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := outfile.Create(c.dir)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		f.Discard()
		return err
	}
	return f.Commit(path)
}

// removeFile removes path; that it is absent is fine.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
