package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/alive"
)

// Folder is a temporary folder. A file beside it, with this suffix, is locked for as long as
// the process works in the folder.
type Folder struct {
	Path string
	lock *os.File
}

const (
	folderPrefix = "lamella-"
	folderEnd    = ".staging"
)

// MakeFolder creates the temporary folder parent/lamella-name, which only this user can
// read. It also creates parent if that is missing. If another process works in a folder with
// this name, the name gets a suffix. A folder that a killed process left behind is removed
// first. A parent of "" means os.TempDir().
func MakeFolder(parent, name string) (*Folder, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, err
	}
	sweepFolders(parent)
	path := filepath.Join(parent, folderPrefix+name)
	for {
		f, err := makeFolder(path)
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, errSwept) {
			return f, err
		}
		path = filepath.Join(parent, folderPrefix+name+"-"+random())
	}
}

// MakeWorkFolder calls [MakeFolder] in os.TempDir() for the temporary files of a run. The
// error is a fault.Error of Kind Machine.
func MakeWorkFolder() (*Folder, error) {
	folder, err := MakeFolder("", "work")
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Message: "cannot create a temporary folder", Err: err, Hints: []string{"choose another folder: export TMPDIR=/another/folder"}}
	}
	return folder, nil
}

// makeFolder creates the folder at path. The error is ErrExist if it already exists, and
// errSwept if another process is removing it.
func makeFolder(path string) (*Folder, error) {
	lock, err := os.OpenFile(path+folderEnd, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f := &Folder{Path: path, lock: lock}
	if errors.Is(hold(lock), errSwept) {
		_ = lock.Close()
		return nil, errSwept
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		f.unlock()
		return nil, err
	}
	return f, nil
}

// Remove removes the folder and everything in it.
func (f *Folder) Remove() error {
	err := removeAll(f.Path)
	f.unlock()
	return err
}

func (f *Folder) unlock() {
	if renamesClosed {
		_ = f.lock.Close()
	}
	_ = os.Remove(f.Path + folderEnd)
	_ = f.lock.Close()
}

// removeAll removes a folder, even if a build created read-only folders in it.
func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// MemoryFolders returns the folders of this machine whose files are in memory, best first.
// There may be none.
func MemoryFolders() []string {
	var folders []string
	for _, folder := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && filepath.IsAbs(folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// SweepMachine removes, once in a process, what killed processes of this user left in the
// folders that all runs share: os.TempDir() and [MemoryFolders].
var SweepMachine = sync.OnceFunc(func() {
	alive.Sweep()
	for _, folder := range append(MemoryFolders(), os.TempDir()) {
		SweepOnce(folder)
		sweepFolders(folder)
	}
})

// sweepFolders removes the folders in parent that killed processes left behind.
func sweepFolders(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), folderEnd)
		if !ok || !strings.HasPrefix(name, folderPrefix) || !e.Type().IsRegular() {
			continue
		}
		sweep(filepath.Join(parent, e.Name()), func(path string) error {
			if err := removeAll(filepath.Join(parent, name)); err != nil {
				return err
			}
			return os.Remove(path)
		})
	}
}
