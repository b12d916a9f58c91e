package alive

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock locks f, without waiting, until f is closed. If alone is true, the lock is exclusive,
// and otherwise it is shared.
func lock(f *os.File, alone bool) error {
	how := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		how |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	return windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped))
}

// held is the error that lock returns for a file that another process has locked.
const held = windows.ERROR_LOCK_VIOLATION
