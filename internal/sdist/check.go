package sdist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/wheel"
)

// checkProject returns an error if a staged source is not a Python project, or if its
// metadata differs from the lock. It does not run the source's code.
func checkProject(d *resolve.Distribution, root string) error {
	isProject := false
	for _, name := range []string{"pyproject.toml", "setup.py"} {
		info, err := os.Stat(filepath.Join(root, name))
		isProject = isProject || err == nil && info.Mode().IsRegular()
	}
	if !isProject {
		where := "the source of " + describe(d)
		if d.Source.Subdirectory != "" {
			where = "the folder " + d.Source.Subdirectory + " in " + where
		}
		return &fault.Error{Kind: fault.Lock, Subject: describe(d), Message: where + " has neither a pyproject.toml nor a setup.py",
			Hints: []string{"correct the source of " + d.Name + " in the project, and update the lock file", "or exclude " + d.Name + ": --exclude " + d.Name}}
	}
	if d.File.Name == "" {
		return nil // PKG-INFO in a work tree comes from an earlier build
	}
	name, version, err := readPkgInfo(filepath.Join(root, "PKG-INFO"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // an archive of a repository does not contain PKG-INFO
	}
	if err != nil {
		return stagingFault(err)
	}
	return checkIdentity(d, "the source distribution of "+describe(d), name, version)
}

// readPkgInfo returns the name and version in a core metadata file.
func readPkgInfo(path string) (name, version string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != "" { // an empty line ends the headers
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch value = strings.TrimSpace(value); {
		case strings.EqualFold(key, "Name") && name == "":
			name = value
		case strings.EqualFold(key, "Version") && version == "":
			version = value
		}
	}
	return name, version, lines.Err()
}

// checkIdentity returns an error for a source or wheel whose name or version differs from
// the lock. what describes it, such as "the source distribution of demo 1.0".
func checkIdentity(d *resolve.Distribution, what, name, version string) error {
	refuse := func(format string, args ...any) error {
		return &fault.Error{Kind: fault.Lock, Subject: describe(d), Message: what + " " + fmt.Sprintf(format, args...),
			Hints: []string{"update the lock file", "if the problem persists, report it to the authors of " + d.Name, "or exclude " + d.Name + ": --exclude " + d.Name}}
	}
	if pep503.Normalize(name) != d.Name {
		return refuse("has the name %q, but the lock file has %q", name, d.Name)
	}
	locked, err := pep440.Parse(d.Version)
	if err != nil { // the lock has no version, because the project computes it
		return nil
	}
	got, err := pep440.Parse(version)
	if err != nil {
		return refuse("has the invalid version %q", version)
	}
	if got.Compare(locked) != 0 && got.WithoutLocal().Compare(locked) != 0 {
		return refuse("has the version %q, but the lock file has %q", got.String(), d.Version)
	}
	return nil
}

// check returns an error if a built wheel differs from the lock or does not work on the
// target.
func (b *Builder) check(d *resolve.Distribution, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return stagingFault(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return stagingFault(err)
	}
	return b.checkWheel(d, filepath.Base(path), f, info.Size())
}

// checkWheel is like check, for the wheel in r. file is the file name with which it was
// built.
func (b *Builder) checkWheel(d *resolve.Distribution, file string, r io.ReaderAt, size int64) error {
	name, err := pep425.ParseWheelName(file)
	if err != nil {
		return b.refuse(d, "the build of "+describe(d)+" produced an unusable wheel", err, reportOrExclude(d)...)
	}
	if err := checkIdentity(d, "the wheel "+file+" built from "+describe(d), name.Name, name.Version.String()); err != nil {
		return err
	}
	facts, err := wheel.Examine(r, size, file)
	if err != nil {
		return b.refuse(d, "the build of "+describe(d)+" produced an unusable wheel", invalid(d, err))
	}
	stated, version := facts.Identity()
	if err := checkIdentity(d, "the METADATA of "+file, stated, version); err != nil {
		return err
	}
	w, err := facts.Open(r, size, file)
	if err != nil {
		return err
	}
	if reason, ok := b.fits(name); !ok {
		not := "not for"
		if !strings.HasPrefix(reason, "is for ") { // such as "needs glibc 2.99"
			not = "which does not fit"
		}
		return b.refuse(d, fmt.Sprintf("the built wheel %s %s, %s %s on %s", file, reason, not, b.Target.Runtime, b.Target.Architecture), nil, b.Tool.Advice()...)
	}
	entries, err := w.Entries(nil)
	if err != nil {
		return err
	}
	if err := audit.CheckBinaries(entries, b.Target); err != nil {
		return b.refuse(d, fmt.Sprintf("the built wheel %s does not work in %s on %s", file, b.Target.Runtime, b.Target.Architecture), err, b.Tool.Advice()...)
	}
	return nil
}

// invalid returns err, from wheel.Examine, with hints for a wheel that was built here rather
// than published and locked.
func invalid(d *resolve.Distribution, err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Err == nil { // the wheel may be valid in a later format
		return err
	}
	own := *e
	own.Hints = reportOrExclude(d)
	return &own
}

// reportOrExclude returns the hints for a distribution whose build is at fault.
func reportOrExclude(d *resolve.Distribution) []string {
	return []string{"report the problem to the authors of " + d.Name, "or exclude " + d.Name + ": --exclude " + d.Name}
}

func (b *Builder) refuse(d *resolve.Distribution, message string, err error, hints ...string) error {
	return &fault.Error{Kind: fault.Machine, Message: message, Subject: describe(d), Err: err, Hints: hints}
}
