package bound

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
)

// ReadFile returns the content of the file at path, of at most max bytes. The error
// is that of [Open], or wraps an *Exceeded; what names such a file in it.
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

// ReadAll is io.ReadAll for at most max bytes; more are an *Exceeded.
func ReadAll(r io.Reader, max int64, what string) ([]byte, error) {
	content, err := io.ReadAll(Reader(r, max, what))
	if err != nil {
		return nil, err
	}
	return content, nil
}

// UnmarshalJSON is json.Unmarshal for documents of at most [Values] values: a
// value of two bytes can take a hundred times as much memory when it is decoded.
func UnmarshalJSON(data []byte, v any) error {
	if err := CheckJSON(data, Values); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// CheckJSON refuses JSON that may hold more than max values. It counts what
// separates values, in strings as well.
func CheckJSON(data []byte, max int) error {
	n := 0
	for _, separator := range []string{",", "[", "{"} {
		n += bytes.Count(data, []byte(separator))
	}
	if n > max {
		return fmt.Errorf("it holds about %d values, and lamella reads at most %d", n, max)
	}
	return nil
}
