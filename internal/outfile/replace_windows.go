package outfile

import (
	"io/fs"
	"os"
	"time"
)

// renamesClosed says whether a file must be closed before it is renamed or removed.
const renamesClosed = true

// youngest is the minimum age of a file that is swept, because a file is not locked between
// being closed and being renamed.
const youngest = time.Minute

// replace moves the file at temp to path in one step.
func replace(temp, path string) error { return os.Rename(temp, path) }

// own reports true: Windows does not let other users remove a file.
func own(fs.FileInfo) bool { return true }
