package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// parseWheel returns the wheel of the given file name with members: each a path,
// with "=text" behind it for its content, ":N" for N MiB that compress well, or
// "@MACHINE" for a library for x86_64, aarch64, or macos, or for musl on x86_64.
// A path that comes twice is twice in the wheel.
func parseWheel(filename string, members []string) (testindex.Wheel, error) {
	parts := strings.SplitN(strings.TrimSuffix(filepath.Base(filename), ".whl"), "-", 3)
	if len(parts) != 3 {
		return testindex.Wheel{}, fmt.Errorf("%q is not name-version-tag.whl", filename)
	}
	wheel := testindex.Wheel{Name: parts[0], Version: parts[1], Tag: parts[2], Files: map[string]string{}}
	for _, member := range members {
		name, content := member, "# "+filepath.Base(filename)+"\n"
		if path, text, ok := strings.Cut(member, "="); ok {
			name, content = path, text+"\n"
		} else if path, size, ok := strings.Cut(member, ":"); ok {
			mib, err := strconv.Atoi(size)
			if err != nil {
				return wheel, err
			}
			name, content = path, strings.Repeat("\x00", mib<<20)
		} else if path, machine, ok := strings.Cut(member, "@"); ok {
			if name, content = path, libraries[machine]; content == "" {
				return wheel, fmt.Errorf("no library for %q", machine)
			}
		}
		if _, twice := wheel.Files[name]; !twice {
			wheel.Files[name] = content
			continue
		}
		wheel.Extra = func(w *zip.Writer) error {
			entry, err := w.Create(name)
			if err == nil {
				_, err = entry.Write([]byte(content))
			}
			return err
		}
	}
	return wheel, nil
}

// libraries are libraries without code, by what can load them.
var libraries = map[string]string{
	"x86_64":  string(testelf.Library{}.Bytes()),
	"aarch64": string(testelf.Library{Machine: testelf.AArch64}.Bytes()),
	"musl":    string(testelf.Library{Needed: []string{"libc.musl-x86_64.so.1"}}.Bytes()),
	"macos":   "\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x06\x00\x00\x00" + strings.Repeat("\x00", 16),
}

// damage returns a copy of a wheel that is spoilt in the way named.
func damage(wheel []byte, how string) ([]byte, error) {
	wheel = bytes.Clone(wheel)
	entry := bytes.Index(wheel, []byte("PK\x01\x02")) // the directory's first entry
	switch how {
	case "short": // the end is missing, as of a broken download
		return wheel[:len(wheel)/2], nil
	case "crc":
		wheel[entry+16] ^= 0xff
	case "encrypted":
		wheel[entry+8] |= 1
	case "method": // LZMA
		wheel[entry+10] = 14
	case "header": // the local header tells another name than the directory
		wheel[30] ^= 0x01
	default:
		return nil, fmt.Errorf("no such damage as %q", how)
	}
	return wheel, nil
}
