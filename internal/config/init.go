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

// Starter is the content of a first configuration.
type Starter struct {
	Name    string
	Runtime string
	Arch    string
	To      string   // "" to comment the line out
	Exclude []string // empty to comment the line out
}

// Sample returns a first configuration with one line for each setting that most layers
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
// All keys except the runtime are commented out. header is as in [Starter.Sample].
func FullSample(header, runtime string) string {
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
		if k.Name == "runtime" {
			fmt.Fprintf(&b, "%s = %q\n", k.Name, runtime)
			continue
		}
		fmt.Fprintf(&b, "# %s = %s\n", k.Name, k.Example)
	}
	for _, t := range Tables() {
		b.WriteString(t.sample(header))
	}
	return b.String()
}

// anyProject is the file that Init adds to, whoever wrote it.
var anyProject = outfile.Kind{Name: "a pyproject.toml", Example: pyprojectFile,
	Ours: func(io.ReaderAt, int64) bool { return true }}

// Init adds a sample configuration to the project in the folder dir and returns the file's
// path. It appends to pyproject.toml, or creates lamella.toml if there is none. sample is
// called with the header of the table. If the project is already configured, or
// pyproject.toml is not a regular file or links to a file outside the project, it returns a
// fault.Error of kind Usage. Existing settings are left unchanged.
func Init(dir string, sample func(header string) string) (string, error) {
	standalone := filepath.Join(dir, lamellaFile)
	if _, err := os.Lstat(standalone); err == nil {
		return "", configured(standalone, errors.New("the file already exists"))
	}
	path := filepath.Join(dir, pyprojectFile)
	if _, err := os.Lstat(path); err == nil {
		if err := anyProject.Check(path); fault.KindOf(err) == fault.Usage {
			return "", occupied(path, errors.New(strings.Replace(err.Error(), path+" ", "it ", 1))) // without hints to write another file
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

// appendix returns what to write behind content, a pyproject.toml, in its kind
// of line ends.
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
	// A table can be closed to additions: tool = { … } on one line.
	var whole any
	if err := toml.Unmarshal(append(bytes.Clone(content), addition...), &whole); err != nil {
		return nil, fmt.Errorf("it cannot have a table [tool.lamella]: %w", err)
	}
	return []byte(addition), nil
}

// occupied is the error for a pyproject.toml that Init must not write to, such as a folder.
func occupied(path string, err error) error {
	return refused(path, err, "or replace "+path+" with a regular file")
}

// configured is the error for a file that Init cannot add to, but its owner can.
func configured(path string, err error) error { return refused(path, err, "or edit "+path) }

func refused(path string, err error, act string) error {
	return &fault.Error{
		Kind: fault.Usage, Subject: path, Message: "cannot add a configuration to " + path, Err: err,
		Hints: []string{"print the configuration instead: lamella init --print", act},
	}
}

// write writes data to path in one call, so that it is there whole or not at all.
func write(path string, flag int, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flag, 0o644)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err}
	}
	return nil
}
