//go:build unix

package outfile

import (
	"io/fs"
	"os"
	"syscall"
)

// own reports whether a file belongs to this user. The folders for temporary files are
// shared with other users, whose files must not make lamella remove anything.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
