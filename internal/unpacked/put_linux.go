package unpacked

import (
	"os"

	"golang.org/x/sys/unix"
)

// put moves the folder tree to place. What is there goes to old, and comes back if it
// turns out to be more than what Write wrote. It exchanges the two folders in one
// step, where the file system can.
func put(tree, place, old string) error {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, tree, unix.AT_FDCWD, place, unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return putApart(tree, place, old)
	}
	if err := Check(tree); err != nil { // which is now what was at place
		_ = exchange()
		return Check(place)
	}
	return os.Rename(tree, old)
}
