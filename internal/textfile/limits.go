package textfile

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/bound"
)

// Limits of a file, far above what the largest locks need: 6 MB, 250,000 values.
const (
	maxBytes  = 32_000_000
	maxValues = 500_000
	// maxSearch is how many steps the TOML parser may take to find keys. It looks
	// for each among all the others of its table.
	maxSearch = 1_000_000_000
)

// Bytes returns the content of the file at path as it is. More than 32 MB is a
// *bound.Exceeded. A folder, and a pipe that no shell made, into which nobody may
// write, are bound.ErrNoFile. /dev/null is read: it is how one says "no configuration".
func Bytes(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	exceeded := &fs.PathError{Op: "read", Path: path, Err: &bound.Exceeded{What: "a text file", Max: maxBytes}}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	switch {
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w but %s", bound.ErrNoFile, bound.Describe(info.Mode().Type()))}
	case pipe && !strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/proc/"):
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w but a pipe", bound.ErrNoFile)}
	case info.Mode().IsRegular() && info.Size() > maxBytes:
		return nil, exceeded
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && len(content) > maxBytes {
		return nil, exceeded
	}
	return content, err
}

// checkCost refuses TOML that would take the parser more than some seconds or
// hundreds of megabytes. It estimates both in one pass.
func checkCost(path string, content []byte) error {
	if ext := filepath.Ext(path); ext != ".toml" && ext != ".lock" {
		return nil
	}
	if values := bytes.Count(content, []byte("=")) + bytes.Count(content, []byte(",")); values > maxValues {
		return fmt.Errorf("it holds about %d values, and lamella reads at most %d", values, maxValues)
	}
	keys := map[string]bool{}
	search := 0
	for line := range bytes.Lines(content) {
		line = bytes.TrimSpace(line)
		inline := bytes.Count(line, []byte("="))
		search += inline * inline
		key, _, assigns := bytes.Cut(line, []byte("="))
		if assigns || bytes.HasPrefix(line, []byte("[")) {
			keys[string(key)] = true
		}
		if search+len(keys)*len(keys) > maxSearch {
			return fmt.Errorf("it has too many tables and keys with different names: about %d", max(len(keys), inline))
		}
	}
	return nil
}
