package layer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most bytes that Linux takes (limits.h): of one segment of a path, and of
// the path that Lambda unpacks a file to, less the NUL that ends it.
const (
	maxSegment = 255
	maxPath    = 4096 - 1
	unpackedTo = "/opt/"
)

// CheckName reports why name cannot be a file of a layer: a path that is
// empty, absolute or escapes the folder it is unpacked in, one that systems
// read differently (a backslash, a drive letter, "." or an empty segment), one
// with characters that nobody can see, or one that is longer than Linux takes.
// nil means it is sound.
//
// Names that differ in case only, or in how Unicode composes a letter, are two
// names, as they are on Lambda's disk.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("its name is empty")
	case len(unpackedTo)+len(name) > maxPath:
		return fmt.Errorf("its name is %d bytes long, Linux takes %d", len(name), maxPath-len(unpackedTo))
	case !utf8.ValidString(name):
		return errors.New("its name is not valid UTF-8")
	case strings.Contains(name, `\`):
		return errors.New("its name holds a backslash")
	case name[0] == '/':
		return errors.New("its name is an absolute path")
	case len(name) >= 2 && name[1] == ':' && isLetter(name[0]):
		return errors.New("its name begins with a drive letter")
	}
	for _, r := range name {
		// unicode.C is the category "Other": control and format characters,
		// surrogates and private use.
		if unicode.Is(unicode.C, r) {
			return fmt.Errorf("its name holds the control character %U", r)
		}
	}
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "..":
			return errors.New(`its name has a ".." segment: it escapes the folder it is unpacked in`)
		case ".", "":
			return errors.New(`its name has an empty or "." segment`)
		}
		if len(segment) > maxSegment {
			return fmt.Errorf("its name has a segment of %d bytes, Linux takes %d", len(segment), maxSegment)
		}
	}
	return nil
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// Clash finds an entry whose name is also a folder of another entry ("a" and
// "a/b"), which no file system can hold. It returns the file's and the other
// entry's index, or -1, -1.
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
