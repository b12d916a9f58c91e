//go:build !linux

package layerzip

import "os"

// replace moves the file at temp to path in one step.
func replace(temp, path string) error { return os.Rename(temp, path) }
