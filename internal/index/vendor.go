package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/resolve"
)

// Vendored is the result of Vendor.
type Vendored struct {
	Files []string // names of all files that the distributions need, in the order of the distributions
	Added int      // number of these files that were not in the folder before
}

// Vendor puts the files of distributions into dir, which it creates, so that they can be
// installed from there without an index: `--find-links dir`. Wheels come from the cache,
// which fetches them if necessary; source distributions come from where Fetch would look
// for them. The distributions may be for several targets. Files that are already there are
// not replaced. If one of them has the name of a file but not its hash, Vendor downloads
// nothing and returns a fault.Error of Kind Usage.
//
// A distribution that is built from a source tree (Git or a folder) has no file, and two
// distributions that need different files with the same name cannot be in the same folder.
// In both cases, Vendor returns a fault.Error of Kind Lock before it writes anything.
func Vendor(ctx context.Context, c *Client, dir string, ds []resolve.Distribution) (Vendored, error) {
	ds, err := Vendorable(ds)
	if err != nil {
		return Vendored{}, err
	}
	var done Vendored
	var absent, wheels []resolve.Distribution
	for _, d := range ds {
		done.Files = append(done.Files, d.File.Name)
		switch there, err := has(filepath.Join(dir, d.File.Name), d.Hash); {
		case err != nil:
			return Vendored{}, err
		case there:
			continue
		}
		absent = append(absent, d)
		if !d.FromSource {
			wheels = append(wheels, d)
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return Vendored{}, vendorFault(dir, err)
	}
	paths, err := c.Fetch(ctx, wheels)
	if err != nil {
		return done, err
	}
	for _, d := range absent {
		write := func(f *os.File) error { return c.FetchSource(ctx, d, f) }
		if !d.FromSource {
			from := paths[0]
			paths = paths[1:]
			write = func(f *os.File) error { return copyWheel(ctx, f, from, d) }
		}
		if err := vendor(dir, d.File.Name, write); err != nil {
			return done, err
		}
		done.Added++
	}
	return done, nil
}

// Vendorable returns ds with each file only once. If the files cannot be in the same
// folder, the error is a fault.Error of Kind Lock that says why.
func Vendorable(ds []resolve.Distribution) (once []resolve.Distribution, err error) {
	named := map[string]resolve.Distribution{}
	for _, d := range ds {
		other, ok := named[d.File.Name]
		switch {
		case d.File.Name == "":
			return nil, &fault.Error{Kind: fault.Lock, Message: fmt.Sprintf("%s is built from a source tree, so it has no file to download", d.String()),
				Hints: []string{"build a wheel and lock that wheel instead: uv build --wheel"}}
		case ok && other.Hash != d.Hash:
			return nil, &fault.Error{Kind: fault.Lock, Message: fmt.Sprintf("two layers need different files named %s, but one folder cannot contain both", d.File.Name),
				Hints: []string{"use a separate folder for each layer"}}
		case !ok:
			named[d.File.Name] = d
			once = append(once, d)
		}
	}
	return once, nil
}

// has reports whether the file with this hash is at path. If there is a different file, it
// returns an error, because that file is not replaced.
func has(path string, want digest.Digest) (bool, error) {
	f, _, err := bound.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		defer f.Close()
		err = verify(f, []digest.Digest{want})
	}
	if err != nil {
		return false, &fault.Error{Kind: fault.Usage, Message: path + " exists, but does not match the lock file", Subject: path, Err: err,
			Hints: []string{"choose another folder: lamella vendor DIR", "or, if you no longer need the existing file, delete it: rm " + shell.Quote(path)}}
	}
	return true, nil
}

// CheckVendorDir returns a fault.Error of Kind Usage if dir cannot be the folder of Vendor.
func CheckVendorDir(dir string) error {
	const choose = "choose a folder: lamella vendor wheels"
	if e := outfile.RefuseURL(dir, choose); e != nil {
		return e
	}
	message := ""
	switch info, err := os.Stat(dir); {
	case dir == "":
		message = "lamella vendor needs a folder"
	case err == nil && info.Mode().IsRegular():
		message = dir + " is a file, not a folder"
	case err == nil && !info.IsDir():
		message = dir + " is " + bound.Describe(info.Mode()) + ", not a folder"
	default:
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Message: message, Subject: dir, Hints: []string{choose}}
}

// copyWheel copies a wheel in the cache to f. It verifies the hash, because the disk or
// another program may have damaged the wheel since it entered the cache.
func copyWheel(ctx context.Context, f *os.File, path string, d resolve.Distribution) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := io.Copy(f, bound.WithContext(ctx, source)); err != nil {
		return err
	}
	if err := verify(f, []digest.Digest{d.Hash}); err != nil {
		return &fault.Error{Kind: fault.Machine, Message: "the cached " + d.File.Name + " is damaged", Subject: path, Err: err,
			Hints: []string{"remove damaged wheels from the cache (the next run downloads them again): lamella cache verify"}}
	}
	return nil
}

// vendor writes one file into the folder, either completely or not at all.
func vendor(dir, name string, write func(*os.File) error) error {
	temp, err := outfile.Create(dir)
	if err != nil {
		return vendorFault(dir, err)
	}
	defer temp.Discard()
	if err := write(temp.File); err != nil {
		if p, ok := errors.AsType[*fs.PathError](err); ok && p.Path == temp.Name() {
			return vendorFault(filepath.Join(dir, name), p.Err)
		}
		return err
	}
	if err := temp.Commit(filepath.Join(dir, name)); err != nil {
		return vendorFault(filepath.Join(dir, name), err)
	}
	return nil
}

func vendorFault(path string, err error) error {
	return &fault.Error{Kind: fault.Machine, Message: "cannot write " + path, Subject: path, Err: err,
		Hints: []string{"choose a writable folder: lamella vendor DIR"}}
}
