package sdist

import (
	"archive/tar"
	"archive/zip"
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
)

// maxUnpacked is how many bytes an archive may unpack to. The largest sdists
// known are below 1 GB.
const maxUnpacked = 4 << 30

// unpack unpacks the archive called name into the new folder to. Nothing gets
// out of it: a path or link that leads elsewhere is refused, devices are, and
// modes are 0644 and 0755 (PEP 625 and the tar feature "data" of PEP 706).
func unpack(ctx context.Context, archive *os.File, name, to string) error {
	root, err := os.OpenRoot(to)
	if err != nil {
		return stagingFault(err)
	}
	defer root.Close()
	u := &unpacker{root: root, left: maxUnpacked}
	r := contextReader{ctx, archive}
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".zip"):
		err = u.zip(ctx, archive)
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

// unpacker writes the entries of an archive. Its root lets nothing out, whatever
// links the archive makes on the way.
type unpacker struct {
	root *os.Root
	left int64 // bytes that may still be unpacked
}

func (u *unpacker) tar(r io.Reader) error {
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.file(h.Name, archive, h.FileInfo().Mode())
		case tar.TypeSymlink:
			err = u.link(h.Name, path.Join(path.Dir(h.Name), h.Linkname), h.Linkname)
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

func (u *unpacker) zip(ctx context.Context, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return err
	}
	for _, e := range archive.File {
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
		err = u.file(e.Name, contextReader{ctx, r}, e.Mode())
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
	if !filepath.IsLocal(local) || strings.ContainsAny(name, "\x00\\") {
		return "", fmt.Errorf("%q leads out of the archive", name)
	}
	return local, diskOr(u.root.MkdirAll(filepath.Dir(local), 0o755))
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
	if err := u.root.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskOr(err)
	}
	counted := &limited{r: content, left: &u.left}
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

// link makes a symbolic link to a place in the tree; where it leads is path.
func (u *unpacker) link(name, path, link string) error {
	if !filepath.IsLocal(filepath.FromSlash(path)) || filepath.IsAbs(filepath.FromSlash(link)) {
		return fmt.Errorf("%q is a link that leads out of the archive, to %q", name, link)
	}
	target, err := u.place(name)
	if err != nil {
		return err
	}
	if err := u.root.Symlink(filepath.FromSlash(link), target); !errors.Is(err, fs.ErrExist) {
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

// errTooLarge is the error for an archive that unpacks to more than anything
// known does.
var errTooLarge = fmt.Errorf("it unpacks to more than %d GB", maxUnpacked>>30)

// limited reads r as long as there is something left to be read, and keeps its error.
type limited struct {
	r    io.Reader
	left *int64
	err  error
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if *l.left -= int64(n); *l.left < 0 {
		err = errTooLarge
	}
	if err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
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
