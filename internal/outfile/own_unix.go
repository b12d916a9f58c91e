//go:build unix

package outfile

import (
	"io/fs"
	"os"
	"syscall"
)

// own reports whether a file is this user's. Folders for temporary files are
// shared, and a file that another user put there must not make lamella remove
// anything.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
