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

// replace moves the file at temp to path in one step. An existing file is
// exchanged with it and then removed, since a rename over it makes ext4 write
// the new file's data to disk first (its option auto_da_alloc), which doubles
// the time that a layer takes. Where the kernel or file system cannot exchange,
// or there is no file at path yet, it is a rename.
func replace(temp, path string) error {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return os.Rename(temp, path)
	}
	// What was there is at temp now. If it became another thing since it was
	// looked at, it goes back.
	if info, err := os.Lstat(temp); err == nil && !info.Mode().IsRegular() {
		refused := &fs.PathError{Op: "replace", Path: path, Err: errors.New("it is " + bound.Describe(info.Mode()))}
		return errors.Join(refused, exchange())
	}
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
