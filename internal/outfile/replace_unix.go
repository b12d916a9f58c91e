//go:build unix && !linux

package outfile

import "os"

// renamesClosed: a file has to be closed before it is renamed or removed.
const renamesClosed = false

// youngest is the age below which nothing is swept.
const youngest = 0

// replace moves the file at temp to path in one step.
func replace(temp, path string) error { return os.Rename(temp, path) }
