package layer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most bytes a name may have: its length is 16 bits in a zip.
const maxName = 1<<16 - 1

// CheckName reports why name cannot be a file of a layer: a path that is
// empty, absolute or escapes the folder it is unpacked in, one that systems
// read differently (a backslash, a drive letter, "." or an empty segment), or
// one with characters that nobody can see. nil means it is sound.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("its name is empty")
	case len(name) > maxName:
		return fmt.Errorf("its name is %d bytes long, a zip holds %d", len(name), maxName)
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
