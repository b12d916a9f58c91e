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
)

// unpack unpacks the archive called name into the new folder to. Nothing gets
// out of it: a path or link that leads elsewhere is refused, so are devices, and
// modes are 0644 and 0755 (PEP 625 and the tar feature "data" of PEP 706). It
// unpacks no more than its budget.
func unpack(ctx context.Context, archive *os.File, name, to string) error {
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
	switch lower := strings.ToLower(name); {
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
		err = errors.New("archives of its kind cannot be unpacked")
	}
	if err == nil || ctx.Err() != nil || fault.KindOf(err) != fault.Other {
		return err
	}
	return &fault.Error{Kind: fault.Index, Op: "unpack", Subject: name, Err: err,
		Hints: []string{"the source distribution is broken: report it to its authors, or lock another version"}}
}

// unpacker writes the entries of an archive. Its root lets nothing out. Whoever
// builds what was unpacked follows links without such a root, so they must not lead
// out either: links lie in real folders only, and go up only before they go down.
type unpacker struct {
	root    *os.Root
	budget  *budget
	folders map[string]bool // which were made, and are no links
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

// place is where an entry goes. Its folder is made.
func (u *unpacker) place(name string) (string, error) {
	local := filepath.FromSlash(path.Clean(name))
	if !filepath.IsLocal(local) || local == "." || strings.ContainsAny(name, "\x00\\") {
		return "", fmt.Errorf("%q leads out of the archive", name)
	}
	return local, u.folder(filepath.Dir(local))
}

// folder makes a folder with those above it. None of them may be a link.
func (u *unpacker) folder(name string) error {
	if u.folders[name] {
		return nil
	}
	if err := u.folder(filepath.Dir(name)); err != nil {
		return err
	}
	err := u.root.Mkdir(name, 0o755)
	if errors.Is(err, fs.ErrExist) {
		// Only where "a" and "A" are one name may it be a folder.
		if info, there := u.root.Lstat(name); there != nil || !info.IsDir() {
			return fmt.Errorf("%q is a file or a link, and other entries have it for a folder", filepath.ToSlash(name))
		}
	} else if err != nil {
		return diskOr(err)
	}
	u.folders[name] = true
	return nil
}

// diskOr tells a full disk from what is the archive's own fault, such as a file
// where another entry has a folder.
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
	// Of a file that is there twice the last one counts, as tar has it.
	if u.folders[target] {
		return fmt.Errorf("%q is a file, and other entries have it for a folder", name)
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
		if counted.err != nil { // the archive's fault and not the disk's
			return fmt.Errorf("%q: %w", name, counted.err)
		}
		return err
	}
	return nil
}

// link makes a symbolic link to a place in the tree.
func (u *unpacker) link(name, link string) error {
	leads := path.Join(path.Dir(path.Clean(name)), link)
	if !filepath.IsLocal(filepath.FromSlash(leads)) || path.IsAbs(link) || filepath.IsAbs(filepath.FromSlash(link)) {
		return fmt.Errorf("%q is a link that leads out of the archive, to %q", name, link)
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

// hardLink copies the file that was unpacked before.
func (u *unpacker) hardLink(name, to string) error {
	source, err := u.place(to)
	if err != nil {
		return err
	}
	f, err := u.root.Open(source)
	if err != nil {
		return fmt.Errorf("%q is a link to %q, which is not there", name, to)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return stagingFault(err)
	}
	return u.file(name, f, info.Mode())
}

// projectRoot returns the folder of an unpacked archive that holds the project:
// the only one at the top, as PEP 625 wants it, else the top itself.
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
