package lock

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// rawFile is a file as the lists of files in TOML locks state it. Each format
// has some of the keys.
type rawFile struct {
	Name     string            `toml:"name"`     // pylock.toml
	Filename string            `toml:"filename"` // uv.lock, where the file itself is the package's source
	File     string            `toml:"file"`     // poetry.lock, pdm.lock
	URL      string            `toml:"url"`
	Path     string            `toml:"path"`
	Hash     string            `toml:"hash"` // "sha256:…"
	Hashes   map[string]string `toml:"hashes"`
	Size     int64             `toml:"size"`

	// List stands for a list that was cut out: its place among those, from 1.
	List int `toml:"lamella-list"`
}

// rawLock is a TOML lock with the lists of files of its packages.
type rawLock[T any] interface {
	*T
	fileLists(each func(*[]rawFile))
}

// unmarshal decodes text as toml.Unmarshal does, and large locks in less than half
// the time: nine tenths of such a lock are lists of files, one a line, in
// the few words that the tool has for them. Lists that look so to the byte are
// cut out, each with a placeholder left behind, and read here; what is in any
// way unusual is left to the TOML parser, and so is a text in which anything
// else is wrong.
func unmarshal[T any, P rawLock[T]](text []byte, into P) error {
	if short, lists := cutFileLists(text); len(lists) > 0 {
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

// cutFileLists replaces the lists of files in text by placeholders. Where the
// text could hold a placeholder already, or what looks like a list within a
// text of several lines, it cuts nothing.
func cutFileLists(text []byte) (short []byte, lists [][]rawFile) {
	odd := []string{`"""`, `'''`, `lamella-list`}
	if bytes.IndexByte(text, '\\') >= 0 {
		odd = append(odd, `\u`, `\U`, `\x`) // that may spell it, too
	}
	for _, odd := range odd {
		if bytes.Contains(text, []byte(odd)) {
			return nil, nil
		}
	}
	short = make([]byte, 0, len(text)/8)
	rest := string(text) // one copy, of which all files are parts
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

// cutListHead cuts s behind the next "[" that begins a list of files.
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

// parseFileList reads lines of one file each, of printable ASCII without
// escapes, behind the line end that s begins with, up to the line that begins
// with the closing bracket. rest starts with that. b has the same text as s.
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

// plain reports that b is of printable ASCII and line ends, without
// backslashes. It looks at eight bytes at a time, and closer where one of them
// may be odd.
func plain(b []byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for len(b) > 0 {
		n := min(8, len(b))
		if n == 8 {
			x := binary.LittleEndian.Uint64(b)
			del, backslash := x^0x7f*each, x^'\\'*each // 0 where it is one
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

// parse reads {key = value, …} at the start of s. Not ok: it is none, or has
// what only a TOML parser should judge.
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
		if s, bit, ok = f.set(key, value); !ok || seen&bit != 0 { // TOML allows a key once
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

// set reads the value of a key at the start of s. bit stands for the key.
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
	case "upload-time": // a text in uv.lock, a date in pylock.toml
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

// setSize reads a decimal number.
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

// setHashes reads a table of one hash.
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

// plainString reads a string in which all is plain.
func plainString(s string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", "", false
	}
	text, rest, ok = strings.Cut(s, `"`)
	return text, rest, ok && !strings.Contains(text, "\n")
}

// plainTime passes over a time such as 2026-01-31T23:59:59.123Z.
func plainTime(s string) (rest string, ok bool) {
	end := strings.IndexByte(s, 'Z') + 1
	if end < len("2026-01-31T23:59:59Z") || end > len("2026-01-31T23:59:59.123456789Z") {
		return "", false
	}
	_, err := time.Parse(time.RFC3339, s[:end])
	return s[end:], err == nil && !strings.Contains(s[:end], ",")
}
