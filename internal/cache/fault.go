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

// Mismatch is the error for content with the wrong hash.
type Mismatch struct {
	Want, Got digest.Digest
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("expected %s, got %s", m.Want, m.Got)
}

// diskFault converts the error of a file operation in the cache folder dir to a fault.Error
// with hints. It returns the error of a context unchanged.
func diskFault(dir string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &fault.Error{Kind: fault.Machine, Message: "cannot use the cache in " + dir, Subject: dir, Err: err}
	if isFull(err) {
		e.Hints = append(e.Hints, "free up disk space, or empty the cache: lamella cache clean")
	}
	e.Hints = append(e.Hints, "or use another folder: export "+EnvDir+"=/path/to/folder")
	return e
}

// isFull reports whether err means that a disk or quota is full.
func isFull(err error) bool {
	if runtime.GOOS == "windows" {
		const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112) // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
		return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
