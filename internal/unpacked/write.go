package unpacked

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/layer"
)

// Write writes entries below dir, replacing a folder that Write wrote before, or an empty
// one. It checks dir as [Check] does. After an error, dir is unchanged. The error is a
// fault.Error: of Kind Usage for a folder with other files, and of Kind Machine for a folder
// that cannot be written.
func Write(ctx context.Context, dir string, entries []layer.Entry) error {
	if err := Check(dir); err != nil {
		return err
	}
	place := outfile.RealPath(dir)
	staging, err := outfile.MakeFolder(filepath.Dir(place), "unpacked")
	if err != nil {
		return cannotWrite(dir, err)
	}
	defer func() { _ = staging.Remove() }()
	tree := filepath.Join(staging.Path, "tree")
	if err := writeTree(ctx, tree, entries); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.As(err, new(*fault.Error)) || errors.As(err, new(*layer.Damaged)) {
			return err
		}
		return cannotWrite(dir, err)
	}
	if err := put(tree, place, filepath.Join(staging.Path, "old")); err != nil {
		if errors.As(err, new(*fault.Error)) {
			return err
		}
		return cannotWrite(dir, err)
	}
	return nil
}

// errChanged ends the error for a file of the layer that another program has changed.
var errChanged = errors.New("changed while lamella was reading it")

func cannotWrite(dir string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	hint := "choose a writable folder: --unpacked " + shell.Quote(filepath.Join(dir, "layer"))
	if errors.Is(err, errChanged) {
		hint = "run the same command again"
	}
	return &fault.Error{Kind: fault.Machine, Subject: dir, Message: "cannot write the folder " + dir, Err: err, Hints: []string{hint}}
}

func writeTree(ctx context.Context, root string, entries []layer.Entry) error {
	if err := Each(ctx, root, entries, writeFile); err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755) // regardless of the umask
	})
}

// Each creates the folders of entries below root and calls write with the path of each entry
// there, for several entries at the same time. If this machine does not permit a name, the
// error is a fault.Error of Kind Layer. Other errors are those of write and of the system.
func Each(ctx context.Context, root string, entries []layer.Entry, write func(path string, e *layer.Entry) error) error {
	folders := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var failed error
	for i := range entries {
		e := &entries[i]
		name, err := filepath.Localize(e.Name)
		if err != nil {
			failed = &fault.Error{Kind: fault.Layer, Subject: e.Name, Message: fmt.Sprintf("this machine cannot store a file named %q", e.Name)}
			break
		}
		path := filepath.Join(root, name)
		if parent := filepath.Dir(path); !folders[parent] {
			if failed = os.MkdirAll(parent, 0o755); failed != nil {
				break
			}
			folders[parent] = true
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return write(path, e)
		})
	}
	return errors.Join(group.Wait(), failed)
}

func writeFile(path string, e *layer.Entry) error {
	mode := fs.FileMode(0o644)
	if e.Executable {
		mode = 0o755
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return &fault.Error{Kind: fault.Layer, Subject: e.Name, Message: e.Name + " differs only in case from another file of the layer, and this file system can store only one of them",
			Hints: []string{"write a zip: lamella build -o layer.zip"}}
	}
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	_, err = io.Copy(io.MultiWriter(f, sum), e.Open())
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if sum.Sum32() != e.CRC32 {
		return fmt.Errorf("%s %w", e.Name, errChanged)
	}
	if err := os.Chmod(path, mode); err != nil { // regardless of the umask
		return err
	}
	return os.Chtimes(path, Time, Time)
}
