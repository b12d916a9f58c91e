package textfile

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/shell"
)

// Limits on a file. The largest lock files have 6 MB and 250,000 values.
const (
	maxBytes  = 16_000_000
	maxValues = 300_000
	maxTables = 40_000 // packages: about 2 kB each; large lock files have a few thousand
	// maxSearch limits the number of steps in which the TOML parser finds keys, because it
	// searches for each key among all others in its table.
	maxSearch = 1_000_000_000
)

// Bytes returns the content of the file at path unchanged. The error is a *bound.Exceeded
// for more than 16 MB. It is bound.ErrNoFile for a folder, and for a pipe that no shell
// made, to which nobody may ever write. /dev/null can be read, because it means "no
// configuration".
func Bytes(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	exceeded := &fs.PathError{Op: "read", Path: path, Err: &bound.Exceeded{What: "a text file", Max: maxBytes}}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	switch {
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it is %s, %w", bound.Describe(info.Mode().Type()), bound.ErrNoFile)}
	case pipe && !strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/proc/"):
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it is a pipe, %w", bound.ErrNoFile)}
	case info.Mode().IsRegular() && info.Size() > maxBytes:
		return nil, exceeded
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// A buffer that grows while it is filled would take up to three times as much memory.
	content := bytes.NewBuffer(make([]byte, 0, min(info.Size(), maxBytes)+bytes.MinRead))
	if _, err := content.ReadFrom(io.LimitReader(f, maxBytes+1)); err != nil {
		return nil, err
	}
	if content.Len() > maxBytes {
		return nil, exceeded
	}
	return content.Bytes(), nil
}

// IsNamedTOML reports whether the name of a file says that it may be TOML, so that [UTF8]
// and [Read] check the file as [CheckTOML] does.
func IsNamedTOML(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".toml" || ext == ".lock" || filepath.Base(path) == "Pipfile"
}

// CheckTOML rejects TOML for which the parser would need more than a few seconds or a
// hundred megabytes. It is for files whose names do not say that they are TOML; [UTF8]
// checks the others. The error is a fault.Error without a Kind.
func CheckTOML(path string, content []byte) error {
	refuse := func(format string, args ...any) error {
		return &fault.Error{Err: fmt.Errorf(format, args...), Hints: []string{
			fmt.Sprintf("make the file smaller, or move it: mv %s %s", shell.Quote(path), shell.Quote(path+".large"))}}
	}
	values := bytes.Count(content, []byte("=")) + bytes.Count(content, []byte(","))
	if values > maxValues {
		return refuse("the file has about %s values, but lamella reads at most %s", number.Group(int64(values)), number.Group(maxValues))
	}
	if tables := bytes.Count(content, []byte("\n[")); tables > maxTables {
		return refuse("the file has about %s tables, but lamella reads at most %s", number.Group(int64(tables)), number.Group(maxTables))
	}
	keys := map[string]bool{}
	search := 0
	for line := range bytes.Lines(content) {
		line = bytes.TrimSpace(line)
		if values += dots(line); values > maxValues {
			return refuse("the keys of the file have more than %d parts, which is lamella's limit", maxValues)
		}
		inline := bytes.Count(line, []byte("="))
		search += inline * inline
		key, _, assigns := bytes.Cut(line, []byte("="))
		if assigns || bytes.HasPrefix(line, []byte("[")) {
			keys[string(key)] = true
		}
		if search+len(keys)*len(keys) > maxSearch {
			return refuse("the file has too many tables and different keys: about %d", max(len(keys), inline))
		}
	}
	return nil
}

// dots counts the dots in a line that are not in a string: those between the parts of keys,
// each of which is a table.
func dots(line []byte) int {
	n, quote := 0, byte(0)
	for _, c := range line {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == '.':
			n++
		}
	}
	return n
}
