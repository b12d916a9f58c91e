package installer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// besides lists the files beside its lock file that a tool reads if they exist.
var besides = map[lock.Format][]string{
	lock.Poetry: {"pyproject.toml", "poetry.toml"},
	lock.UV:     {"pyproject.toml", "uv.toml"},
}

// copyInputs copies the lock file, the files beside it that the tool reads, and the files
// and folders that it refers to into the staging folder. Their paths relative to each other
// do not change.
func (s *stage) copyInputs(l *lock.Lock) error {
	path, err := filepath.Abs(l.Path)
	if err != nil {
		return stageFault(l.Path, err)
	}
	dir := filepath.Dir(path)
	inputs, err := inputsOf(l, dir)
	if err != nil {
		return err
	}
	top := dir
	for _, p := range inputs {
		for !within(p, top) {
			if filepath.Dir(top) == top {
				return &fault.Error{Kind: fault.Machine, Message: fmt.Sprintf("%s is on a different drive than %s", p, path), Subject: p}
			}
			top = filepath.Dir(top)
		}
	}
	place := func(p string) string {
		relative, _ := filepath.Rel(top, p) // both are absolute, and p is within top
		return filepath.Join(srcDir, relative)
	}
	s.project = place(dir)
	if err := os.MkdirAll(s.path(s.project), 0o777); err != nil {
		return stageFault(s.root, err)
	}
	for _, p := range inputs {
		if err := copyTree(p, s.path(place(p))); err != nil {
			return stageFault(p, err)
		}
	}
	// Write the content that was read and compared, because the file may have changed since
	// then.
	if err := os.WriteFile(s.path(s.project, l.Name), l.Manifest, 0o666); err != nil {
		return stageFault(s.root, err)
	}
	return nil
}

// inputsOf returns the absolute paths of what an installation of l reads, except for the
// lock file itself, which is in dir.
func inputsOf(l *lock.Lock, dir string) ([]string, error) {
	inputs, err := localSources(l, dir)
	if err != nil {
		return nil, err
	}
	for _, include := range l.Includes {
		file, err := filepath.Abs(include.Path)
		if err != nil {
			return nil, stageFault(include.Path, err)
		}
		inputs = append(inputs, file)
	}
	for _, name := range besides[l.Format] {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			inputs = append(inputs, filepath.Join(dir, name))
		}
	}
	return inputs, nil
}

// within reports whether path is dir or below it.
func within(path, dir string) bool {
	relative, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(relative)
}

// localSources returns the absolute paths of the folders and files that the packages in the
// lock file come from, except for the project itself.
func localSources(l *lock.Lock, dir string) ([]string, error) {
	var paths []string
	for i := range l.Packages {
		p := &l.Packages[i]
		path := p.Source.Folder() // an index may be a folder of wheels
		if p.Source.Kind == lock.FromGit || !filepath.IsAbs(path) || path == dir {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return nil, &fault.Error{Kind: fault.Lock, Message: fmt.Sprintf("cannot read the source of %s that %s refers to", p, l.Name), Subject: p.String(), Err: err,
				Hints: []string{"restore " + path + ", or update the lock file"}}
		}
		paths = append(paths, path)
	}
	for _, folder := range l.FindLinks {
		if filepath.IsAbs(folder) {
			paths = append(paths, folder)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// notSources lists folders that builds do not need and that may be large.
var notSources = []string{".git", ".hg", ".svn", ".venv", "venv", "__pycache__", "node_modules", ".tox", ".mypy_cache"}

// copyTree copies a file, or a folder and its content.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		into := filepath.Join(to, relative)
		switch {
		case d.IsDir() && path != from && slices.Contains(notSources, d.Name()):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(into, 0o777)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, into)
		case d.Type().IsRegular():
			return copyFile(path, into)
		}
		return nil // a socket or a device
	})
}

func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	copied, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, source)
	return errors.Join(err, copied.Close())
}

// limitGlibc writes the module that prevents Python's installers from choosing wheels for a
// newer glibc than the target's (PEP 600).
func (s *stage) limitGlibc(t target.Target) error {
	module := fmt.Sprintf("def manylinux_compatible(major, minor, arch):\n    return None if (major, minor) <= (2, %d) else False\n", t.GlibcMinor)
	for _, dir := range []string{s.path(supportDir), s.path(targetDir), s.path(layerDir), s.path(tempDir)} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return stageFault(dir, err)
		}
	}
	if err := os.WriteFile(s.path(supportDir, glibcModule), []byte(module), 0o666); err != nil {
		return stageFault(s.root, err)
	}
	return nil
}

const glibcModule = "_manylinux.py"

// slashed returns a path in the staging folder with slashes, as needed in a container.
func slashed(path string) string { return strings.ReplaceAll(path, `\`, "/") }
