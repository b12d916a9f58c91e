//go:build unix

package alive

import (
	"os"
	"syscall"
)

// lock locks f until it is closed, without waiting: for itself alone, or together
// with others who do not want it alone.
func lock(f *os.File, alone bool) error {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	return syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
}

// held is what lock says of a file that another process has locked.
const held = syscall.EWOULDBLOCK
