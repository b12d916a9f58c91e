package sdist

import (
	"archive/tar"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/resolve"
)

// unpack unpacks the archive of d to the folder to, which must be empty, within the
// archive's budget. It rejects devices, and paths and links that lead out of the folder.
// Modes are 0644 and 0755 (PEP 625 and the filter "data" of PEP 706).
func unpack(ctx context.Context, archive *os.File, d *resolve.Distribution, to string) error {
	root, err := os.OpenRoot(to)
	if err != nil {
		return stagingFault(err)
	}
	defer root.Close()
	info, err := archive.Stat()
	if err != nil {
		return stagingFault(err)
	}
	u := &unpacker{root: root, budget: budgetOf(info.Size()), folders: map[string]bool{".": true}}
	r := bound.WithContext(ctx, archive)
	switch lower := strings.ToLower(d.File.Name); {
	case strings.HasSuffix(lower, ".zip"):
		err = u.zip(ctx, archive, info.Size())
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		var gz *gzip.Reader
		if gz, err = gzip.NewReader(r); err == nil {
			err = u.tar(gz)
		}
	case strings.HasSuffix(lower, ".tar.bz2"):
		err = u.tar(bzip2.NewReader(r))
	case strings.HasSuffix(lower, ".tar"):
		err = u.tar(r)
	default:
		err = errArchiveType
	}
	if err == nil || ctx.Err() != nil || fault.KindOf(err) != fault.Other {
		return err
	}
	hints := []string{"lock another version, and report the problem to the authors of " + d.Name, "or exclude " + d.Name + ": --exclude " + d.Name}
	if errors.Is(err, errArchiveType) {
		hints[0] = "lock another version"
	}
	return &fault.Error{Kind: fault.Index, Message: "cannot unpack " + d.File.Name, Subject: d.File.Name, Err: err, Hints: hints}
}

var errArchiveType = errors.New("lamella can unpack only .tar.gz, .tgz, .tar.bz2, .tar, and .zip archives")

// unpacker writes the entries of an archive into root. The build follows links without the
// protection of an os.Root, so links must not lead out of the folder: they are only in real
// folders, and go up only before they go down.
type unpacker struct {
	root    *os.Root
	budget  *budget
	folders map[string]bool // folders that it created, which are not links
}

func (u *unpacker) tar(r io.Reader) error {
	archive := tar.NewReader(&limited{r: r, left: &u.budget.stream})
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = u.budget.entry(h.Name)
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.file(h.Name, archive, h.FileInfo().Mode())
		case tar.TypeSymlink:
			err = u.link(h.Name, h.Linkname)
		case tar.TypeLink:
			err = u.hardLink(h.Name, h.Linkname)
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			err = fmt.Errorf("%q is neither a file nor a folder", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) zip(ctx context.Context, f *os.File, size int64) error {
	archive, err := openZip(f, size)
	if err != nil {
		return err
	}
	for _, e := range archive.File {
		if err := u.budget.entry(e.Name); err != nil {
			return err
		}
		if e.FileInfo().IsDir() {
			continue
		}
		if mode := e.Mode(); mode.Type() != 0 {
			return fmt.Errorf("%q is neither a file nor a folder", e.Name)
		}
		r, err := e.Open()
		if err != nil {
			return err
		}
		err = u.file(e.Name, bound.WithContext(ctx, r), e.Mode())
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// place returns the path for an entry, and creates the folder that contains it.
func (u *unpacker) place(name string) (string, error) {
	local := filepath.FromSlash(path.Clean(name))
	if !filepath.IsLocal(local) || local == "." || strings.ContainsAny(name, "\x00\\") {
		return "", fmt.Errorf("the path %q leads outside the folder that the archive is unpacked to", name)
	}
	return local, u.folder(filepath.Dir(local))
}

// folder creates a folder and its parents. None of them may be a link.
func (u *unpacker) folder(name string) error {
	if u.folders[name] {
		return nil
	}
	if err := u.folder(filepath.Dir(name)); err != nil {
		return err
	}
	err := u.root.Mkdir(name, 0o755)
	if errors.Is(err, fs.ErrExist) {
		// It can be an existing folder only if the file system ignores case.
		if info, there := u.root.Lstat(name); there != nil || !info.IsDir() {
			return fmt.Errorf("%q is a file or a link, but other entries in the archive are inside it", filepath.ToSlash(name))
		}
	} else if err != nil {
		return diskOr(err)
	}
	u.folders[name] = true
	return nil
}

// diskOr converts an error of the disk to a fault.Error. It returns errors in the archive
// unchanged, such as a file where another entry has a folder.
func diskOr(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, fs.ErrPermission) {
		return stagingFault(err)
	}
	return err
}

func (u *unpacker) file(name string, content io.Reader, mode fs.FileMode) error {
	target, err := u.place(name)
	if err != nil {
		return err
	}
	// If several entries have the same name, the last one counts, as in tar.
	if u.folders[target] {
		return fmt.Errorf("%q is a file, but other entries in the archive are inside it", name)
	}
	if err := u.root.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskOr(err)
	}
	counted := &limited{r: content, left: &u.budget.content}
	f, err := u.root.OpenFile(target, createNew, modeOf(mode&0o111 != 0))
	if err != nil {
		return diskOr(err)
	}
	if err := fill(f, counted); err != nil {
		if counted.err != nil { // an error in the archive, not on the disk
			return fmt.Errorf("%q: %w", name, counted.err)
		}
		return err
	}
	return nil
}

// link creates a symbolic link within the tree.
func (u *unpacker) link(name, link string) error {
	leads := path.Join(path.Dir(path.Clean(name)), link)
	if !filepath.IsLocal(filepath.FromSlash(leads)) || path.IsAbs(link) || filepath.IsAbs(filepath.FromSlash(link)) {
		return fmt.Errorf("the link %q points to %q, outside the folder that the archive is unpacked to", name, link)
	}
	target, err := u.place(name)
	if err != nil {
		return err
	}
	if err := u.root.Symlink(filepath.FromSlash(path.Clean(link)), target); !errors.Is(err, fs.ErrExist) {
		return diskOr(err)
	}
	return nil
}

// hardLink copies a file that has already been unpacked.
func (u *unpacker) hardLink(name, to string) error {
	source, err := u.place(to)
	if err != nil {
		return err
	}
	f, err := u.root.Open(source)
	if err != nil {
		return fmt.Errorf("%q is a link to %q, which does not exist", name, to)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return stagingFault(err)
	}
	return u.file(name, f, info.Mode())
}

// projectRoot returns the folder of an unpacked archive that contains the project: the only
// folder at the top, as PEP 625 requires, or else the top itself.
func projectRoot(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", stagingFault(err)
	}
	if len(entries) == 1 && entries[0].IsDir() {
		return filepath.Join(dir, entries[0].Name()), nil
	}
	return dir, nil
}
