// Package cache stores wheels on disk by the hash of their content.
//
// A wheel is verified once, when it is added: [Cache.Begin] returns an [Ingest], which
// hashes what is written to it, lets the caller examine the whole archive, and then renames
// the file into place. [Cache.Wheel], which every build calls for every wheel, therefore
// needs only one stat. A reader detects later damage with what it recorded as a
// [Cache.Fact]; [Cache.Check] hashes a wheel again and deletes it if it is damaged.
//
//	CACHEDIR.TAG                     marks the folder as lamella's cache
//	lock                             shared while adding, exclusive for Clean
//	wheels/sha256/ab/<hex>.whl       wheels, mode 0444
//	alias/sha512/ab/<hex>            the SHA-256 of the wheel with this other hash
//	facts/ab/<hex>.json              responses of indexes and facts about wheels,
//	                  each below a line with its CRC-32C
//	layers/<hex>.json                which wheels a layer was built from, in the same form
//	derived/ab/<hex>                 what was computed from a wheel, such as its bytecode
//	partial/<algorithm>-<hex>.part   interrupted downloads, to be resumed, with
//	                  .validator, and .lock, locked by the downloading process
//
// Files are renamed into place, so several processes can use a cache at once, and any of
// them can be killed. Deleting the folder costs only downloads.
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
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/shell"
)

// EnvDir is the environment variable that selects another folder for the cache.
const EnvDir = "LAMELLA_CACHE_DIR"

// Names of the files and folders in a cache.
const (
	tagName    = "CACHEDIR.TAG"
	lockName   = "lock"
	wheelsDir  = "wheels"
	aliasDir   = "alias"
	factsDir   = "facts"
	usesDir    = "layers"
	derivedDir = "derived"
	partialDir = "partial"
)

// tag is the content of the marker file. The Cache Directory Tagging Specification defines
// the first line, which makes backup programs skip the folder. The second line distinguishes
// lamella's caches from others.
const tag = "Signature: 8a477f597d28d172789f06886806bc55\n" +
	"# This is lamella's cache of wheels. To empty it: lamella cache clean\n"

// Cache is a folder of verified files. It is safe for concurrent use by goroutines and
// processes.
type Cache struct {
	dir     string
	flushes flushes
}

// DefaultDir returns $LAMELLA_CACHE_DIR according to getenv. If that is not set, it returns
// "lamella" in the user's cache folder (os.UserCacheDir), which depends on the process.
func DefaultDir(getenv func(string) string) (string, error) {
	if dir := getenv(EnvDir); dir != "" {
		return absolute(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &fault.Error{
			Kind: fault.Machine, Message: "cannot find the user's cache folder", Err: err,
			Hints: []string{"choose one: export " + EnvDir + "=/path/to/folder"},
		}
	}
	return filepath.Join(dir, "lamella"), nil
}

// absolute returns the absolute path of a cache. It rejects URLs.
func absolute(dir string) (string, error) {
	if e := outfile.RefuseURL(dir, chooseCache, "to share a cache on S3 between machines, use the setting cache: --cache s3://BUCKET/PREFIX"); e != nil {
		e.Kind = fault.Machine
		return "", e
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", diskFault(dir, err)
	}
	return path, nil
}

// Open opens the cache in dir, and creates it if necessary. It rejects a folder with other
// content, which Clean must never delete. It deletes what killed processes left in the cache
// and in this machine's temporary folders.
func Open(dir string) (*Cache, error) {
	dir, err := absolute(dir)
	if err != nil {
		return nil, err
	}
	outfile.SweepMachine()
	c := &Cache{dir: dir, flushes: flushes{slots: make(chan struct{}, maxFlushes)}}
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
		return nil, notACache(dir, fmt.Sprintf("cannot use %s as the cache because it contains other files: %s", dir, name))
	}
	if err := c.writeFile(filepath.Join(dir, tagName), []byte(tag)); err != nil {
		return nil, diskFault(dir, err)
	}
	return c, nil
}

// tagged reports whether the folder has lamella's CACHEDIR.TAG.
func (c *Cache) tagged() bool {
	content, err := os.ReadFile(filepath.Join(c.dir, tagName))
	return err == nil && bytes.Equal(content, []byte(tag))
}

// foreign returns the name of a file or folder that is not lamella's, or "". Lamella's own
// names do not count, because another process may be creating the same cache.
func (c *Cache) foreign() (string, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		switch name := e.Name(); name {
		case lockName, wheelsDir, aliasDir, factsDir, usesDir, derivedDir, partialDir:
		default:
			if !outfile.IsTemp(name) && !strings.HasPrefix(name, oldTempPrefix) && (name != tagName || !c.tagged()) {
				return name, nil
			}
		}
	}
	return "", nil
}

const chooseCache = "choose an empty or new folder: export " + EnvDir + "=/path/to/folder"

// notACache returns the error for a folder that is not lamella's cache.
func notACache(dir, message string) *fault.Error {
	return &fault.Error{
		Kind: fault.Machine, Message: message, Subject: dir,
		Hints: []string{chooseCache},
	}
}

// otherTag returns the error for a folder with another program's CACHEDIR.TAG, or with a
// damaged one.
func otherTag(dir string) error {
	path := filepath.Join(dir, tagName)
	e := notACache(dir, fmt.Sprintf("cannot use %s as the cache because its %s is damaged or belongs to another program", dir, tagName))
	e.Hints = append(e.Hints, fmt.Sprintf("or, if the folder is lamella's cache, delete the damaged file: rm %s", shell.Quote(path)))
	return e
}

// Dir returns the absolute path of the folder.
func (c *Cache) Dir() string { return c.dir }

// Wheel returns the path of the verified wheel with hash d, and whether it is in the cache.
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

// AddWheel stores the content of r as the wheel with hash d and returns its path. It does
// not read r if the wheel is already in the cache. If verify is not nil, AddWheel calls it
// for the whole file once the hash has been verified. If either check fails, nothing is
// stored, and the error is a *Mismatch or that of verify.
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
	if _, err := io.Copy(in, bound.WithContext(ctx, r)); err != nil {
		return "", errors.Join(err, in.Restart())
	}
	path, err := in.Commit(verify)
	if err != nil {
		return "", err
	}
	return path, c.Flush()
}

func (c *Cache) wheelPath(d digest.Digest) string {
	return filepath.Join(c.dir, wheelsDir, "sha256", d.Hex()[:2], d.Hex()+".whl")
}

func (c *Cache) aliasPath(d digest.Digest) string {
	return filepath.Join(c.dir, aliasDir, d.Algorithm(), d.Hex()[:2], d.Hex())
}

// oldTempPrefix is the prefix of temporary files from older versions of lamella.
const oldTempPrefix = ".tmp-"

// writeFile writes a file of the cache and renames it into place. It creates the file's
// folder if necessary. Temporary files are in the cache's own folder, where [Open] finds
// those of killed processes.
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

// removeFile deletes a file, if it exists.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
