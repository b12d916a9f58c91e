package layerzip

import (
	"os"

	"golang.org/x/sys/unix"
)

// replace moves the file at temp to path in one step. An existing file is
// exchanged with it and then removed, since a rename over it makes ext4 write
// the new file's data to disk first (its option auto_da_alloc), which doubles
// the time that a layer takes. Where the kernel or file system cannot exchange,
// or there is no file at path yet, it is a rename.
func replace(temp, path string) error {
	if unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE) != nil {
		return os.Rename(temp, path)
	}
	return os.Remove(temp)
}
