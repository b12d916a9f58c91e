package outfile

import (
	"io/fs"
	"os"
	"time"
)

// renamesClosed: a file has to be closed before it is renamed or removed.
const renamesClosed = true

// youngest is the age below which nothing is swept: a file is not
// locked between its closing and its renaming.
const youngest = time.Minute

// replace moves the file at temp to path in one step.
func replace(temp, path string) error { return os.Rename(temp, path) }

// own reports true: Windows does not let other users remove a file.
func own(fs.FileInfo) bool { return true }
