// Package alive lets a process show other processes on its machine that it is still running,
// however it ends: the process keeps a file locked, and the system unlocks the file when the
// process ends. Process IDs would not be sufficient, because they are reused and mean
// nothing in another container.
package alive

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Show shows that the process called id is alive until stop is called or the process ends.
// id must be unique: it consists of random hexadecimal digits.
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

// Ended reports whether it is certain that the process called id called Show on this machine
// and has ended. Nothing is certain about a process on another machine, or in a container
// with its own files.
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

// Forget removes what the process called id left behind, if it has ended.
func Forget(id string) {
	if path, err := file(id); err == nil && Ended(id) {
		_ = os.Remove(path)
	}
}

// ErrHeld means that another process holds the file.
var ErrHeld = errors.New("another process holds it")

// Hold locks f, without waiting, until f is closed or the process ends. The error is
// ErrHeld, or that of a file system that does not support locks.
func Hold(f *os.File) error {
	err := lock(f, true)
	if errors.Is(err, held) {
		return ErrHeld
	}
	return err
}

// mostWait is how long other processes may need the file of a process that has ended: a lease
// expires within an hour.
const mostWait = 24 * time.Hour

// Sweep removes what killed processes left behind, once no other process can be waiting for
// them.
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

var names = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{16,64}$`) })

// file returns the path of the file of the process called id. An id comes from elsewhere, so
// file makes sure that it does not lead to another folder.
func file(id string) (string, error) {
	if !names().MatchString(id) {
		return "", errors.New("not a name: " + id)
	}
	return filepath.Join(os.TempDir(), "lamella-"+id+".lock"), nil
}
