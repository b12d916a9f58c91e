//go:build unix

package alive

import (
	"os"
	"syscall"
)

// lock locks f, without waiting, until f is closed. If alone is true, the lock is exclusive,
// and otherwise it is shared.
func lock(f *os.File, alone bool) error {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	return syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
}

// held is the error that lock returns for a file that another process has locked.
const held = syscall.EWOULDBLOCK
