package check

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/unpacked"
	"github.com/lamella-build/lamella/layer"
)

// Unpack writes the files of a layer into a new folder, in which nobody may change them. The
// caller must call remove, which removes the folder.
func Unpack(ctx context.Context, entries []layer.Entry) (root string, remove func(), err error) {
	root, err = os.MkdirTemp("", "lamella-layer-")
	if err != nil {
		return "", nil, &fault.Error{Kind: fault.Machine, Message: "cannot create a temporary folder", Err: err}
	}
	remove = func() {
		_ = eachFolder(root, 0o700)
		_ = os.RemoveAll(root)
	}
	err = unpacked.Each(ctx, root, entries, writeEntry)
	if err == nil {
		err = eachFolder(root, 0o555)
	}
	if err != nil {
		remove()
		if _, isFault := errors.AsType[*fault.Error](err); isFault || errors.Is(err, context.Canceled) {
			return "", nil, err
		}
		return "", nil, &fault.Error{Kind: fault.Machine, Subject: root, Message: "cannot unpack the layer into " + root, Err: err}
	}
	return root, remove, nil
}

// eachFolder sets the mode of every folder.
func eachFolder(root string, mode fs.FileMode) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, mode)
		}
		return err
	})
}

func writeEntry(path string, e *layer.Entry) error {
	mode := fs.FileMode(0o444)
	if e.Executable {
		mode = 0o555
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(f, sum), e.Open())
	if err != nil {
		return unreadableEntry(e, err)
	}
	if n != e.Size || sum.Sum32() != e.CRC32 {
		return &fault.Error{Kind: fault.Layer, Subject: e.Name, Message: e.Name + " is damaged in the zip: its content does not match its CRC-32",
			Err: fmt.Errorf("%d bytes of %d, CRC-32 %08x", n, e.Size, sum.Sum32())}
	}
	return f.Close()
}
