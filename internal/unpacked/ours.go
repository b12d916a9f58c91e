package unpacked

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/shell"
)

// Time is the modification time of every file. It is one day after the earliest time that a
// zip can contain, in UTC, so that programs that write local times into zips, such as
// Python's zipfile, accept it in every time zone.
var Time = time.Date(1980, 1, 2, 0, 0, 0, 0, time.UTC)

// top are the top-level folders of layers that lamella makes.
var top = map[string]bool{"python": true, "bin": true}

// Check returns an error, before any work is done, if dir is anything other than missing,
// empty, or a folder that Write wrote. The error is a fault.Error of Kind Usage.
func Check(dir string) error {
	const choose = "choose a folder: --unpacked build/layer"
	if dir == "" {
		return refuse(dir, "--unpacked needs a folder", choose)
	}
	if e := outfile.RefuseURL(dir, choose); e != nil {
		return e
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if link, err := os.Lstat(dir); err == nil {
			return refuse(dir, dir+" is "+describe(link)+" to a path that does not exist", another(dir))
		}
		return checkParent(dir)
	case err != nil:
		return checkParent(dir)
	case !info.IsDir():
		return refuse(dir, dir+" is "+describe(info)+", not a folder", another(dir))
	}
	if here, err := os.Getwd(); err == nil && outfile.RealPath(here) == outfile.RealPath(dir) {
		return refuse(dir, "the current folder ("+dir+") cannot be replaced", "choose a folder in it: --unpacked "+filepath.Join(dir, "layer"))
	}
	other, changed, err := foreign(dir)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: dir, Message: "cannot read " + dir, Err: err, Hints: []string{another(dir)}}
	}
	if other != "" {
		message := dir + " contains " + other + ", which was not written by lamella"
		if changed {
			message += " or has been changed since"
		}
		return refuse(dir, message, another(dir), "or, if you no longer need the existing folder, delete it: rm -r "+shell.Quote(dir))
	}
	return nil
}

// checkParent checks that the nearest existing path above dir is a folder.
func checkParent(dir string) error {
	for at := filepath.Dir(filepath.Clean(dir)); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return refuse(dir, "cannot write "+dir+" because "+at+" is "+describe(info)+", not a folder", another(""))
		}
		if err == nil || at == filepath.Dir(at) {
			return nil
		}
	}
}

// foreign returns a file below dir that Write did not write, or "" if there is none. Bytecode
// that Python added to the __pycache__ folders does not count. changed reports whether Write
// may have written the file, and the file has changed since.
func foreign(dir string) (found string, changed bool, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		first, _, below := strings.Cut(name, "/")
		ours := top[first] && (below || d.IsDir()) && (d.IsDir() || d.Type().IsRegular())
		if ours && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			ours = written(info) || isBytecode(name)
		}
		if !ours {
			found, changed = filepath.FromSlash(name), top[first] && below && d.Type().IsRegular()
			return fs.SkipAll
		}
		return nil
	})
	return found, changed, err
}

func written(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	return info.ModTime().Equal(Time) && (runtime.GOOS == "windows" || mode == 0o644 || mode == 0o755)
}

func isBytecode(name string) bool {
	return path.Base(path.Dir(name)) == "__pycache__" && strings.HasSuffix(name, ".pyc")
}

func refuse(dir, message string, hints ...string) error {
	return &fault.Error{Kind: fault.Usage, Subject: dir, Message: message, Hints: hints}
}

func describe(info fs.FileInfo) string {
	if info.Mode().IsRegular() {
		return "a file"
	}
	return bound.Describe(info.Mode())
}

// another returns the hint to name another folder beside dir.
func another(dir string) string {
	example := filepath.Join(filepath.Dir(dir), "layer")
	if filepath.Clean(dir) == filepath.Clean(example) {
		example += "-2"
	}
	return "choose another folder: --unpacked " + shell.Quote(example)
}
