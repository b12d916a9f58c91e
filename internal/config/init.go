package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/textfile"
)

// Starter is the content of an initial configuration.
type Starter struct {
	Name    string
	Runtime string
	Arch    string
	To      string   // "" comments the line out
	Exclude []string // empty to comment the line out
}

// Sample returns an initial configuration with one line for each setting that most layers
// need. header is the header of the table, or "" for the top of the file.
func (s Starter) Sample(header string) string {
	var b strings.Builder
	if header != "" {
		fmt.Fprintln(&b, header)
	}
	fmt.Fprintf(&b, "name = %q\nruntime = %q\narch = %q\n", s.Name, s.Runtime, s.Arch)
	if s.To != "" {
		fmt.Fprintf(&b, "to = %q\n", s.To)
	} else {
		b.WriteString("# to = \"s3://BUCKET/{layer}\"\n")
	}
	if len(s.Exclude) > 0 {
		fmt.Fprintf(&b, "exclude = [\"%s\"]  # the runtime provides its own\n", strings.Join(s.Exclude, "\", \""))
	} else {
		b.WriteString("# exclude = [\"**/tests/**\"]\n")
	}
	return b.String()
}

// FullSample returns a configuration with every key, each below a comment that explains it.
// All keys are commented out, except the runtime and a To that is not "". header is as in
// [Starter.Sample].
func (s Starter) FullSample(header string) string {
	var b strings.Builder
	if header != "" {
		fmt.Fprintln(&b, header)
	}
	var group Group
	for _, k := range Keys() {
		if k.Group != group {
			if group != "" {
				b.WriteByte('\n')
			}
			group = k.Group
			fmt.Fprintf(&b, "# %s\n", group)
		}
		fmt.Fprintf(&b, "\n# %s\n", k.Doc)
		if value := map[string]string{"runtime": s.Runtime, "to": s.To}[k.Name]; value != "" {
			fmt.Fprintf(&b, "%s = %q\n", k.Name, value)
			continue
		}
		fmt.Fprintf(&b, "# %s = %s\n", k.Name, k.Example)
	}
	for _, t := range Tables() {
		b.WriteString(t.sample(header))
	}
	return b.String()
}

// anyProject accepts any pyproject.toml, because Init adds to the file, whoever wrote it.
var anyProject = outfile.Kind{Name: "a pyproject.toml", Example: pyprojectFile,
	Ours: func(io.ReaderAt, int64) bool { return true }}

// Init adds a sample configuration to the project in the folder dir, and returns the file's
// path. It appends to pyproject.toml, or creates lamella.toml if there is no pyproject.toml.
// It calls sample with the header of the table. Init returns a fault.Error of Kind Usage if
// the project is already configured, or if pyproject.toml is not a regular file or links to
// a file outside the project. It leaves existing settings unchanged.
func Init(dir string, sample func(header string) string) (string, error) {
	standalone := filepath.Join(dir, lamellaFile)
	if _, err := os.Lstat(standalone); err == nil {
		return "", refused("cannot create "+standalone, standalone, errors.New("the file already exists"), "or edit "+standalone)
	}
	path := filepath.Join(dir, pyprojectFile)
	if _, err := os.Lstat(path); err == nil {
		if err := anyProject.Check(path); fault.KindOf(err) == fault.Usage {
			return "", occupied(path, errors.New(strings.Replace(err.Error(), path+" ", "it ", 1))) // without hints to write to another file
		}
	}
	content, err := textfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return standalone, write(standalone, os.O_CREATE|os.O_EXCL, []byte(sample("")))
	}
	if err != nil {
		return "", unreadable(path, err)
	}
	addition, err := appendix(content, sample)
	if err != nil {
		return "", configured(path, err)
	}
	return path, write(path, os.O_APPEND, addition)
}

// appendix returns what to append to content, a pyproject.toml, with the same line endings.
func appendix(content []byte, sample func(header string) string) ([]byte, error) {
	var doc struct {
		Tool map[string]any `toml:"tool"`
	}
	if err := toml.Unmarshal(content, &doc); err != nil {
		return nil, err
	}
	if _, ok := doc.Tool["lamella"]; ok {
		return nil, errors.New("it already has [tool.lamella]")
	}
	addition := "\n" + sample("[tool.lamella]")
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		addition = "\n" + addition
	}
	if bytes.Contains(content, []byte("\r\n")) {
		addition = strings.ReplaceAll(addition, "\n", "\r\n")
	}
	// A table such as tool = { … } on one line cannot be extended.
	var whole any
	if err := toml.Unmarshal(append(bytes.Clone(content), addition...), &whole); err != nil {
		return nil, fmt.Errorf("it cannot have a table [tool.lamella]: %w", err)
	}
	return []byte(addition), nil
}

// occupied returns the error for a pyproject.toml that Init must not write to, such as a
// folder.
func occupied(path string, err error) error {
	return refused("cannot add a configuration to "+path, path, err, "or replace "+path+" with a regular file")
}

// configured returns the error for a file that Init cannot add to but that the user can
// edit.
func configured(path string, err error) error {
	return refused("cannot add a configuration to "+path, path, err, "or edit "+path)
}

func refused(message, path string, err error, act string) error {
	return &fault.Error{
		Kind: fault.Usage, Subject: path, Message: message, Err: err,
		Hints: []string{"print the configuration instead: lamella init --print", act},
	}
}

// write appends data to the file at path, or creates the file if flag says so. If that fails,
// for example because the disk is full, it restores what was there.
func write(path string, flag int, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flag, 0o644)
	if err == nil {
		err = extend(f, data, flag&os.O_CREATE != 0)
	}
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err,
			Hints: []string{"print the configuration instead: lamella init --print"}}
	}
	return nil
}

// extend appends data to f and closes it. If that fails, it removes f if it is new, and
// otherwise what it appended.
func extend(f *os.File, data []byte, isNew bool) error {
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(data)
	}
	err = errors.Join(err, f.Close())
	switch {
	case err == nil:
		return nil
	case isNew:
		return errors.Join(err, os.Remove(f.Name()))
	case info != nil:
		return errors.Join(err, os.Truncate(f.Name(), info.Size()))
	}
	return err
}
