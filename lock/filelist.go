package lock

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// rawFile is an entry of a list of files in a TOML lock file. Each format uses some of the
// keys.
type rawFile struct {
	Name     string            `toml:"name"`     // pylock.toml
	Filename string            `toml:"filename"` // uv.lock, if the file itself is the package's source
	File     string            `toml:"file"`     // poetry.lock, pdm.lock
	URL      string            `toml:"url"`
	Path     string            `toml:"path"`
	Hash     string            `toml:"hash"` // "sha256:…"
	Hashes   map[string]string `toml:"hashes"`
	Size     int64             `toml:"size"`

	// List is the number, from 1, of the list that this placeholder replaces.
	List int `toml:"lamella-list"`
}

// rawLock is a TOML lock file whose packages have lists of files.
type rawLock[T any] interface {
	*T
	fileLists(each func(*[]rawFile))
}

// unmarshal decodes text like toml.Unmarshal, but takes less than half the time for large
// lock files. Lists of files, one per line, in the exact form that the tool writes, make up
// nine tenths of a large lock file. unmarshal replaces such lists with placeholders and
// parses them itself. It leaves unusual lists, and files with any error, to the TOML
// parser.
func unmarshal[T any, P rawLock[T]](text []byte, into P) error {
	short, lists := cutFileLists(text)
	if len(lists) == 0 {
		short = text
	}
	// An entry of a list of files has one or two braces, and hashes.
	if bytes.Count(short, []byte("{"))-len(lists)-2*bytes.Count(short, []byte("hash")) > maxInline {
		return errInline
	}
	if len(lists) > 0 {
		var fast T
		if toml.Unmarshal(short, &fast) == nil {
			P(&fast).fileLists(func(list *[]rawFile) {
				if len(*list) == 1 && (*list)[0].List > 0 {
					*list = lists[(*list)[0].List-1]
				}
			})
			*into = fast
			return nil
		}
	}
	return toml.Unmarshal(text, into)
}

// cutFileLists replaces the lists of files in text with placeholders. It replaces nothing
// if text may contain a placeholder already, or contains a multi-line string.
func cutFileLists(text []byte) (short []byte, lists [][]rawFile) {
	odd := []string{`"""`, `'''`, `lamella-list`}
	if bytes.IndexByte(text, '\\') >= 0 {
		odd = append(odd, `\u`, `\U`, `\x`) // a key may be spelled with escapes
	}
	for _, odd := range odd {
		if bytes.Contains(text, []byte(odd)) {
			return nil, nil
		}
	}
	if !bytes.Contains(text, []byte("wheels = [\n")) && !bytes.Contains(text, []byte("files = [\n")) {
		return nil, nil
	}
	short = make([]byte, 0, len(text)/8)
	rest := string(text) // a single copy; all files refer to parts of it
	for {
		before, after, ok := cutListHead(rest)
		if !ok {
			break
		}
		short = append(short, before...)
		rest = after
		if list, end, ok := parseFileList(after, text[len(text)-len(after):]); ok {
			lists = append(lists, list)
			short = append(short, "{lamella-list = "...)
			short = append(strconv.AppendInt(short, int64(len(lists)), 10), '}')
			rest = end
		}
	}
	return append(short, rest...), lists
}

// cutListHead splits s after the next "[" that starts a list of files.
func cutListHead(s string) (before, after string, ok bool) {
	at := 0
	for {
		i := strings.Index(s[at:], "s = [\n")
		if i < 0 {
			return s, "", false
		}
		at += i + len("s = [")
		line := s[strings.LastIndexByte(s[:at], '\n')+1 : at]
		if line == "wheels = [" || line == "files = [" {
			return s[:at], s[at:], true
		}
	}
}

// parseFileList parses lines with one file each, in printable ASCII without escapes. s
// starts with the line end before the first of them, and rest starts with the closing
// bracket. b contains the same text as s.
func parseFileList(s string, b []byte) (list []rawFile, rest string, ok bool) {
	end := strings.Index(s, "\n]")
	if end < 1 || !plain(b[:end]) {
		return nil, "", false
	}
	list = make([]rawFile, strings.Count(s[:end], "\n"))
	s, rest = s[1:end+1], s[end+1:]
	for i := range list {
		if s, ok = list[i].parse(strings.TrimLeft(s, " ")); !ok {
			return nil, "", false
		}
		if s, ok = strings.CutPrefix(s, ",\n"); !ok {
			return nil, "", false
		}
	}
	return list, rest, true
}

// plain reports whether b has only printable ASCII and line ends, without backslashes. It
// checks eight bytes at a time.
func plain(b []byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for len(b) > 0 {
		n := min(8, len(b))
		if n == 8 {
			x := binary.LittleEndian.Uint64(b)
			del, backslash := x^0x7f*each, x^'\\'*each // a byte is 0 where it matches
			if (x|(x-' '*each)|(del-each)&^del|(backslash-each)&^backslash)&high == 0 {
				b = b[8:]
				continue
			}
		}
		for _, c := range b[:n] {
			if c < ' ' && c != '\n' || c > '~' || c == '\\' {
				return false
			}
		}
		b = b[n:]
	}
	return true
}

// parse parses {key = value, …} at the start of s. ok is false if this needs a TOML parser.
func (f *rawFile) parse(s string) (rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, "{"); !ok {
		return "", false
	}
	s = strings.TrimPrefix(s, " ")
	seen := 0
	for {
		end := strings.IndexByte(s, ' ')
		if end < 0 {
			return "", false
		}
		key, bit := s[:end], 0
		value, ok := strings.CutPrefix(s[end:], " = ")
		if !ok {
			return "", false
		}
		if s, bit, ok = f.set(key, value); !ok || seen&bit != 0 { // in TOML, a key may appear only once
			return "", false
		}
		seen |= bit
		if after, ok := strings.CutPrefix(s, ", "); ok {
			s = after
			continue
		}
		return strings.CutPrefix(strings.TrimPrefix(s, " "), "}")
	}
}

// set parses the value of key at the start of s. bit identifies the key.
func (f *rawFile) set(key, s string) (rest string, bit int, ok bool) {
	var text *string
	switch key {
	case "url":
		text, bit = &f.URL, 1
	case "hash":
		text, bit = &f.Hash, 2
	case "file":
		text, bit = &f.File, 4
	case "filename":
		text, bit = &f.Filename, 8
	case "name":
		text, bit = &f.Name, 16
	case "path":
		text, bit = &f.Path, 32
	case "size":
		rest, ok = f.setSize(s)
		return rest, 64, ok
	case "upload-time": // a string in uv.lock, a date-time in pylock.toml
		if _, rest, ok = plainString(s); !ok {
			rest, ok = plainTime(s)
		}
		return rest, 128, ok
	case "hashes":
		rest, ok = f.setHashes(s)
		return rest, 256, ok
	default:
		return "", 0, false
	}
	*text, rest, ok = plainString(s)
	return rest, bit, ok
}

// setSize parses a decimal number at the start of s.
func (f *rawFile) setSize(s string) (rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		f.Size = 10*f.Size + int64(s[i]-'0')
		i++
	}
	if i == 0 || i > 18 || s[0] == '0' {
		return "", false
	}
	return s[i:], true
}

// setHashes parses a table with one hash at the start of s.
func (f *rawFile) setHashes(s string) (rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, "{"); !ok {
		return "", false
	}
	value, ok := strings.CutPrefix(strings.TrimPrefix(s, " "), "sha256 = ")
	if !ok {
		return "", false
	}
	hash, rest, ok := plainString(value)
	if !ok {
		return "", false
	}
	f.Hashes = map[string]string{"sha256": hash}
	return strings.CutPrefix(strings.TrimPrefix(rest, " "), "}")
}

// plainString parses a string without escapes at the start of s.
func plainString(s string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", "", false
	}
	text, rest, ok = strings.Cut(s, `"`)
	return text, rest, ok && !strings.Contains(text, "\n")
}

// plainTime skips a time such as 2026-01-31T23:59:59.123Z at the start of s.
func plainTime(s string) (rest string, ok bool) {
	end := strings.IndexByte(s, 'Z') + 1
	if end < len("2026-01-31T23:59:59Z") || end > len("2026-01-31T23:59:59.123456789Z") {
		return "", false
	}
	_, err := time.Parse(time.RFC3339, s[:end])
	return s[end:], err == nil && !strings.Contains(s[:end], ",")
}
