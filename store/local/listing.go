package local

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/store"
)

// List implements store.Objects.
func (o *Objects) List(ctx context.Context, prefix string) ([]store.Listed, error) {
	root, _, err := o.paths("x") // all other keys are in the same folder
	if err != nil {
		return nil, err
	}
	root = filepath.Dir(root)
	var listed []store.Listed
	err = o.root.look(ctx, func() (err error) {
		listed, err = walk(ctx, root, prefix)
		return err
	})
	if err != nil {
		return nil, o.root.explain("list", root, err)
	}
	slices.SortFunc(listed, func(a, b store.Listed) int { return cmp.Compare(a.Key, b.Key) })
	return listed, nil
}

// walk returns the files below root whose keys begin with prefix. It skips files that are
// deleted in the meantime.
func walk(ctx context.Context, root, prefix string) (listed []store.Listed, err error) {
	root, err = filepath.EvalSymlinks(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, cmp.Or(err, error(&fs.PathError{Op: "list", Path: root, Err: errors.New("it is not a folder")}))
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		key := filepath.ToSlash(relative)
		if err != nil || !strings.HasPrefix(key, prefix) {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			listed = append(listed, store.Listed{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
		}
		return err
	})
	return listed, err
}

// Delete implements store.Objects. It deletes the metadata last, so that an object never
// lacks its metadata.
func (o *Objects) Delete(ctx context.Context, key string) error {
	path, metaPath, err := o.paths(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return o.root.change(func() error {
		for _, path := range []string{path, metaPath} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return o.root.explain("delete", path, err)
			}
		}
		return nil
	})
}
