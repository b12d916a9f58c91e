package index

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/outfile"
)

// WriteNetrc writes Netrc to a file that only this user can read. The file is in memory if
// the system has a folder for that, and otherwise in the folder otherwise. WriteNetrc
// returns the path, or "" if there is nothing to write, and a function that removes the
// file. If the process is killed, the next run of lamella removes it.
func (e ToolEnv) WriteNetrc(otherwise string) (path string, remove func() error, err error) {
	remove = func() error { return nil }
	if e.Netrc == "" {
		return "", remove, nil
	}
	for _, parent := range append(outfile.MemoryFolders(), otherwise) {
		folder, err := outfile.MakeFolder(parent, "netrc")
		if err != nil {
			continue
		}
		path = filepath.Join(folder.Path, "netrc")
		return path, folder.Remove, os.WriteFile(path, []byte(e.Netrc), 0o600)
	}
	return "", remove, errors.New("cannot create a folder in " + otherwise)
}
