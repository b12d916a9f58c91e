package lock

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/target"
)

// Find returns the path of the one lock file in the folder project. A
// pylock.NAME.toml, which is for one use of several, counts if there is no other.
// None, or more than one, is a fault.Error that names the candidates, or the
// commands that make one, for t where that matters.
func Find(project string, t target.Target) (string, error) {
	entries, err := os.ReadDir(project)
	if err != nil {
		e := &fault.Error{Kind: fault.Usage, Op: "find a lock file in", Subject: project, Err: cause(err)}
		if info, statErr := os.Stat(project); statErr == nil && !info.IsDir() {
			e.Err = errors.New("it is a file; a project is a folder")
			e.Hints = []string{"lamella build --lock " + quote(project)}
		}
		return "", e
	}
	var found []string
	for _, f := range formats() {
		own := regexp.MustCompile(f.file) // once, however many files there are
		for _, entry := range entries {
			if !entry.IsDir() && own.MatchString(entry.Name()) {
				found = append(found, entry.Name())
			}
		}
	}
	if general := slices.DeleteFunc(slices.Clone(found), isNamedPylock); len(general) > 0 {
		found = general
	}
	switch len(found) {
	case 1:
		return filepath.Join(project, found[0]), nil
	case 0:
		return "", noLock(project, t)
	}
	return "", &fault.Error{
		Kind: fault.Usage, Op: "find a lock file in", Subject: project,
		Err:   fmt.Errorf("there are %d: %s", len(found), strings.Join(found, ", ")),
		Hints: []string{"choose one: --lock " + quote(filepath.Join(project, found[0]))},
	}
}

// isNamedPylock reports "pylock.dev.toml" and the like (PEP 751, "File Name").
func isNamedPylock(name string) bool {
	return strings.HasPrefix(name, "pylock.") && name != string(Pylock)
}

// noLock is the fault of a project without a lock file.
func noLock(project string, t target.Target) error {
	e := &fault.Error{Kind: fault.Lock, Op: "find a lock file in", Subject: project, Err: errors.New("there is none"),
		Hints: lockCommands(project, t)}
	if len(e.Hints) == 0 {
		e.Hints = []string{
			"with a pyproject.toml: " + in(project, "uv lock"),
			"with a list of requirements in requirements.in: " + CompileCommand(filepath.Join(project, "requirements.in"), t),
			"a lock file with another name: --lock FILE",
		}
	}
	return e
}

// Read reads the lock file at path: Parse of its content. A file that cannot be
// read is a fault.Error of kind Lock, too.
func Read(path string) (*Lock, error) {
	content, err := textfile.Bytes(path)
	if err != nil {
		e := &fault.Error{Kind: fault.Lock, Op: "read", Subject: path, Err: cause(err)}
		if errors.Is(err, fs.ErrNotExist) {
			e.Hints = []string{"name a lock file that is there with --lock FILE, or make one: uv lock"}
		}
		return nil, e
	}
	return Parse(path, content)
}

// Parse is [Parser.Parse] with the process's environment.
func Parse(path string, content []byte) (*Lock, error) { return Parser{}.Parse(path, content) }

// Parser reads lock files. The zero value works.
type Parser struct {
	// Getenv returns the environment variables that stand in a lock file's URLs and
	// lines, "" for one that is not set. nil is the process's environment.
	Getenv func(string) string
}

// Parse reads content, that of the lock file at path, its format told by its
// name and content. The lock keeps content, so it must not be changed. One that
// is damaged, or has a format that is not known or not supported yet, is a
// fault.Error of kind Lock with the line and what to do.
func (p Parser) Parse(path string, content []byte) (*Lock, error) {
	name := filepath.Base(path)
	f, ok := formatOf(name, bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if !ok {
		return nil, &fault.Error{
			Kind: fault.Lock, Op: "read", Subject: path,
			Err:   errors.New("it is no lock file that lamella knows"),
			Hints: []string{"lamella reads uv.lock, poetry.lock, pylock.toml, pdm.lock, Pipfile.lock and requirements.txt (any .txt)"},
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
	l.Format, l.Path, l.Name, l.Manifest = f.name, path, name, content
	l.relock = d.relock()
	return l, nil
}

// document is a lock file being read.
type document struct {
	path    string
	content []byte
	format  format
	getenv  func(string) string // nil is os.LookupEnv
}

// variable is the value of an environment variable, and whether it is set.
func (d *document) variable(name string) (string, bool) {
	if d.getenv == nil {
		return os.LookupEnv(name)
	}
	value := d.getenv(name)
	return value, value != ""
}

// fault is an error in the document at line (0: none in particular).
func (d *document) fault(line int, err error, hints ...string) *fault.Error {
	subject := d.path
	if line > 0 {
		subject = fmt.Sprintf("%s:%d", d.path, line)
	}
	return &fault.Error{Kind: fault.Lock, Op: "read", Subject: subject, Err: err, Hints: hints}
}

// damaged is a fault at line that only making the lock anew mends.
func (d *document) damaged(line int, err error) *fault.Error {
	return d.fault(line, err, "the lock is damaged; make it again: "+d.relock())
}

// dir is the absolute folder that relative paths in the document start from.
func (d *document) dir() string {
	dir, err := filepath.Abs(filepath.Dir(d.path))
	if err != nil {
		return filepath.Dir(d.path)
	}
	return dir
}

// checkMerged refuses a file in which git left conflict markers.
func (d *document) checkMerged() error {
	marker := []byte("<<<<<<< ")
	at := 0
	if !bytes.HasPrefix(d.content, marker) {
		at = bytes.Index(d.content, append([]byte("\n"), marker...)) + 1
		if at == 0 {
			return nil
		}
	}
	name := filepath.Base(d.path)
	return d.fault(1+bytes.Count(d.content[:at], []byte("\n")),
		errors.New("it has merge-conflict markers (<<<<<<<): git could not merge two versions of it"),
		"take one side and lock again: "+in(filepath.Dir(d.path), "git checkout --ours "+quote(name)+" && "+d.command()))
}

// cause is err less the operation and path that the caller states itself.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// quote quotes s for a shell where it must.
func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$&|;<>()*?[]#~`!{}") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
