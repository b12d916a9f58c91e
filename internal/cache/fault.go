package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
)

// Mismatch is the error for content that has another hash than asked for.
type Mismatch struct {
	Want, Got digest.Digest
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("hash mismatch: %s was expected, the content has %s", m.Want, m.Got)
}

// diskFault reports a failed file operation in the cache folder dir, with what to
// do about it. An ended context is no fault of the disk.
func diskFault(dir string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &fault.Error{Kind: fault.Machine, Op: "use the cache", Subject: dir, Err: err}
	if isFull(err) {
		e.Hints = append(e.Hints, "free some space, or empty the cache: lamella cache clean")
	}
	e.Hints = append(e.Hints, "keep the cache in another folder: "+EnvDir+"=/path/to/folder")
	return e
}

// isFull reports a disk or quota that has no room left.
func isFull(err error) bool {
	if runtime.GOOS == "windows" {
		const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112) // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
		return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
