package lock

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/textfile"
)

// This file splits a requirements.txt into logical lines, following the steps in pip's
// documentation ("Requirements File Format"): decode, split, join continuations, strip
// comments, expand ${NAME}.

// reqLine is a logical line.
type reqLine struct {
	number   int // number of its first physical line, from 1
	text     string
	expanded []string // each value of a variable in text, followed by its name: ${NAME}
}

// reqLines returns the logical lines of a requirements file.
func (d *document) reqLines() ([]reqLine, error) {
	text, err := decodeText(d.path, d.content)
	if err != nil {
		return nil, err
	}
	joined := joinLines(splitLines(text))
	lines := joined[:0] // in place, because a file may have hundreds of thousands
	for _, line := range joined {
		if len(line.text) > maxReqLine {
			return nil, errReqLine
		}
		if at := commentAt(line.text); at >= 0 {
			line.text = line.text[:at]
		}
		line.text = strings.TrimFunc(line.text, isPythonSpace)
		if line.text != "" {
			if err := d.expandEnv(&line); err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

var (
	// A comment starts at the beginning of a line or after white space, so #sha256= in a
	// URL does not start one.
	reqComment = regexp.MustCompile(`(^|[\s\v\x1c-\x1f\x{85}\p{Z}]+)#.*$`)
	reqEnv     = regexp.MustCompile(`\$\{([A-Z0-9_]+)\}`)
	reqCoding  = regexp.MustCompile(`coding[:=]\s*([-\w.]+)`)
)

// commentAt returns the index of the comment in a line, including the white space before
// it, or -1 if there is none. Most lines have none, and the regular expression is slow.
func commentAt(line string) int {
	if !strings.Contains(line, "#") {
		return -1
	}
	if at := reqComment.FindStringIndex(line); at != nil {
		return at[0]
	}
	return -1
}

// isPythonSpace is like Python's str.isspace, which accepts four separators that are not
// white space in Unicode.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// decodeText decodes content according to a PEP 263 comment in the first two lines, or else
// its byte order mark, or else as UTF-8. path names the file in hints.
func decodeText(path string, content []byte) (string, error) {
	for i, line := range bytes.SplitN(content, []byte("\n"), 3) {
		if i == 2 || !bytes.HasPrefix(line, []byte("#")) {
			continue
		}
		if m := reqCoding.FindSubmatch(line); m != nil {
			return decodeNamed(path, content, string(m[1]))
		}
	}
	return textfile.Decode(path, content)
}

func decodeNamed(path string, b []byte, coding string) (string, error) {
	switch strings.ReplaceAll(strings.ToLower(coding), "_", "-") {
	case "utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii":
		return textfile.Decode(path, b)
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1":
		var text strings.Builder
		for _, c := range b {
			text.WriteRune(rune(c))
		}
		return text.String(), nil
	}
	return "", fmt.Errorf("encoding %q is not supported; use utf-8, ascii, or latin-1", coding)
}

// splitLines splits text at the same line boundaries as Python's str.splitlines.
func splitLines(text string) []reqLine {
	lines := make([]reqLine, 0, 1+strings.Count(text, "\n"))
	for start := 0; start < len(text); {
		end, next := len(text), len(text)
		if i := strings.IndexAny(text[start:], "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029"); i >= 0 {
			end = start + i
			_, width := utf8.DecodeRuneInString(text[end:])
			next = end + width
			if strings.HasPrefix(text[end:], "\r\n") {
				next = end + 2
			}
		}
		lines = append(lines, reqLine{number: len(lines) + 1, text: text[start:end]})
		start = next
	}
	return lines
}

// joinLines joins, in place, each line that ends in a backslash with the next line. A comment
// ends a continuation even if it ends in a backslash.
func joinLines(lines []reqLine) []reqLine {
	joined := lines[:0]
	var open strings.Builder
	first := 0 // number of the first line of the current continuation, 0 if there is none
	for _, line := range lines {
		isComment := commentAt(line.text) == 0
		if strings.HasSuffix(line.text, `\`) && !isComment {
			if first == 0 {
				first = line.number
			}
			open.WriteString(strings.Trim(line.text, `\`))
			continue
		}
		if isComment {
			line.text = " " + line.text // so that it is still a comment after other text
		}
		if first != 0 {
			line = reqLine{number: first, text: open.String() + line.text}
			open.Reset()
			first = 0
		}
		joined = append(joined, line)
	}
	if first != 0 {
		joined = append(joined, reqLine{number: first, text: open.String()})
	}
	return joined
}

// expandEnv replaces ${NAME} with the value of the environment variable, unless it is unset
// or empty.
func (d *document) expandEnv(line *reqLine) error {
	if !strings.Contains(line.text, "${") {
		return nil
	}
	written, names, used := line.text, map[string]bool{}, []secret.Variable(nil)
	for _, ref := range reqEnv.FindAllString(line.text, -1) {
		value, _ := d.variable(ref[2 : len(ref)-1])
		if names[ref] || value == "" {
			continue
		}
		names[ref] = true
		if strings.Count(line.text, ref)*len(value) > maxReqLine {
			return errReqLine
		}
		line.text = strings.ReplaceAll(line.text, ref, value)
		line.expanded = append(line.expanded, value, ref)
		used = append(used, secret.Variable{Reference: ref, Value: value})
	}
	if len(line.text) > maxReqLine {
		return errReqLine
	}
	secret.Expanded(written, line.text, used...)
	return nil
}

// asWritten returns err with the variables of the line instead of their values, which may be
// secrets.
func (l reqLine) asWritten(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || l.expanded == nil {
		return err
	}
	names := strings.NewReplacer(l.expanded...)
	c := *e
	c.Message, c.Subject = names.Replace(e.Message), names.Replace(e.Subject)
	if e.Err != nil {
		c.Err = errors.New(names.Replace(e.Err.Error()))
	}
	c.Details, c.Hints = replaceAll(names, e.Details), replaceAll(names, e.Hints)
	return &c
}

func replaceAll(r *strings.Replacer, texts []string) []string {
	replaced := make([]string, len(texts))
	for i, text := range texts {
		replaced[i] = r.Replace(text)
	}
	return replaced
}
