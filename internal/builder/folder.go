package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/layer"
	"golang.org/x/sync/errgroup"
)

// Folder returns the directory tree at dir without the files that excludes match. If dir
// contains a folder python/, dir is the root of the layer; otherwise, all of its files go
// into python/.
//
// Folder normalizes or omits everything that differs between machines or runs:
//
//   - A file is executable if it has any x bit on disk (never on Windows). Its other mode bits,
//     its times, and its owner are ignored.
//   - Bytecode in __pycache__ folders is omitted if it contains the time of its source. Bytecode
//     with a hash instead (PEP 552) is kept. A .pyc file elsewhere is a module without a source,
//     and is kept.
//   - .DS_Store and the files that installers add to .dist-info folders (INSTALLER, REQUESTED,
//     direct_url.json, uv_cache.json, uv_build.json) are omitted. RECORD's rows for files that
//     are not in the tree are removed.
//   - A symbolic link to a file in dir becomes a copy of the file. Other links result in a
//     fault.Error of kind Layer, as do names that a layer cannot have and files that are neither
//     regular nor links.
//
// A warning names files that may contain secrets, such as .env and .git/.
//
// Each file is deflated into a temporary file, or stored if that is smaller. The memory
// required does not depend on the size of the tree. Different versions of Go may compress
// differently: the zip's bytes are the same on every machine for one release of lamella,
// but not for all releases.
func Folder(ctx context.Context, dir string, excludes []string, events event.Sink) (*Tree, error) {
	tree, err := readFolder(ctx, dir, excludes, false, events)
	if err == nil {
		warnPrivate(dir, tree.Entries, events)
	}
	return tree, err
}

// Installation is like [Folder], for a tree that was created by package installer. It keeps
// all bytecode, like [Native], because it comes from wheels.
func Installation(ctx context.Context, dir string, excludes []string, events event.Sink) (*Tree, error) {
	return readFolder(ctx, dir, excludes, true, events)
}

func readFolder(ctx context.Context, dir string, excludes []string, bytecode bool, events event.Sink) (_ *Tree, err error) {
	x, err := newExcluder(excludes)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Usage, Message: "cannot read the folder " + dir, Subject: dir, Err: err}
	}
	defer root.Close()
	files, err := listFiles(ctx, root, &x, bytecode)
	if err != nil {
		return nil, folderFault(ctx, dir, err)
	}
	if len(files.list) == 0 {
		return nil, &fault.Error{Kind: fault.Usage, Message: dir + " has no files for a layer", Subject: dir, Sentinel: layer.ErrEmpty,
			Hints: []string{"choose a folder that contains the layer's files, or exclude fewer of them"}}
	}
	tree := &Tree{}
	defer func() {
		if err != nil {
			tree.Close()
		}
	}()
	if err := files.pack(ctx, root, tree, dir, events); err != nil {
		return nil, folderFault(ctx, dir, err)
	}
	slices.SortFunc(tree.Entries, func(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) })
	tree.Excluded = x.report(files.excluded, events)
	noteCase(tree.Entries, events)
	if n := files.bytecode; n > 0 {
		events.Emit(event.Event{Kind: event.Note, Op: "package", Subject: dir,
			Message: fmt.Sprintf("left out %s in __pycache__ folders because bytecode contains the times of its sources", number.Count(n, "file"))})
	}
	return tree, nil
}

// folderFault returns err, which names the file, as a fault.Error, or ctx's error.
func folderFault(ctx context.Context, dir string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &fault.Error{Kind: fault.Machine, Message: "cannot package " + dir, Subject: dir, Err: err,
		Hints: []string{"check that its files are readable, and that the folder for temporary files ($TMPDIR) has enough space"}}
	var unfit *unfitError
	if errors.As(err, &unfit) {
		e.Kind, e.Message, e.Err, e.Hints = fault.Layer, fmt.Sprintf("%q in %s %s", unfit.path, dir, unfit.reason), nil, nil
		if unfit.link {
			e.Hints = []string{fmt.Sprintf("replace the links with copies of their targets: cp -RL %s %s && lamella package %[2]s", shell.Quote(dir), shell.Quote(strings.TrimRight(dir, `/\`)+".copy"))}
		}
	}
	return e
}

// unfitError is the error for a file that cannot be in a layer.
type unfitError struct {
	path   string // relative to the folder
	reason string // such as "cannot be in a layer: it is a link to a folder"
	link   bool
}

func (e *unfitError) Error() string { return fmt.Sprintf("%q %s", e.path, e.reason) }

// file is a file to be packed.
type file struct {
	path       string // relative to the folder, slash-separated
	name       string // in the layer
	size       int64  // bytes on disk
	executable bool
	record     bool // whether it is a .dist-info/RECORD
}

// files is the content of a folder, sorted by path.
type files struct {
	list     []file
	excluded []Exclusion
	bytecode int // number of files in __pycache__
}

// listFiles lists the files of root without opening them. It skips __pycache__
// folders unless bytecode is set.
func listFiles(ctx context.Context, root *os.Root, x *excluder, bytecode bool) (*files, error) {
	prefix := layer.Root
	if info, err := root.Stat("python"); err == nil && info.IsDir() {
		prefix = ""
	}
	fl := &files{excluded: make([]Exclusion, len(x.patterns))}
	err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		switch {
		case !bytecode && strings.Contains("/"+p, "/__pycache__/") && !(d.Type().IsRegular() && hasHash(root, p)):
			fl.bytecode++
			return nil
		case isLitter(p):
			return nil
		}
		if err := layer.CheckName(prefix + p); err != nil {
			return &unfitError{path: p, reason: "cannot be in a layer: " + err.Error()}
		}
		info, err := stat(root, p, d)
		if err != nil {
			return err
		}
		if k := x.match(strings.TrimPrefix(prefix+p, layer.Root)); k >= 0 {
			fl.excluded[k].Files++
			fl.excluded[k].Bytes += info.Size()
			return nil
		}
		fl.list = append(fl.list, file{
			path:       p,
			name:       prefix + p,
			size:       info.Size(),
			executable: runtime.GOOS != "windows" && info.Mode()&0o111 != 0,
			record:     path.Base(p) == "RECORD" && inDistInfo(p),
		})
		return nil
	})
	return fl, err
}

// hasHash reports whether p is bytecode that is validated by a hash of its source, or not
// at all, rather than by a time (PEP 552: bit 0 of the flags after the magic number).
func hasHash(root *os.Root, p string) bool {
	if !strings.HasSuffix(p, ".pyc") {
		return false
	}
	f, err := root.Open(p)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [8]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && head[4]&1 == 1
}

// isLitter reports whether p is a file that describes the machine or the installation.
func isLitter(p string) bool {
	switch path.Base(p) {
	case ".DS_Store":
		return true
	case "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json":
		return inDistInfo(p)
	}
	return false
}

func inDistInfo(p string) bool { return strings.HasSuffix(path.Dir(p), ".dist-info") }

// stat returns information about the file, or about the target of a link within root.
func stat(root *os.Root, p string, d fs.DirEntry) (fs.FileInfo, error) {
	if d.Type().IsRegular() {
		return d.Info()
	}
	if d.Type()&fs.ModeSymlink == 0 {
		return nil, &unfitError{path: p, reason: "cannot be in a layer: it is not a regular file"}
	}
	info, err := root.Stat(p) // fails for a target outside root
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &unfitError{path: p, reason: "cannot be in a layer: it is a broken link"}
	case err != nil:
		return nil, &unfitError{path: p, reason: "cannot be in a layer: it is a link to a file outside the folder", link: true}
	case !info.Mode().IsRegular():
		return nil, &unfitError{path: p, reason: "cannot be in a layer: it is a link to a folder", link: true}
	}
	return info, nil
}

// pack compresses the files into tree, several at a time. A RECORD depends on the names of
// the other files, but not on their content, so no second pass is necessary.
func (fl *files) pack(ctx context.Context, root *os.Root, tree *Tree, dir string, events event.Sink) error {
	names := make(map[string]bool, len(fl.list))
	report := event.Event{Kind: event.Begin, Op: "package", Subject: dir}
	for _, f := range fl.list {
		names[f.name] = true
		report.Total += f.size
	}
	events.Emit(report)
	entries := make([]layer.Entry, len(fl.list))
	workers := make([]*packer, min(runtime.GOMAXPROCS(0), len(fl.list)))
	for i := range workers {
		p, err := newPacker(ctx)
		if err != nil {
			return err
		}
		workers[i] = p
		tree.closers = append(tree.closers, p)
	}
	var next, done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range workers {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(fl.list) {
					return p.flush()
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				e, err := fl.list[i].pack(root, p, names)
				if err != nil {
					return fmt.Errorf("%q: %w", fl.list[i].path, err)
				}
				entries[i] = e
				events.Emit(event.Event{Kind: event.Progress, Op: "package", Subject: dir, Done: done.Add(fl.list[i].size), Total: report.Total})
			}
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	tree.Entries = entries
	report.Kind, report.Done = event.End, report.Total
	events.Emit(report)
	return nil
}
