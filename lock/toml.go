package lock

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/textfile"
)

// utf8 returns the document without a byte order mark, which neither TOML nor
// JSON knows.
func (d *document) utf8() ([]byte, error) {
	text, err := textfile.UTF8(d.path, d.content)
	if err != nil {
		return nil, d.fault(0, err, "lock again: "+d.relock())
	}
	return text, nil
}

// decodeTOML decodes the whole document.
func decodeTOML[T any, P rawLock[T]](d *document, into P) error {
	text, err := d.utf8()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return d.fault(0, errors.New("it is empty"), d.relock())
	}
	if !textfile.IsNamedTOML(d.path) { // else it was checked above
		if err := textfile.CheckTOML(d.path, text); err != nil {
			return d.fault(0, err, d.relock())
		}
	}
	if err := unmarshal(text, into); err != nil {
		return d.tomlFault(err)
	}
	return nil
}

// tomlFault says where the TOML is broken.
func (d *document) tomlFault(err error) error {
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		return d.fault(0, err, d.relock())
	}
	row, column := decode.Position()
	return d.fault(row, fmt.Errorf("column %d: %w", column, decode), "it may be cut short or edited by hand; make it again: "+d.relock())
}

// wrongFormat is the fault of a document without what its format must have.
func (d *document) wrongFormat(missing string) error {
	return d.fault(0, fmt.Errorf("it is no %s: %s is missing", d.format.name, missing), d.relock())
}

// otherFormat is the fault of a document that looks like a lock of another
// format than its own, nil if it does not.
func (d *document) otherFormat() error {
	other, ok := formatLike(d.content)
	if !ok || other.name == d.format.name {
		return nil
	}
	return d.fault(0, fmt.Errorf("it is no %s: it looks like a %s", d.format.name, other.name),
		fmt.Sprintf("give it the name that it had, %s, or make a %s: %s", other.name, d.format.name, d.relock()))
}

// headerLines finds the lines of the n headers of packages, such as
// "[[package]]", all 0 if their number is not n.
func (d *document) headerLines(n int, headers ...string) []int {
	lines := make([]int, 0, n)
	line, from := 1, 0
	for at := 0; ; at++ {
		for _, header := range headers {
			if bytes.HasPrefix(d.content[at:], []byte(header)) {
				line += bytes.Count(d.content[from:at], []byte("\n"))
				from = at
				lines = append(lines, line)
			}
		}
		next := bytes.Index(d.content[at:], []byte("\n[["))
		if next < 0 {
			break
		}
		at += next
	}
	if len(lines) != n {
		return make([]int, n)
	}
	return lines
}
