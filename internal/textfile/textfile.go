// Package textfile reads text files that people and tools write: configuration, lock
// files, netrc. They must be in UTF-8, with or without a byte order mark. For other
// encodings, the error says how to convert the file.
package textfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/shell"
)

// Read returns the content of the file at path as UTF-8, without a byte order mark. It
// returns the same errors as [Bytes] and [UTF8].
func Read(path string) ([]byte, error) {
	content, err := Bytes(path)
	if err != nil {
		return nil, err
	}
	return UTF8(path, content)
}

// UTF8 returns content, which is the content of the file at path, without a byte order mark.
// If it is not UTF-8, the error is a fault.Error without a Kind that names the encoding. Its
// hints are commands that convert the file.
func UTF8(path string, content []byte) ([]byte, error) {
	if mark, ok := markOf(content); ok && mark.width > 0 {
		return nil, encodingFault(path, mark.name, fmt.Errorf("the file is in %s, not UTF-8", mark.name))
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if IsNamedTOML(path) {
		if err := CheckTOML(path, content); err != nil {
			return nil, err
		}
	}
	return content, check(path, content)
}

// Decode returns content as text. The byte order mark selects UTF-8, UTF-16, or UTF-32, as
// in pip for a requirements file. Content that has no mark and is not UTF-8 is an error, as
// in [UTF8].
func Decode(path string, content []byte) (string, error) {
	mark, _ := markOf(content)
	rest := content[len(mark.bytes):]
	if mark.width == 0 {
		return string(rest), check(path, rest)
	}
	if len(rest)%mark.width != 0 {
		return "", fmt.Errorf("the file ends in the middle of a %s character", mark.name)
	}
	if mark.width == 2 {
		return decode16(rest, mark.order), nil
	}
	var text strings.Builder
	for ; len(rest) > 0; rest = rest[4:] {
		text.WriteRune(rune(mark.order.Uint32(rest)))
	}
	return text.String(), nil
}

// decode16 decodes UTF-16, using only as much memory as the result needs.
func decode16(b []byte, order binary.ByteOrder) string {
	var text strings.Builder
	for ; len(b) > 0; b = b[2:] {
		r := rune(order.Uint16(b))
		if utf16.IsSurrogate(r) {
			second := rune(0)
			if len(b) >= 4 {
				second = rune(order.Uint16(b[2:]))
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				b = b[2:]
			}
		}
		text.WriteRune(r)
	}
	return text.String()
}

// mark is a byte order mark (Unicode, 23.8).
type mark struct {
	name  string
	bytes string
	width int // number of bytes in a unit; 0 for UTF-8
	order binary.ByteOrder
}

func markOf(content []byte) (mark, bool) {
	for _, m := range []mark{
		{name: "UTF-8", bytes: "\xef\xbb\xbf"},
		{"UTF-32", "\x00\x00\xfe\xff", 4, binary.BigEndian},
		{"UTF-32", "\xff\xfe\x00\x00", 4, binary.LittleEndian}, // before UTF-16, because this mark begins with the mark of UTF-16
		{"UTF-16", "\xfe\xff", 2, binary.BigEndian},
		{"UTF-16", "\xff\xfe", 2, binary.LittleEndian},
	} {
		if bytes.HasPrefix(content, []byte(m.bytes)) {
			return m, true
		}
	}
	return mark{}, false
}

// check returns an error for content without a mark that is not UTF-8.
func check(path string, content []byte) error {
	if len(content) >= 2 && (content[0] == 0) != (content[1] == 0) { // ASCII characters in two bytes each
		name := "UTF-16LE"
		if content[0] == 0 {
			name = "UTF-16BE"
		}
		return encodingFault(path, name, errors.New("the file looks like UTF-16 without a byte order mark, not UTF-8"))
	}
	if utf8.Valid(content) {
		return nil
	}
	line, at := 1, 0
	for at < len(content) {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		at += size
	}
	return encodingFault(path, "WINDOWS-1252", fmt.Errorf("byte 0x%02x on line %d is not valid UTF-8", content[at], line))
}

// encodingFault returns an error with hints on how to convert the file at path.
func encodingFault(path, encoding string, err error) error {
	file, temp := shell.Quote(path), shell.Quote(path+".utf8")
	get, convert := "Get-Content", "convert the file"
	if encoding == "WINDOWS-1252" { // a guess
		get, convert = get+" -Encoding default", "if the file's encoding is Windows-1252, convert it"
	}
	return &fault.Error{Err: err, Hints: []string{
		fmt.Sprintf("%s: iconv -f %s -t UTF-8 %s > %s && mv %s %s", convert, encoding, file, temp, temp, file),
		fmt.Sprintf("or in Windows PowerShell: (%s %s) | Set-Content -Encoding utf8 %s", get, file, file),
	}}
}

var (
	codePoint = regexp.MustCompile(`U\+[0-9A-F]{4,6} ('.')`)
	noValue   = regexp.MustCompile(`^unexpected character U\+000[AD] at start of value$`)
)

// tomlTerms replaces the terms of TOML's specification for strings: "basic" ones are in double
// quotes, and "literal" ones in single quotes.
var tomlTerms = sync.OnceValue(func() []tomlTerm {
	return []tomlTerm{
		{regexp.MustCompile(`^multiline (?:basic|literal) strings cannot have `), "a multiline string cannot contain "},
		{regexp.MustCompile(`^(?:basic|literal) strings cannot have new lines$`), "a quoted string cannot contain a newline"},
		{regexp.MustCompile(`^(?:basic|literal) strings cannot have `), "a quoted string cannot contain "},
		{regexp.MustCompile(`^unterminated (?:basic|literal) string$`), "the quoted string is not closed"},
		{regexp.MustCompile(`^multiline (?:basic|literal) string not terminated by `), "the multiline string is not closed by "},
		{regexp.MustCompile(`\b(?:a )?multiline (?:basic|literal) string$`), "a multiline string"},
		{regexp.MustCompile(`\b(?:basic|literal) string$`), "a quoted string"},
		{regexp.MustCompile(`^expected '=' after key$`), "expected '=' after the key"},
		{regexp.MustCompile(`(to close|of) ((?:array )?table name|key)$`), "$1 the $2"},
		{regexp.MustCompile(`at start of (value|key)`), "at the start of the $1"},
		{regexp.MustCompile(`^expected (value|key),? (?:not|but reached) end of input$`), "expected a $1, but the file ends"},
		{regexp.MustCompile(`^expected number after sign$`), "expected a number after the sign"},
		{regexp.MustCompile(`^(expected [^,]*) but got `), "$1, but found "},
		{regexp.MustCompile(`^expected (newline|value|key|digit)\b`), "expected a $1"},
	}
})

type tomlTerm struct {
	pattern *regexp.Regexp
	instead string
}

// TOMLReason returns the message of a *toml.DecodeError, without the name of the library and
// without the code points of visible characters.
func TOMLReason(message string) string {
	message = strings.TrimPrefix(message, "toml: ")
	if value, ok := strings.CutSuffix(message, " is incomplete"); ok { // an array or inline table
		return "the " + value + " is not closed"
	}
	if noValue.MatchString(message) {
		return "expected a value, but the line ends"
	}
	for _, term := range tomlTerms() {
		message = term.pattern.ReplaceAllString(message, term.instead)
	}
	return codePoint.ReplaceAllString(message, "$1")
}
