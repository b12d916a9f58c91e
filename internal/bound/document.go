package bound

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/lamella-build/lamella/internal/number"
)

// ReadFile returns the content of the file at path, which may have at most max bytes. The
// error is that of [Open], or wraps an *Exceeded, in which what names the kind of file.
func ReadFile(path string, max int64, what string) ([]byte, error) {
	f, _, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := ReadAll(f, max, what)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return content, nil
}

// ReadAll is like io.ReadAll, but returns an *Exceeded if r has more than max bytes.
func ReadAll(r io.Reader, max int64, what string) ([]byte, error) {
	content, err := io.ReadAll(Reader(r, max, what))
	if err != nil {
		return nil, err
	}
	return content, nil
}

// UnmarshalJSON is like json.Unmarshal, but accepts only documents that mean the same to
// every reader and need little memory: they are UTF-8, have at most [Values] values and
// [Nesting] levels, and no object has a key twice. A value of two bytes can take a hundred
// times as much memory once it is decoded.
func UnmarshalJSON(data []byte, v any) error {
	n := 0
	for _, separator := range []string{",", "[", "{"} { // includes those in strings
		n += bytes.Count(data, []byte(separator))
	}
	if n > Values {
		return fmt.Errorf("it has about %s values, but lamella reads at most %s", number.Group(int64(n)), number.Group(Values))
	}
	if !utf8.Valid(data) {
		return errors.New("it is not UTF-8")
	}
	if err := checkStructure(data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// checkStructure checks for deep nesting and repeated keys. It leaves other syntax errors to
// the decoder.
func checkStructure(data []byte) error {
	var open []map[string]bool // keys of each object around i; nil for an array
	inKey := false             // whether the next string is a key
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := stringEnd(data, i)
			if inKey {
				keys, key := open[len(open)-1], unquote(data[i:end])
				if keys[key] {
					return fmt.Errorf("it has the key %q twice in one object", key)
				}
				keys[key] = true
			}
			i, inKey = end-1, false
		case '{', '[':
			if len(open) == Nesting {
				return fmt.Errorf("its values are nested more than %d levels deep", Nesting)
			}
			var keys map[string]bool
			if inKey = data[i] == '{'; inKey {
				keys = map[string]bool{}
			}
			open = append(open, keys)
		case '}', ']':
			open, inKey = open[:max(len(open)-1, 0)], false
		case ',':
			inKey = len(open) > 0 && open[len(open)-1] != nil
		}
	}
	return nil
}

// stringEnd returns the index after the end of the string that begins at start.
func stringEnd(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// unquote decodes a string. It returns anything else unchanged.
func unquote(quoted []byte) string {
	var text string
	if bytes.IndexByte(quoted, '\\') >= 0 && json.Unmarshal(quoted, &text) == nil {
		return text
	}
	return strings.Trim(string(quoted), `"`)
}
