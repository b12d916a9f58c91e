package sdist

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/resolve"
)

// sourceFile is a file in a source tree.
type sourceFile struct {
	path       string // slash-separated, relative to the tree
	link       string // target of a link to a folder in the tree; "" for a file
	executable bool
}

// HashFolder returns the digest of a source tree: of the paths, the content, and the
// executable bits of its files. The digest is the same on every machine with the same
// files, and changes when they change.
//
// It ignores the files of version control and tools: folders of git, hg, and svn, caches,
// virtual environments, and the output of earlier builds (build/ and dist/ at the top,
// *.egg-info, bytecode).
func HashFolder(ctx context.Context, folder string) (digest.Digest, error) {
	files, err := listFolder(ctx, folder)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%q %t %q ", f.path, f.executable, f.link)
		if f.link == "" {
			content, err := hashFile(ctx, filepath.Join(folder, filepath.FromSlash(f.path)))
			if err != nil {
				return "", folderFault(folder, err)
			}
			fmt.Fprintf(sum, "%x", content)
		}
		fmt.Fprintln(sum)
	}
	return digest.Of("sha256", sum.Sum(nil)), nil
}

func hashFile(ctx context.Context, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, bound.WithContext(ctx, f))
	return sum.Sum(nil), err
}

// copyFolder copies the files that HashFolder includes to the folder to, which must be
// empty.
func copyFolder(ctx context.Context, from, to string) error {
	files, err := listFolder(ctx, from)
	if err != nil {
		return err
	}
	for _, f := range files {
		target := filepath.Join(to, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return stagingFault(err)
		}
		if f.link != "" {
			if err := os.Symlink(f.link, target); err != nil {
				return stagingFault(err)
			}
			continue
		}
		if err := copyFile(ctx, from, f, target); err != nil {
			return err
		}
	}
	return nil
}

// copyUnchanged copies the folder of d. It returns an error if the folder has changed since
// d was resolved.
func copyUnchanged(ctx context.Context, d *resolve.Distribution, to string) error {
	if err := copyFolder(ctx, d.Source.Folder(), to); err != nil {
		return err
	}
	copied, err := HashFolder(ctx, to)
	if err == nil && copied != d.Hash {
		err = &fault.Error{Kind: fault.Lock, Subject: describe(d), Message: fmt.Sprintf("the folder of %s changed while lamella was reading it", describe(d)),
			Hints: []string{"run the same command again"}}
	}
	return err
}

// copyFile copies the file f in folder to the path to, which must not exist.
func copyFile(ctx context.Context, folder string, f sourceFile, to string) error {
	source, err := os.Open(filepath.Join(folder, filepath.FromSlash(f.path)))
	if err != nil {
		return folderFault(folder, err)
	}
	defer source.Close()
	target, err := os.OpenFile(to, createNew, modeOf(f.executable))
	if err != nil {
		return stagingFault(err)
	}
	return fill(target, bound.WithContext(ctx, source))
}

// createNew are the flags for creating a file in a staged tree.
const createNew = os.O_WRONLY | os.O_CREATE | os.O_EXCL

// modeOf returns the mode of a file in a staged tree. It depends only on whether the file
// is executable.
func modeOf(executable bool) fs.FileMode {
	if executable {
		return 0o755
	}
	return 0o644
}

// fill writes content to f and closes it.
func fill(f *os.File, content io.Reader) error {
	_, err := io.Copy(f, content)
	return stagingFault(errors.Join(err, f.Close()))
}

// listFolder returns the files of a source tree, sorted by path.
func listFolder(ctx context.Context, folder string) ([]sourceFile, error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, folderFault(folder, err)
	}
	var files []sourceFile
	err = filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		relative, err := filepath.Rel(folder, name)
		if err != nil || relative == "." {
			return err
		}
		relative = filepath.ToSlash(relative)
		if leftOver(relative, e.IsDir()) || e.IsDir() && isEnvironment(name) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			return addLink(&files, folder, relative)
		case !e.Type().IsRegular():
			return nil // a socket or pipe
		}
		info, err := e.Info()
		files = append(files, sourceFile{path: relative, executable: err == nil && info.Mode()&0o111 != 0})
		return err
	})
	if err != nil {
		return nil, folderFault(folder, err)
	}
	slices.SortFunc(files, func(a, b sourceFile) int { return strings.Compare(a.path, b.path) })
	return files, nil
}

// addLink adds a symbolic link: a link to a file as that file, and a link to a folder in
// the tree as a link. It ignores broken links.
func addLink(files *[]sourceFile, folder, relative string) error {
	name := filepath.Join(folder, filepath.FromSlash(relative))
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // a broken link, such as an editor's lock file
	case err != nil:
		return err
	case info.Mode().IsRegular():
		*files = append(*files, sourceFile{path: relative, executable: info.Mode()&0o111 != 0})
		return nil
	case !info.IsDir():
		return nil
	}
	link, err := os.Readlink(name)
	if err != nil {
		return err
	}
	if link = filepath.ToSlash(link); path.IsAbs(link) || filepath.IsAbs(link) || !isWithin(path.Join(path.Dir(relative), link)) {
		return fmt.Errorf("%s is a link to %s, %w", relative, link, errOutside)
	}
	*files = append(*files, sourceFile{path: relative, link: link})
	return nil
}

// isWithin reports whether a clean, relative path stays within its folder.
func isWithin(path string) bool {
	return path != ".." && !strings.HasPrefix(path, "../")
}

// leftOver reports whether a file or folder is not part of the source.
func leftOver(relative string, folder bool) bool {
	name := path.Base(relative)
	if !folder {
		return strings.HasSuffix(name, ".pyc") || strings.HasSuffix(name, ".pyo") || name == ".DS_Store" ||
			name == ".git" // the file that marks a submodule or work tree
	}
	switch name {
	case ".git", ".hg", ".svn", ".bzr", "__pycache__", ".venv", ".tox", ".nox", ".eggs", "node_modules",
		".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis":
		return true
	case "build", "dist":
		return !strings.Contains(relative, "/")
	}
	return strings.HasSuffix(name, ".egg-info")
}

// isEnvironment reports whether a folder is a virtual environment (PEP 405).
func isEnvironment(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "pyvenv.cfg"))
	return err == nil
}

var errOutside = errors.New("which is outside the folder")

func folderFault(folder string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	hint := "restore the package's source in " + folder + ", or update the lock file"
	switch {
	case errors.Is(err, errOutside):
		hint = "replace the link with a copy of what it points to"
	case errors.Is(err, fs.ErrPermission):
		hint = "make its files readable: chmod -R u+rX " + shell.Quote(folder)
	}
	return &fault.Error{Kind: fault.Lock, Message: "cannot read " + folder + ", which the lock file names as a source folder", Subject: folder, Err: err,
		Hints: []string{hint}}
}
