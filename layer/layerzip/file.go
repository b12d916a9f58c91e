package layerzip

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/layer"
)

// WriteFile writes entries as the zip at path, whose folder must exist. It writes a
// temporary file in the same folder and renames it to path when it is complete. If it
// fails, it leaves path unchanged and removes the temporary file. It returns the same
// errors as [Write]. It does not sync the file to disk, because the zip can be written
// again at any time.
//
// It reports progress to events with Op "compose" and the file's base name as Subject.
func WriteFile(ctx context.Context, path string, entries []layer.Entry, events event.Sink) (Summary, error) {
	target := path
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		target = linked
	}
	f, err := outfile.Create(filepath.Dir(target))
	if err != nil {
		return Summary{}, fileFault(path, err)
	}
	s, err := write(ctx, f, entries, events, filepath.Base(path))
	if err != nil {
		f.Discard()
		return Summary{}, err
	}
	if err := f.Commit(target); err != nil {
		return Summary{}, fileFault(path, err)
	}
	return s, nil
}

func fileFault(path string, err error) error {
	hint := "choose another file: -o FILE"
	if errors.Is(err, fs.ErrNotExist) {
		hint = "create the folder " + filepath.Dir(path) + ", or " + hint
	}
	return &fault.Error{Kind: fault.Machine, Message: "cannot write " + path, Subject: path, Err: err, Hints: []string{hint}}
}
