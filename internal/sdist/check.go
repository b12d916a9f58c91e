package sdist

import (
	"bufio"
	"errors"
	"fmt"
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

// checkProject refuses a staged source that is no Python project or, by its own
// word, another one than was locked. None of its code has run yet.
func checkProject(d *resolve.Distribution, root string) error {
	isProject := false
	for _, name := range []string{"pyproject.toml", "setup.py"} {
		info, err := os.Stat(filepath.Join(root, name))
		isProject = isProject || err == nil && info.Mode().IsRegular()
	}
	if !isProject {
		where := "it"
		if d.Source.Subdirectory != "" {
			where = "its folder " + d.Source.Subdirectory
		}
		return &fault.Error{Kind: fault.Lock, Op: "build", Subject: describe(d), Err: fmt.Errorf("%s has neither a pyproject.toml nor a setup.py", where)}
	}
	if d.File.Name == "" {
		return nil // PKG-INFO in a work tree is what an earlier build left
	}
	name, version, err := readPkgInfo(filepath.Join(root, "PKG-INFO"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // an archive of a repository has none
	}
	if err != nil {
		return stagingFault(err)
	}
	return checkIdentity(d, "the sdist", name, version)
}

// readPkgInfo returns the name and version that a file of core metadata states.
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

// checkIdentity compares what a source or wheel calls itself with the lock.
func checkIdentity(d *resolve.Distribution, what, name, version string) error {
	refuse := func(err error) error {
		return &fault.Error{Kind: fault.Lock, Op: "build", Subject: describe(d), Err: err,
			Hints: []string{"lock again; if it is the same then, the source is not what it says: report it, or leave it out: --exclude " + d.Name}}
	}
	if pep503.Normalize(name) != d.Name {
		return refuse(fmt.Errorf("%s calls itself %q", what, name))
	}
	locked, err := pep440.Parse(d.Version)
	if err != nil { // the lock has none, as the project makes it up
		return nil
	}
	got, err := pep440.Parse(version)
	if err != nil {
		return refuse(fmt.Errorf("%s states the version %q: %w", what, version, err))
	}
	if got.Compare(locked) != 0 && got.WithoutLocal().Compare(locked) != 0 {
		return refuse(fmt.Errorf("%s calls itself version %s, the lock has %s", what, got, d.Version))
	}
	return nil
}

// check refuses a built wheel that is not what was locked or does not run on
// the target.
func (b *Builder) check(d *resolve.Distribution, path string) error {
	file := filepath.Base(path)
	name, err := pep425.ParseWheelName(file)
	if err != nil {
		return b.refuse(d, err)
	}
	if err := checkIdentity(d, "the wheel "+file, name.Name, name.Version.String()); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return stagingFault(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return stagingFault(err)
	}
	facts, err := wheel.Examine(f, info.Size())
	if err != nil {
		return b.refuse(d, fmt.Errorf("the build made a wheel that is not in order: %w", err))
	}
	stated, version := facts.Identity()
	if err := checkIdentity(d, "the METADATA of "+file, stated, version); err != nil {
		return err
	}
	w, err := facts.Open(f, info.Size(), file)
	if err != nil {
		return err
	}
	if reason, ok := b.fits(name); !ok {
		return b.refuse(d, fmt.Errorf("the wheel that was built here, %s, %s", file, reason), b.Tool.Advice()...)
	}
	entries, err := w.Entries(nil)
	if err != nil {
		return err
	}
	if err := audit.CheckBinaries(entries, b.Target); err != nil {
		return b.refuse(d, fmt.Errorf("the wheel that was built here, %s: %w", file, err), b.Tool.Advice()...)
	}
	return nil
}

func (b *Builder) refuse(d *resolve.Distribution, err error, hints ...string) error {
	return &fault.Error{Kind: fault.Machine, Op: "build", Subject: describe(d) + " for " + b.Target.String(), Err: err, Hints: hints}
}
