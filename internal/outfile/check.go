package outfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/shell"
)

// Kind is a type of file that lamella writes.
type Kind struct {
	Name    string // such as "a layer zip"
	Example string // such as "layer.zip"; its extension is that of the kind
	Option  string // flag that selects another path, such as "-o"
	// Ours reports whether the size bytes of r are such a file and lamella wrote it.
	Ours func(r io.ReaderAt, size int64) bool
}

// Input is a file that a run reads and must not replace.
type Input struct {
	Path string
	What string // such as "the lock file"
}

// Check examines path before any work is done. It returns an error if path is something that
// lamella did not write: a folder, a device, a link to another folder, one of the inputs
// under any name, or any other file. It accepts a missing file, an empty file with the
// kind's extension, and a file of this kind. It also removes temporary files that killed
// processes left in path's folder.
//
// The error is a fault.Error: of Kind Usage, with another path to type, or of Kind Machine
// if no file can be created there.
func (k Kind) Check(path string, inputs ...Input) error {
	if err := k.checkSpelling(path); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k.checkFolder(path)
	}
	if err != nil {
		return k.checkFolderOr(path, err)
	}
	target := path
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = k.follow(path); err != nil {
			return err
		}
		if info, err = os.Lstat(target); err != nil {
			return k.checkFolderOr(path, err)
		}
	}
	Sweep(filepath.Dir(target))
	if info.IsDir() {
		return k.refuse(path, path+" is a folder, not a file", "choose a file in the folder: "+k.Option+" "+shell.Quote(filepath.Join(path, k.Example)))
	}
	if !info.Mode().IsRegular() {
		return k.refuse(path, path+" is "+bound.Describe(info.Mode())+", not a file", k.elsewhere(path))
	}
	if err := k.checkInputs(path, info, inputs); err != nil {
		return err
	}
	return k.checkContent(path, info)
}

func (k Kind) refuse(path, message string, hints ...string) error {
	return &fault.Error{Kind: fault.Usage, Message: message, Subject: path, Hints: hints}
}

// elsewhere returns the hint to name another file in the folder of path.
func (k Kind) elsewhere(path string) string {
	folder := filepath.Dir(path)
	if strings.HasPrefix(folder, "/dev") || strings.HasPrefix(folder, "/proc") {
		folder = "."
	}
	example := filepath.Join(folder, k.Example)
	if filepath.Clean(path) == example {
		ending := filepath.Ext(example)
		example = strings.TrimSuffix(example, ending) + "-2" + ending
	}
	return "choose another file: " + k.Option + " " + shell.Quote(example)
}

// somewhere returns the hint to choose a file if none was chosen.
func (k Kind) somewhere() string {
	return strings.Replace(k.elsewhere("."), "another", "a", 1)
}

// RefuseURL returns an error with hints if folder is a URL, and nil if it is a path.
func RefuseURL(folder string, hints ...string) *fault.Error {
	if !isURL(folder) {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Message: folder + " is a URL, not a folder on this machine", Subject: folder, Hints: hints}
}

// isURL reports whether a path begins like a URL, even if it has lost a slash. A drive
// letter is not a scheme.
func isURL(path string) bool { return scheme.MatchString(path) }

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:/`)

// checkSpelling rejects a path that is a URL, a folder, or "-".
func (k Kind) checkSpelling(path string) error {
	last := path[strings.LastIndexAny(path, `/`+string(filepath.Separator))+1:]
	switch {
	case strings.HasPrefix(strings.ToLower(path), "s3:/"):
		return k.refuse(path, path+" is a URL, not a path on this machine", k.somewhere(),
			"or store the zip in S3 and publish the layer: lamella deploy --to s3://BUCKET/PREFIX")
	case isURL(path):
		return k.refuse(path, path+" is a URL, not a path on this machine", k.somewhere())
	case path == "-":
		return k.refuse(path, "cannot write "+k.Name+" to standard output", k.somewhere())
	case strings.ContainsRune(path, 0):
		return k.refuse(path, fmt.Sprintf("the path %q contains a NUL byte", path), k.somewhere())
	case path != "" && (last == "" || last == "." || last == ".."):
		return k.refuse(path, fmt.Sprintf("the path %q names a folder, not a file", path), "choose a file in the folder: "+k.Option+" "+shell.Quote(filepath.Join(path, k.Example)))
	}
	return nil
}

// checkFolder checks that the folder of a new file, or otherwise the nearest existing path
// above it, is a folder.
func (k Kind) checkFolder(path string) error {
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		switch {
		case err == nil && info.IsDir():
			Sweep(folder)
			return nil
		case err == nil:
			return k.unwritable(path, fmt.Sprintf("cannot write %s because %s is not a folder", path, folder), nil)
		case !errors.Is(err, fs.ErrNotExist):
			return k.checkFolderOr(path, err)
		}
		// The folder may exist by now, but then it is not a link.
		if info, err := os.Lstat(folder); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return k.refuse(path, fmt.Sprintf("cannot write %s because %s is a broken link", path, folder), k.elsewhere("."))
		}
		if folder == filepath.Dir(folder) {
			return nil // the write reports the error
		}
	}
}

// checkFolderOr returns the error for a path that cannot be examined: a parent is not a
// folder, or otherwise err.
func (k Kind) checkFolderOr(path string, err error) error {
	for folder := filepath.Dir(path); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if info, statErr := os.Stat(folder); statErr == nil && !info.IsDir() {
			return k.unwritable(path, fmt.Sprintf("cannot write %s because %s is not a folder", path, folder), nil)
		}
	}
	return k.unwritable(path, "cannot write "+path, cause(err))
}

func (k Kind) unwritable(path, message string, err error) error {
	return &fault.Error{Kind: fault.Machine, Message: message, Subject: path, Err: err, Hints: []string{k.elsewhere(".")}}
}

// cause returns err without the operation and path that package os adds.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// follow returns the target of the link at path, which must be in the same folder.
func (k Kind) follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		if info, err := os.Stat(path); err == nil { // a link of /proc, which is /dev/stdout, to what has no path
			what := "a deleted file"
			if !info.Mode().IsRegular() {
				what = bound.Describe(info.Mode()) + ", not a file"
			}
			return "", k.refuse(path, path+" is "+what, k.elsewhere(path))
		}
		return "", k.refuse(path, path+" is a broken link", k.elsewhere(path))
	}
	own, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", k.checkFolderOr(path, err)
	}
	if folder, err := os.Stat(filepath.Dir(target)); err != nil || !os.SameFile(own, folder) {
		return "", k.refuse(path, fmt.Sprintf("%s is a link into another folder: %s", path, target), k.elsewhere(path),
			"or write to the target of the link: "+k.Option+" "+shell.Quote(target))
	}
	return target, nil
}

// checkInputs rejects a file that the run reads, under any name.
func (k Kind) checkInputs(path string, info fs.FileInfo, inputs []Input) error {
	for _, in := range inputs {
		if read, err := os.Stat(in.Path); err == nil && os.SameFile(read, info) {
			return k.refuse(path, fmt.Sprintf("cannot write %s because it is %s, which this command reads", path, in.What), k.elsewhere(path))
		}
	}
	return nil
}

func (k Kind) checkContent(path string, info fs.FileInfo) error {
	if info.Size() == 0 && filepath.Ext(path) == filepath.Ext(k.Example) {
		return nil // as created by mktemp: nothing is lost
	}
	f, err := os.Open(path)
	if err != nil {
		return k.checkFolderOr(path, err)
	}
	defer f.Close()
	if k.Ours(f, info.Size()) {
		return nil
	}
	hints := []string{k.elsewhere(path)}
	if filepath.Ext(path) == ".zip" && filepath.Ext(k.Example) == ".zip" { // another file may well be needed
		hints = append(hints, "or, if you no longer need the existing file, delete it: rm "+shell.Quote(path))
	}
	return k.refuse(path, fmt.Sprintf("%s exists but is not %s written by lamella", path, k.Name), hints...)
}

// mostText is the maximum size in bytes of a text that is read.
const mostText = 64 << 20

// Text returns an Ours that calls ours with the file's content, in which all line ends are
// "\n".
func Text(ours func([]byte) bool) func(io.ReaderAt, int64) bool {
	return func(r io.ReaderAt, size int64) bool {
		if size > mostText {
			return false
		}
		data := make([]byte, size)
		if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
			return false
		}
		return ours(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) // git may check the file out with CRLF
	}
}
