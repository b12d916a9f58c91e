package outfile

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/lamella-build/lamella/internal/bound"
)

// renamesClosed says whether a file must be closed before it is renamed or removed.
const renamesClosed = false

// youngest is the minimum age of a file that is swept.
const youngest = 0

// replace moves the file at temp to path in one step. If there is a file at path, it
// exchanges the two and then removes the old one: a rename over an existing file makes ext4
// write the new data to disk first (its option auto_da_alloc), which doubles the time that a
// layer takes. If the kernel or the file system cannot exchange files, or path does not
// exist, replace renames temp.
func replace(temp, path string) error {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return os.Rename(temp, path)
	}
	// The old file is now at temp. If it was replaced by something else since it was
	// checked, move it back.
	if info, err := os.Lstat(temp); err == nil && !info.Mode().IsRegular() {
		refused := &fs.PathError{Op: "replace", Path: path, Err: errors.New("is " + bound.Describe(info.Mode()))}
		return errors.Join(refused, exchange())
	}
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
