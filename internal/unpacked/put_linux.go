package unpacked

import (
	"os"

	"golang.org/x/sys/unix"
)

// put moves the folder tree to place. It moves what is at place to old, and moves it back if
// it turns out to contain more than what Write wrote. If the file system supports that, put
// exchanges the two folders in one step.
func put(tree, place, old string) error {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, tree, unix.AT_FDCWD, place, unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return putApart(tree, place, old)
	}
	if err := Check(tree); err != nil { // tree is now what was at place
		_ = exchange()
		return Check(place)
	}
	return os.Rename(tree, old)
}
