// Package local keeps layers in a folder, with the behaviour of S3 and Lambda
// that lamella relies on, so that everything runs without an account:
//
//	DIR/objects/<bucket>/<key>           the objects
//	DIR/meta/<bucket>/<key>.json         their content type, metadata and digests
//	DIR/layers/<name>/<version>.json     the layer versions
//	DIR/layers/<name>/<version>.zip      their content
//	DIR/layers/<name>/<version>.policy.json  who they are shared with
//	DIR/layers/<name>/last               the highest version number ever given
//	DIR/functions/<name>.json            functions that use layers, written by hand
//	DIR/tmp                              files on their way to one of these places
//	DIR/lock                             held while one of these is read or changes
//
// Files appear by rename, whole or not at all. Several processes may work on
// one folder: each sees an object with its own metadata, and a listing as it was
// at one moment.
package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/store"
)

// New returns the objects under home and the layers that are kept in the folder
// dir. It is made by the first write. home may be the zero value; then objects
// lie directly below DIR/objects.
func New(dir string, prefix store.Prefix) (*Objects, *Layers, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, &fault.Error{Kind: fault.Destination, Op: "find", Subject: dir, Err: err}
	}
	root := &root{dir: dir, lock: lockedfile.MutexAt(filepath.Join(dir, "lock"))}
	return &Objects{root: root, prefix: prefix}, &Layers{root: root}, nil
}

// Ours reports whether a folder with these entries is one that New was given
// before: it has the lock beside a folder of the layout, whatever else, or it has
// nothing but the layout and what git and file managers keep.
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

// look runs f while no other process changes the folder, so that f sees one
// state of it. f must not call change or look.
func (r *root) look(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	lock, err := lockedfile.Open(r.lock.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // nobody has written yet
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return r.explain("lock", r.dir, err)
	case err == nil:
		defer lock.Close()
	}
	return f()
}

// create makes a file that commit moves to its place. All are made in one
// folder, so that what a killed process left behind is found.
func (r *root) create() (*outfile.Temp, error) {
	dir := filepath.Join(r.dir, "tmp")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	outfile.SweepOnce(dir)
	return outfile.Create(dir)
}

// commit gives a file made by create its name.
func commit(f *outfile.Temp, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		f.Discard()
		return err
	}
	return f.Commit(path)
}

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

func (r *root) writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return r.writeFile(path, append(data, '\n'))
}

// errDamaged: a file is there and does not say what it should. Taking it for one
// that is absent, or empty, could make lamella delete or publish for nothing.
var errDamaged = errors.New("it is damaged")

// mostJSON is the most that is read of a file, in bytes: far above what is written.
const mostJSON = 16 << 20

// readJSON reads the object in the file at path into v. It has to have the keys.
func readJSON(path string, v any, keys ...string) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
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

func readFile(path string) ([]byte, error) {
	f, _, err := bound.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(bound.Reader(f, mostJSON, "a file of a folder of layers"))
}

// explain says what went wrong. Cancellation stays what it is.
func (r *root) explain(op, subject string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s %s: %w", op, subject, err)
	}
	e := &fault.Error{Kind: fault.Destination, Op: op, Subject: subject, Err: err}
	switch {
	case errors.Is(err, errDamaged):
		e.Hints = []string{"restore the file from a backup, or remove it after a look: rm " + subject}
	case errors.Is(err, fs.ErrPermission):
		e.Hints = []string{"choose a folder that you may write: --to DIR"}
	case isNotDir(r.dir):
		e.Hints = []string{r.dir + " is not a folder: choose another one with --to DIR"}
	}
	return e
}

func isNotDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
