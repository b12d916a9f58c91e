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
)

// Kind is a kind of file that lamella writes.
type Kind struct {
	Name    string // "a layer zip"
	Example string // "layer.zip"; its ending is that of the kind
	Option  string // by which another path is named: "-o"
	// Ours reports whether the size bytes of r are such a file of lamella's.
	Ours func(r io.ReaderAt, size int64) bool
}

// Input is a file that a run reads, and therefore must not replace.
type Input struct {
	Path string
	What string // "the lock file"
}

// Check looks at what is at path, before any work is done for it, and refuses to
// replace what lamella did not write: a folder, a device, a link that leads to
// another folder, one of the inputs under whatever name, any other file. What is
// not there, an empty file with the kind's ending and a file of this kind may be
// replaced. It also removes what killed runs left behind beside path.
//
// The error is a fault.Error of Kind Usage with another path to type, or of Kind
// Machine where no file can be made.
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
			return k.refuse(path, err, k.elsewhere(path))
		}
	}
	Sweep(filepath.Dir(target))
	if info.IsDir() {
		return k.refuse(path, errors.New("it is a folder"), "name a file in it: "+k.Option+" "+quote(filepath.Join(path, k.Example)))
	}
	if !info.Mode().IsRegular() {
		return k.refuse(path, errors.New("it is "+bound.Describe(info.Mode())), k.elsewhere(path))
	}
	if err := k.checkInputs(path, info, inputs); err != nil {
		return err
	}
	return k.checkContent(path, info)
}

func (k Kind) refuse(path string, why error, hints ...string) error {
	return &fault.Error{Kind: fault.Usage, Op: "write", Subject: path, Err: why, Hints: hints}
}

// elsewhere is the hint to name another file, in the same folder.
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
	return "name another file: " + k.Option + " " + quote(example)
}

// scheme begins a URL, also one that lost a slash: it is longer than the letter
// of a drive.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:/`)

// checkSpelling refuses what was hardly meant as a file's path.
func (k Kind) checkSpelling(path string) error {
	last := path[strings.LastIndexAny(path, `/`+string(filepath.Separator))+1:]
	switch {
	case strings.HasPrefix(strings.ToLower(path), "s3:/"):
		return k.refuse(path, errors.New("it is a URL, and lamella writes this file on this machine"), k.elsewhere("."),
			"to send a layer to S3: lamella deploy --to s3://BUCKET/PREFIX")
	case scheme.MatchString(path):
		return k.refuse(path, errors.New("it is a URL, and lamella writes this file on this machine"), k.elsewhere("."))
	case path == "-":
		return k.refuse(path, errors.New("lamella does not write this file to its standard output"), k.elsewhere("."))
	case strings.ContainsRune(path, 0):
		return k.refuse(path, errors.New("a path has no zero byte in it"), k.elsewhere("."))
	case path != "" && (last == "" || last == "." || last == ".."):
		return k.refuse(path, errors.New("it names a folder"), "name a file in it: "+k.Option+" "+quote(filepath.Join(path, k.Example)))
	}
	return nil
}

// checkFolder looks for the folder of a file that is yet to be made, or the
// nearest one above that is there.
func (k Kind) checkFolder(path string) error {
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		switch {
		case err == nil && info.IsDir():
			Sweep(folder)
			return nil
		case err == nil:
			return k.unwritable(path, fmt.Errorf("%s is no folder", folder))
		case !errors.Is(err, fs.ErrNotExist):
			return k.checkFolderOr(path, err)
		}
		// A folder that another process has just made is no link.
		if info, err := os.Lstat(folder); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return k.refuse(path, fmt.Errorf("%s is a link to nothing", folder), k.elsewhere("."))
		}
		if folder == filepath.Dir(folder) {
			return nil // the write will tell
		}
	}
}

// checkFolderOr explains why nothing can be known of path: err, or that what
// should be a folder on the way is none.
func (k Kind) checkFolderOr(path string, err error) error {
	for folder := filepath.Dir(path); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if info, statErr := os.Stat(folder); statErr == nil && !info.IsDir() {
			return k.unwritable(path, fmt.Errorf("%s is no folder", folder))
		}
	}
	return k.unwritable(path, cause(err))
}

// unwritable reports a place in which this machine makes no file.
func (k Kind) unwritable(path string, why error) error {
	return &fault.Error{Kind: fault.Machine, Op: "write", Subject: path, Err: why, Hints: []string{k.elsewhere(".")}}
}

func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// follow returns what the link at path leads to. It may lead to a file in its own
// folder, and nowhere else.
func (k Kind) follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", k.refuse(path, errors.New("it is a link to nothing"), k.elsewhere(path))
	}
	own, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", k.checkFolderOr(path, err)
	}
	if folder, err := os.Stat(filepath.Dir(target)); err != nil || !os.SameFile(own, folder) {
		return "", k.refuse(path, fmt.Errorf("it is a link out of its folder, to %s", target), k.elsewhere(path),
			"to write where the link leads: "+k.Option+" "+quote(target))
	}
	return target, nil
}

// checkInputs refuses a file that the run reads, by whatever name.
func (k Kind) checkInputs(path string, info fs.FileInfo, inputs []Input) error {
	for _, in := range inputs {
		if read, err := os.Stat(in.Path); err == nil && os.SameFile(read, info) {
			return k.refuse(path, fmt.Errorf("it is %s, which this command reads", in.What), k.elsewhere(path))
		}
	}
	return nil
}

func (k Kind) checkContent(path string, info fs.FileInfo) error {
	if info.Size() == 0 && filepath.Ext(path) == filepath.Ext(k.Example) {
		return nil // as mktemp makes it: nothing is lost
	}
	f, err := os.Open(path)
	if err != nil {
		return k.checkFolderOr(path, err)
	}
	defer f.Close()
	if k.Ours(f, info.Size()) {
		return nil
	}
	return k.refuse(path, fmt.Errorf("it is there already, and it is not %s that lamella wrote", k.Name), k.elsewhere(path),
		"if you do not need it: rm "+quote(path))
}

// mostText bounds the text that is looked at.
const mostText = 64 << 20

// Text makes an Ours of a function of a file's whole content.
func Text(ours func([]byte) bool) func(io.ReaderAt, int64) bool {
	return func(r io.ReaderAt, size int64) bool {
		if size > mostText {
			return false
		}
		data := make([]byte, size)
		if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
			return false
		}
		return ours(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) // as git may check it out
	}
}

// quote quotes a path for a shell where it must.
func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$&|;<>()*?[]#~`!{}") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
