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
	root, _, err := o.paths("x") // a key beside which all others lie
	if err != nil {
		return nil, err
	}
	root = filepath.Dir(root)
	var listed []store.Listed
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), newFile) {
			return err
		}
		relative, err := filepath.Rel(root, path)
		key := filepath.ToSlash(relative)
		if err != nil || !strings.HasPrefix(key, prefix) {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed just now
		}
		if err == nil {
			listed = append(listed, store.Listed{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, o.root.explain("list", root, err)
	}
	slices.SortFunc(listed, func(a, b store.Listed) int { return cmp.Compare(a.Key, b.Key) })
	return listed, nil
}

// Delete implements store.Objects.
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
