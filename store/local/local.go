// Package local stores layers in a folder and behaves like S3 and Lambda as far as lamella
// relies on them, so that everything works without an AWS account:
//
//	DIR/objects/<bucket>/<key>           the objects
//	DIR/meta/<bucket>/<key>.json         their content type, metadata, and digests
//	DIR/layers/<name>/<version>.json     the layer versions
//	DIR/layers/<name>/<version>.zip      their content
//	DIR/layers/<name>/<version>.policy.json  who they are shared with
//	DIR/layers/<name>/last               the highest version number ever used
//	DIR/functions/<name>.json            functions that use layers, written by hand
//	DIR/tmp                              files that are not complete yet
//	DIR/lock                             locked while the folder is read or changed
//
// Files are renamed into place once they are complete. Several processes may use one folder:
// each sees an object with its own metadata, and a listing that reflects a single moment.
package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/store"
)

// New returns the objects below prefix and the layers in the folder dir. The first write
// creates the folder. For the zero prefix, objects are stored directly in DIR/objects.
func New(dir string, prefix store.Prefix) (*Objects, *Layers, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, &fault.Error{Kind: fault.Destination, Message: "cannot find the folder " + dir, Subject: dir, Err: err}
	}
	root := &root{dir: dir, lock: lockedfile.MutexAt(filepath.Join(dir, "lock"))}
	return &Objects{root: root, prefix: prefix}, &Layers{root: root}, nil
}

// Ours reports whether a folder with these entries already stores layers: it has the lock
// and a folder of the layout, or it has nothing except the layout and the files of Git and
// of file managers.
func Ours(entries []fs.DirEntry) bool {
	var locked, laidOut, others bool
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == "lock" && !entry.IsDir():
			locked = true
		case entry.IsDir() && slices.Contains([]string{"objects", "meta", "layers", "functions", "tmp"}, name):
			laidOut = true
		case !slices.Contains([]string{".git", ".gitignore", ".gitattributes", ".gitkeep", ".DS_Store", "lost+found"}, name):
			others = true
		}
	}
	return !others || locked && laidOut
}

var (
	_ store.Objects = (*Objects)(nil)
	_ store.Layers  = (*Layers)(nil)
)

// root is the folder that objects and layers share.
type root struct {
	dir  string
	lock *lockedfile.Mutex
}

// change runs f while no other process reads or changes the folder.
func (r *root) change(f func() error) error {
	if err := os.MkdirAll(r.dir, 0o777); err != nil {
		return r.explain("write", r.dir, err)
	}
	unlock, err := r.lock.Lock()
	if err != nil {
		return r.explain("lock", r.dir, err)
	}
	defer unlock()
	return f()
}

// look runs f while no other process changes the folder, so that f sees a consistent state.
// f must not call change or look.
func (r *root) look(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	lock, err := lockedfile.Open(r.lock.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // nothing has been written yet
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return r.explain("lock", r.dir, err)
	case err == nil:
		defer lock.Close()
	}
	return f()
}

// create creates a file that commit moves into place. All such files are in one folder, so
// files that a killed process left behind can be found.
func (r *root) create() (*outfile.Temp, error) {
	dir := filepath.Join(r.dir, "tmp")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	outfile.SweepOnce(dir)
	return outfile.Create(dir)
}

// commit moves a file made by create into place.
func commit(f *outfile.Temp, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		f.Discard()
		return err
	}
	return f.Commit(path)
}

// writeFile writes a file and moves it into place.
func (r *root) writeFile(path string, data []byte) error {
	f, err := r.create()
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Discard()
		return err
	}
	return commit(f, path)
}

// writeJSON writes v as an indented JSON file.
func (r *root) writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return r.writeFile(path, append(data, '\n'))
}

// errDamaged means that a file does not have the content that it should have. Treating it as
// missing or empty could make lamella delete too much, or publish for no reason.
var errDamaged = errors.New("the file is damaged")

// mostJSON is the maximum size in bytes of a JSON file that is read. It is far larger than
// any file that is written.
const mostJSON = 16 << 20

// readJSON reads the JSON object in a file into v. The object must have the given keys.
func readJSON(path string, v any, keys ...string) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	var object map[string]json.RawMessage
	if err := bound.UnmarshalJSON(data, &object); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	for _, key := range keys {
		if value := string(object[key]); value == "" || value == "null" {
			return fmt.Errorf("%w: it has no %q", errDamaged, key)
		}
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// readFile reads a file of at most mostJSON bytes.
func readFile(path string) ([]byte, error) {
	return bound.ReadFile(path, mostJSON, "a file of a folder of layers")
}

// explain converts err to a fault.Error with hints. op is the verb that failed, and subject
// is its object. explain only wraps the error of a context.
func (r *root) explain(op, subject string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("cannot %s %s: %w", op, subject, err)
	}
	e := &fault.Error{Kind: fault.Destination, Message: "cannot " + op + " " + subject, Subject: subject, Err: err}
	switch {
	case errors.Is(err, errDamaged):
		e.Hints = []string{"restore the file from a backup, or inspect and delete it: rm " + subject}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Hints = []string{"free up disk space, or choose another folder: --to DIR"}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hints = []string{"choose a writable folder: --to DIR"}
	case isNotDir(r.dir):
		e.Hints = []string{"choose a folder, because " + r.dir + " is not one: --to DIR"}
	}
	return e
}

func isNotDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
