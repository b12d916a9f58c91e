package index

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteNetrc writes Netrc to a file that only this user can read, in memory where
// the system has a folder for that, else below the folder otherwise. It returns
// the path, "" if there is nothing to write, and what removes the file.
func (e ToolEnv) WriteNetrc(otherwise string) (path string, remove func() error, err error) {
	remove = func() error { return nil }
	if e.Netrc == "" {
		return "", remove, nil
	}
	for _, memory := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm", otherwise} {
		if memory == "" {
			continue
		}
		dir, err := os.MkdirTemp(memory, "lamella-")
		if err != nil {
			continue
		}
		remove = func() error { return os.RemoveAll(dir) }
		path = filepath.Join(dir, "netrc")
		return path, remove, os.WriteFile(path, []byte(e.Netrc), 0o600)
	}
	return "", remove, errors.New("no folder can be made in " + otherwise)
}
