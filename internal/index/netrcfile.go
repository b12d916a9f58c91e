package index

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/textfile"
)

// netrcFile is the content of a netrc file, and its path.
type netrcFile struct {
	netrc
	path string // "" if there is none
}

// openNetrc returns a function that reads the file $NETRC, or else .netrc (on Windows also
// _netrc) in the home folder, when it is first called. It is not an error if there is no
// file.
func openNetrc(env func(string) string) func() (netrcFile, error) {
	return sync.OnceValues(func() (netrcFile, error) {
		if env == nil {
			return netrcFile{}, nil
		}
		for _, path := range netrcPaths(runtime.GOOS, env) {
			content, err := textfile.Read(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				err = fmt.Errorf("%w: %w", errCredentials, err)
				if inner, ok := errors.AsType[*fault.Error](err); ok { // not a text file
					err = &fault.Error{Kind: fault.Index, Message: "cannot read the netrc file " + path, Subject: path, Err: inner, Sentinel: errCredentials}
				}
				return netrcFile{}, err
			}
			n, err := parseNetrc(string(content))
			if err != nil {
				return netrcFile{}, fmt.Errorf("%w %s: %w", errCredentials, path, err)
			}
			return netrcFile{netrc: n, path: path}, nil
		}
		return netrcFile{}, nil
	})
}

// credential returns the credentials for host in the file.
func (n netrcFile) credential(host string) Credential {
	user, password := n.lookup(host)
	return Credential{User: user, Password: password, From: n.path}
}

func netrcPaths(goos string, env func(string) string) []string {
	if path := env("NETRC"); path != "" {
		return []string{path}
	}
	home := homeDir(goos, env)
	if home == "" {
		return nil
	}
	paths := []string{filepath.Join(home, ".netrc")}
	if goos == "windows" {
		paths = append(paths, filepath.Join(home, "_netrc"))
	}
	return paths
}

func homeDir(goos string, env func(string) string) string {
	if goos == "windows" {
		return env("USERPROFILE")
	}
	return env("HOME")
}
