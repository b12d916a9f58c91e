package layerzip

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
)

// WriteFile writes entries as the zip at path, whose folder has to exist. It
// writes a temporary file beside it and moves that to path when it is complete:
// path holds the old file, or none, until it holds the new one, and after an
// error nothing else is left. Errors are those of [Write]. The file is not
// synced to disk: the zip can be made again at any time.
//
// It reports to events as Op "compose", Subject the file's base name.
func WriteFile(ctx context.Context, path string, entries []layer.Entry, events event.Sink) (s Summary, err error) {
	f, err := createTemp(path)
	if err != nil {
		return s, fileFault(path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if s, err = write(ctx, f, entries, events, filepath.Base(path)); err != nil {
		return Summary{}, err
	}
	if err = f.Close(); err == nil {
		err = replace(f.Name(), path)
	}
	if err != nil {
		return Summary{}, fileFault(path, err)
	}
	return s, nil
}

// createTemp creates a file of a new name in path's folder. Unlike
// os.CreateTemp it leaves the mode to the umask, as the file becomes path.
func createTemp(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8]+".tmp")
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
}

func fileFault(path string, err error) error {
	hint := "choose another place with -o FILE"
	if errors.Is(err, fs.ErrNotExist) {
		hint = "create the folder " + filepath.Dir(path) + " first, or " + hint
	}
	return &fault.Error{Kind: fault.Machine, Op: "write", Subject: path, Err: err, Hints: []string{hint}}
}
