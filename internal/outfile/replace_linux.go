package outfile

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/lamella-build/lamella/internal/bound"
)

// renamesClosed: a file has to be closed before it is renamed or removed.
const renamesClosed = false

// youngest is the age below which nothing is swept.
const youngest = 0

// replace moves the file at temp to path in one step. It exchanges an existing file
// with it and then removes that, because a rename over the existing file makes ext4
// first write the new data to disk (its option auto_da_alloc), which doubles the
// time a layer takes. If the kernel or file system cannot exchange files, or path
// does not exist, it renames temp.
func replace(temp, path string) error {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return os.Rename(temp, path)
	}
	// The old file is at temp now. If it was replaced by something else since it was
	// checked, it goes back.
	if info, err := os.Lstat(temp); err == nil && !info.Mode().IsRegular() {
		refused := &fs.PathError{Op: "replace", Path: path, Err: errors.New("is " + bound.Describe(info.Mode()))}
		return errors.Join(refused, exchange())
	}
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
