package alive

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock locks f until it is closed, without waiting: for itself alone, or together
// with others who do not want it alone.
func lock(f *os.File, alone bool) error {
	how := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		how |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	return windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped))
}

// held is what lock says of a file that another process has locked.
const held = windows.ERROR_LOCK_VIOLATION
