package lock

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/internal/textfile"
)

// Read reads and parses the lock file at path. All errors are of type fault.Error and kind
// Lock.
func Read(path string) (*Lock, error) {
	content, err := textfile.Bytes(path)
	if err != nil {
		e := unreadable(path, err)
		if errors.Is(err, fs.ErrNotExist) {
			e.Hints = []string{"choose an existing lock file: --lock FILE"}
		}
		return nil, e
	}
	return Parse(path, content)
}

// Parse is like [Parser.Parse], with the environment of the process.
func Parse(path string, content []byte) (*Lock, error) { return Parser{}.Parse(path, content) }

// Parser parses lock files. The zero value is ready to use.
type Parser struct {
	// Getenv returns the value of an environment variable that a lock file refers to, or ""
	// if it is not set. If it is nil, the environment of the process is used.
	Getenv func(string) string
}

// Parse parses the content of the lock file at path. It recognizes the format by name and
// content. The Lock refers to content, so do not change it. For a damaged file or an
// unsupported format, it returns a fault.Error of kind Lock that names the line, if it is
// known.
func (p Parser) Parse(path string, content []byte) (*Lock, error) {
	name := filepath.Base(path)
	f, ok := formatOf(name, bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if !ok {
		return nil, &fault.Error{
			Kind: fault.Lock, Subject: path,
			Message: path + " is not a supported lock file",
			Hints:   []string{"use a uv.lock, poetry.lock, pylock.toml, pdm.lock, Pipfile.lock, or requirements.txt (any name that ends in .txt)"},
		}
	}
	d := &document{path: path, content: content, format: f, getenv: p.Getenv}
	if err := d.checkMerged(); err != nil {
		return nil, err
	}
	l, err := f.read(d)
	if err != nil {
		return nil, cmp.Or(d.otherFormat(), err)
	}
	if n := len(l.Packages); n > maxPackages && f.name != Requirements { // which has limits of its own
		return nil, d.refuse(fmt.Sprintf("has %s packages, but lamella reads at most %s", number.Group(int64(n)), number.Group(maxPackages)), d.repair()...)
	}
	l.Format, l.Path, l.Name, l.Manifest = f.name, path, name, content
	l.relock = d.relock()
	l.repair = d.repair()
	return l, nil
}

// document is a lock file being read.
type document struct {
	path    string
	content []byte
	format  format
	getenv  func(string) string // nil means os.LookupEnv
	project bool                // whether it is a file of the project, not the lock file
}

// variable returns the value of an environment variable and whether it is set.
func (d *document) variable(name string) (string, bool) {
	if d.getenv == nil {
		return os.LookupEnv(name)
	}
	value := d.getenv(name)
	return value, value != ""
}

// at returns the position of a line, such as "uv.lock:12", or the path if line is 0.
func (d *document) at(line int) string {
	if line == 0 {
		return d.path
	}
	return fmt.Sprintf("%s:%d", d.path, line)
}

// refuse returns the error that states predicate about the document, such as "is empty".
func (d *document) refuse(predicate string, hints ...string) *fault.Error {
	return &fault.Error{Kind: fault.Lock, Message: d.path + " " + predicate, Subject: d.path, Hints: hints}
}

// invalid returns the error err about a line, or about the whole document if line is 0.
func (d *document) invalid(line int, err error, hints ...string) *fault.Error {
	return &fault.Error{Kind: fault.Lock, Message: d.at(line) + ": " + err.Error(), Subject: d.at(line), Hints: hints}
}

// errUnsupported is the end of an error about something that a newer version of lamella may
// support.
var errUnsupported = errors.New("is not supported by this version of lamella")

// errNoName is the error for a package without a name.
var errNoName = errors.New("a package has no name")

// named adds the name of the package to an error about it.
func named(name string, err error) error {
	if errors.Is(err, errNoName) {
		return err
	}
	return fmt.Errorf("package %s: %w", name, err)
}

// damaged is like invalid, for a document that has to be created again.
func (d *document) damaged(line int, err error) *fault.Error {
	if errors.Is(err, errUnsupported) {
		return d.invalid(line, err, "upgrade lamella", "or recreate the lock file, which may change the locked versions: "+d.recreate())
	}
	return d.invalid(line, err, d.repair()...)
}

// unsupported returns the error for a version of the format that lamella does not support.
// newer reports whether it is newer than the supported versions, rather than older.
func (d *document) unsupported(version, supported string, newer bool) *fault.Error {
	tool := map[Format]string{UV: "uv", Poetry: "Poetry", PDM: "PDM", Pipenv: "Pipenv"}[d.format.name]
	install := func(age string) string {
		return "install " + age + " version of " + tool + " and lock again, which may change the locked versions: " + d.recreate()
	}
	hints := []string{install("a newer")}
	switch {
	case d.format.name == Pylock: // several tools create it
		hints = []string{"upgrade lamella, or create the lock file in format version 1.0"}
	case newer:
		hints = []string{"upgrade lamella", "or " + install("an older")}
	}
	return d.refuse(fmt.Sprintf("has format version %s, but this version of lamella reads %s", version, supported), hints...)
}

// unreadable returns the error for a file that cannot be read.
func unreadable(path string, err error) *fault.Error {
	return &fault.Error{Kind: fault.Lock, Message: "cannot read " + path, Subject: path, Err: cause(err)}
}

// dir returns the absolute path of the folder that contains the document. Relative paths in
// the document start there.
func (d *document) dir() string {
	dir, err := filepath.Abs(filepath.Dir(d.path))
	if err != nil {
		return filepath.Dir(d.path)
	}
	return dir
}

// checkMerged returns an error if the file contains git's conflict markers.
func (d *document) checkMerged() error {
	marker := []byte("<<<<<<< ")
	at := 0
	if !bytes.HasPrefix(d.content, marker) {
		at = bytes.Index(d.content, append([]byte("\n"), marker...)) + 1
		if at == 0 {
			return nil
		}
	}
	keep := "git checkout --ours " + shell.Quote(filepath.Base(d.path))
	hints := []string{"keep one side and lock again: " + in(filepath.Dir(d.path), keep+" && "+d.command())}
	if !d.hasSource() {
		hints = []string{"edit the file to resolve the conflict", "or keep only one side: " + in(filepath.Dir(d.path), keep) + "   # or --theirs"}
	}
	return d.invalid(1+bytes.Count(d.content[:at], []byte("\n")), errors.New("unresolved merge conflict (<<<<<<<)"), hints...)
}

// cause returns err without its operation and path.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
