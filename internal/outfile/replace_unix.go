//go:build unix && !linux

package outfile

import "os"

// renamesClosed says whether a file must be closed before it is renamed or removed.
const renamesClosed = false

// youngest is the minimum age of a file that is swept.
const youngest = 0

// replace moves the file at temp to path in one step.
func replace(temp, path string) error { return os.Rename(temp, path) }
