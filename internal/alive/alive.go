// Package alive lets a process show the others on its machine that it still
// runs, whatever ends it: it keeps a file locked, and the system unlocks that
// when the process ends. Process numbers would not do: they are given again, and
// mean nothing in another container.
package alive

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Show shows until the process ends, or stop is called, that whoever bears the
// name id is alive. The name is to be unique: hexadecimal digits by chance.
func Show(id string) (stop func(), err error) {
	path, err := file(id)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(f, true); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return func() {
		_ = f.Close()
		_ = os.Remove(path)
	}, nil
}

// Ended reports whether it is certain that the bearer of id showed itself on
// this machine and has ended. Of one on another machine, or in a container with
// files of its own, nothing is certain.
func Ended(id string) bool {
	path, err := file(id)
	if err != nil {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return lock(f, false) == nil
}

// Forget removes what an ended bearer of id left behind.
func Forget(id string) {
	if path, err := file(id); err == nil && Ended(id) {
		_ = os.Remove(path)
	}
}

// ErrHeld: another process holds the file.
var ErrHeld = errors.New("another process holds it")

// Hold locks f until it is closed, or the process ends, without waiting. The
// error is ErrHeld, or that of a file system that knows no locks.
func Hold(f *os.File) error {
	err := lock(f, true)
	if errors.Is(err, held) {
		return ErrHeld
	}
	return err
}

// mostWait is how long the file of a process that has ended is of use to those
// who wait for it: a lease lapses within an hour.
const mostWait = 24 * time.Hour

// Sweep removes what killed bearers of any name left behind, once nobody can wait
// for them any more.
func Sweep() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), "lamella-*.lock"))
	for _, path := range paths {
		id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "lamella-"), ".lock")
		info, err := os.Lstat(path)
		if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > mostWait {
			Forget(id)
		}
	}
}

var names = regexp.MustCompile(`^[0-9a-f]{16,64}$`)

// file is where the bearer of id shows itself. An id comes from elsewhere, so it
// must not lead to another folder.
func file(id string) (string, error) {
	if !names.MatchString(id) {
		return "", errors.New("not a name: " + id)
	}
	return filepath.Join(os.TempDir(), "lamella-"+id+".lock"), nil
}
