package lock

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/textfile"
)

// utf8 returns the content without a byte order mark, which neither TOML nor JSON allows.
func (d *document) utf8() ([]byte, error) {
	text, err := textfile.UTF8(d.path, d.content)
	if err != nil {
		return nil, unreadable(d.path, err)
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
		return d.refuse("is empty", d.repair()...)
	}
	if !textfile.IsNamedTOML(d.path) { // otherwise, it was checked above
		if err := textfile.CheckTOML(d.path, text); err != nil {
			return unreadable(d.path, err)
		}
	}
	if err := unmarshal(text, into); err != nil {
		return d.tomlFault(err)
	}
	return d.checkNames(into)
}

// tomlFault returns the error for TOML that cannot be decoded.
func (d *document) tomlFault(err error) error {
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		return d.invalid(0, err, d.repair()...)
	}
	row, column := decode.Position()
	if strings.HasPrefix(decode.Error(), "toml: cannot decode") { // the message contains Go types
		return d.damaged(row, fmt.Errorf("the key %q has the wrong type", strings.Join(decode.Key(), ".")))
	}
	return d.invalid(row, fmt.Errorf("invalid TOML at column %d: %s", column, textfile.TOMLReason(decode.Error())),
		d.repair()...)
}

// without returns the error for a document that lacks a key required by its format.
func (d *document) without(key string) error {
	return d.refuse(fmt.Sprintf("has no key %q", key), d.repair()...)
}

// otherFormat returns the error for a document whose content looks like another format than
// its name, or nil if it does not.
func (d *document) otherFormat() error {
	other, ok := formatLike(d.content)
	if !ok || other.name == d.format.name {
		return nil
	}
	hint := "rename it to " + string(other.name)
	if d.hasSource() {
		hint += fmt.Sprintf(", or create a %s: %s", d.format.name, d.recreate())
	}
	return d.refuse(fmt.Sprintf("looks like a %s, not a %s", other.name, d.format.name), hint)
}

// headerLines returns the line numbers of the n package headers, such as "[[package]]". All
// of them are 0 if the number of headers is not n.
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
