package unpacked

import (
	"errors"
	"io/fs"
	"os"
)

// putApart is like put, but in two steps, between which there is nothing at place.
func putApart(tree, place, old string) error {
	err := os.Rename(place, old)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(tree, place)
	}
	if err != nil {
		return err
	}
	if err := Check(old); err != nil {
		if back := os.Rename(old, place); back != nil {
			return back
		}
		return Check(place)
	}
	if err := os.Rename(tree, place); err != nil {
		return errors.Join(err, os.Rename(old, place))
	}
	return nil
}
