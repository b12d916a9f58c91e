package outfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/alive"
	"github.com/lamella-build/lamella/internal/bound"
)

// Temp is a file that gets its final name once it is complete. It is locked while a process
// writes it, so that other processes can distinguish it from one that was left behind.
type Temp struct{ *os.File }

// tempNames matches the names of Temps. No other file is ever swept.
var tempNames = regexp.MustCompile(`^\.lamella-[a-z0-9]{16}\.tmp$`)

// IsTemp reports whether a file with this name, without its folder, is a [Temp].
func IsTemp(name string) bool { return tempNames.MatchString(name) }

// Create creates a Temp in a folder, with the mode that the umask gives.
func Create(folder string) (*Temp, error) { return create(folder, 0o666) }

// CreateScratch creates a Temp in os.TempDir() that only this user can read, for data that
// is needed only while the process runs. The caller must discard it.
func CreateScratch() (*Temp, error) {
	SweepOnce(os.TempDir())
	return create(os.TempDir(), 0o600)
}

func create(folder string, mode fs.FileMode) (*Temp, error) {
	for {
		name := filepath.Join(folder, ".lamella-"+random()+".tmp")
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, mode)
		if err != nil {
			return nil, err
		}
		if !errors.Is(hold(f), errSwept) {
			return &Temp{f}, nil
		}
		_ = f.Close()
	}
}

func random() string { return strings.ToLower(rand.Text()[:16]) }

// errSwept means that another process is removing the file, which was not locked yet.
var errSwept = errors.New("the file is being removed")

// hold locks f. On a file system without locks, nothing is ever swept, so errors other than
// errSwept are harmless.
func hold(f *os.File) error {
	err := alive.Hold(f)
	if errors.Is(err, alive.ErrHeld) {
		return errSwept
	}
	if err != nil {
		return err
	}
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Lstat(f.Name()); err != nil || !os.SameFile(opened, named) {
		return errSwept
	}
	return nil
}

// Commit renames the file to path, which must be in the same file system, and closes it. It
// replaces a file at path; anything else at path is left unchanged and is an error. After an
// error, the Temp no longer exists.
func (t *Temp) Commit(path string) error {
	if err := movable(path); err != nil {
		t.Discard()
		return err
	}
	closed := false
	if renamesClosed {
		closed = true
		if err := t.Close(); err != nil {
			t.Discard()
			return err
		}
	}
	err := replace(t.Name(), path)
	if !closed {
		err = errors.Join(err, t.Close())
	}
	if err != nil {
		t.Discard()
	}
	return err
}

// movable returns an error if path is anything other than a file or missing.
func movable(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "replace", Path: path, Err: errors.New("is " + bound.Describe(info.Mode()))}
	}
	return err
}

// Discard removes the file. After Commit, it does nothing.
func (t *Temp) Discard() {
	_ = t.Close()
	_ = os.Remove(t.Name())
}

// WriteFile replaces the content of path in one step, following links. The folder must
// exist.
func WriteFile(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	t, err := Create(filepath.Dir(path))
	if err != nil {
		return err
	}
	if _, err := t.Write(data); err != nil {
		t.Discard()
		return err
	}
	return t.Commit(path)
}

// Sweep removes the Temps in a folder that killed processes left behind. It ignores errors.
func Sweep(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if e.Type().IsRegular() && tempNames.MatchString(e.Name()) {
			sweep(filepath.Join(folder, e.Name()), os.Remove)
		}
	}
}

// sweep calls remove for the file at path if no process has locked it.
func sweep(path string, remove func(string) error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || !own(info) || time.Since(info.ModTime()) < youngest {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if hold(f) == nil {
		if renamesClosed {
			_ = f.Close()
		}
		_ = remove(path)
	}
}

// swept holds the folders that this process has swept.
var swept sync.Map

// SweepOnce calls Sweep at most once in a process, for folders that it often writes to.
func SweepOnce(folder string) {
	if _, done := swept.LoadOrStore(folder, true); !done {
		Sweep(folder)
	}
}
