package layer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of Linux in bytes (limits.h), without the terminating NUL: for a segment of a
// path, and for the full path that Lambda unpacks a file to.
const (
	maxSegment = 255
	maxPath    = 4096 - 1
	unpackedTo = "/opt/"
)

// CheckName returns an error if name cannot be the path of a file in a layer: if it is
// empty, absolute, or outside the folder it is unpacked in; if systems read it differently
// (a backslash, a drive letter, a "." or empty segment); if it has invisible characters; or
// if it is too long for Linux.
//
// Names that differ only in case or in Unicode normalization are different names, as
// they are on Lambda's file system.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(unpackedTo)+len(name) > maxPath:
		return fmt.Errorf("the name has %d bytes, but the limit is %d", len(name), maxPath-len(unpackedTo))
	case !utf8.ValidString(name):
		return errors.New("the name is not valid UTF-8")
	case strings.Contains(name, `\`):
		return errors.New("the name contains a backslash")
	case name[0] == '/':
		return errors.New("the name is an absolute path")
	case len(name) >= 2 && name[1] == ':' && isLetter(name[0]):
		return errors.New("the name starts with a drive letter")
	}
	for _, r := range name {
		// unicode.C is the category "Other": control and format characters,
		// surrogates, and private use.
		if unicode.Is(unicode.C, r) {
			return fmt.Errorf("the name contains the invisible character %U", r)
		}
	}
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "..":
			return errors.New(`the name contains "..", so the file could be unpacked outside the layer`)
		case ".", "":
			return errors.New(`the name has an empty or "." segment`)
		}
		if len(segment) > maxSegment {
			return fmt.Errorf("the name has a segment of %d bytes, but the limit is %d", len(segment), maxSegment)
		}
	}
	return nil
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// Clash finds an entry whose name is also a folder of another entry ("a" and "a/b"), which
// is impossible in a file system. It returns the indexes of both entries, or -1, -1 if
// there are none.
func Clash(entries []Entry) (file, beneath int) {
	folders := make(map[string]int, len(entries)/4) // folder → an entry in it
	for i := range entries {
		name := entries[i].Name
		for {
			slash := strings.LastIndexByte(name, '/')
			if slash < 0 {
				break
			}
			name = name[:slash]
			if _, known := folders[name]; known {
				break
			}
			folders[name] = i
		}
	}
	for i := range entries {
		if other, ok := folders[entries[i].Name]; ok {
			return i, other
		}
	}
	return -1, -1
}
