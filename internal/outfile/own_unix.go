//go:build unix

package outfile

import (
	"io/fs"
	"os"
	"syscall"
)

// own reports whether a file belongs to this user. Other users share the folders for
// temporary files, and their files must not make lamella remove anything.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
