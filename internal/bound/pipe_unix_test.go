//go:build unix

package bound

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// Nobody writes into the pipe: opening it would wait for ever.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, _, err := Open(path); !errors.Is(err, ErrNoFile) {
		t.Error(err)
	}
}
