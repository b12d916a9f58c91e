// Package elf reads from an ELF file what the dynamic loader reads (System V ABI, "Dynamic
// Linking"; glibc's symbol versions): which libraries the file needs, where it looks for
// them, and which symbol versions it expects from them.
//
// [Read] relies on the program headers, as the loader does: section headers may be missing
// or wrong. It reads a stream forwards, because that is how a file in a zip can be read, and
// keeps at most 4 MB of it, however large the file is.
package elf

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Info is what the loader knows about a file before it loads it. The zero value is a file
// that needs nothing.
type Info struct {
	Soname      string   `json:"soname,omitempty"`
	Needed      []string `json:"needed,omitempty"`      // DT_NEEDED, in order
	RPath       []string `json:"rpath,omitempty"`       // folders of DT_RPATH, as written
	RunPath     []string `json:"runpath,omitempty"`     // folders of DT_RUNPATH, as written
	Interpreter string   `json:"interpreter,omitempty"` // of a program, such as "/lib64/ld-linux-x86-64.so.2"
	Versions    []Need   `json:"versions,omitempty"`    // one element for each library, in the order of the file
	// Damage says why the file cannot be loaded; the other fields are then empty.
	Damage string `json:"damage,omitempty"`
}

// NeedsMusl reports whether the file works only with musl as its C library: a program that
// musl's loader starts, or code that needs musl's library. Alpine Linux calls it
// "libc.musl-x86_64.so.1", and musl itself "libc.so", a name that glibc does not use for a
// library. Statically linked code needs neither. A program may bring its own loader to /opt.
func (i Info) NeedsMusl() bool {
	if strings.HasPrefix(path.Base(i.Interpreter), "ld-musl-") {
		return !strings.HasPrefix(i.Interpreter, "/opt/")
	}
	usesGlibc := slices.ContainsFunc(i.Versions, func(n Need) bool {
		return slices.ContainsFunc(n.Versions, func(v string) bool { return strings.HasPrefix(v, "GLIBC_") })
	})
	return slices.ContainsFunc(i.Needed, func(library string) bool {
		return strings.HasPrefix(library, "libc.musl-") || library == "libc.so" && !usesGlibc
	})
}

// Need lists the symbol versions that a file expects from a library.
type Need struct {
	Library  string   `json:"library"`  // soname of the library
	Versions []string `json:"versions"` // such as "GLIBC_2.34", without versions that may be missing
}

// Magic is the beginning of every ELF file.
const Magic = "\x7fELF"

// Limits on what the file says. The largest real tables are a hundredth of these limits.
const (
	maxHeaders = 1 << 10  // program headers
	maxTable   = 64 << 20 // bytes of a table of strings
	maxText    = 4 << 10  // bytes of one string
	maxDynamic = 1 << 16  // entries of the dynamic section
	maxNeeds   = 1 << 14  // symbol versions
)

// Read reads an ELF file of size bytes. open returns a stream that begins at the start of
// the file; Read calls it again if it has to go back. Info.Damage says what is wrong with
// the content of the file. The error is about reading the file.
//
// Only 64-bit little-endian files are read beyond their header, because Lambda runs no
// others.
func Read(open func() io.Reader, size int64) (Info, error) {
	f := &file{stream: newStream(open, size)}
	info, err := f.read()
	if d := (damage)(""); errors.As(err, &d) {
		return Info{Damage: string(d)}, nil
	}
	return info, err
}

// damage says what is wrong with a file.
type damage string

func (d damage) Error() string { return string(d) }

var le = binary.LittleEndian

// segment is a relevant program header.
type segment struct {
	offset, address, size uint64
}

type file struct {
	stream  *stream
	loads   []segment
	dynamic *segment
	interp  *segment
	strings segment // in the file
	wanted  []text
}

// text is a string that is wanted from the string table, and what to do with it.
type text struct {
	at  uint64
	set func(string)
}

func (f *file) read() (Info, error) {
	var info Info
	head, err := f.stream.at(0, 64)
	if err != nil {
		return info, err
	}
	const class64, littleEndian = 2, 1
	if string(head[:4]) != Magic {
		return info, damage("it does not begin like an ELF file")
	}
	if head[4] != class64 || head[5] != littleEndian {
		return info, nil
	}
	if err := f.readHeaders(head); err != nil {
		return info, err
	}
	if f.interp != nil {
		text, err := f.stream.at(f.interp.offset, min(f.interp.size, maxText))
		if err != nil {
			return info, err
		}
		info.Interpreter, _, _ = strings.Cut(string(text), "\x00")
	}
	if f.dynamic == nil { // statically linked
		return info, nil
	}
	return info, f.readDynamic(&info)
}

// readHeaders reads the program headers.
func (f *file) readHeaders(head []byte) error {
	const load, dynamic, interp = 1, 2, 3 // PT_LOAD, PT_DYNAMIC, PT_INTERP
	offset, each, count := le.Uint64(head[32:]), uint64(le.Uint16(head[54:])), uint64(le.Uint16(head[56:]))
	if count == 0 {
		return damage("it has no program headers")
	}
	if each < 56 || each > 256 || count > maxHeaders {
		return damage(fmt.Sprintf("it declares %d program headers of %d bytes", count, each))
	}
	table, err := f.stream.at(offset, each*count)
	if err != nil {
		return err
	}
	for h := range slices.Chunk(table, int(each)) {
		s := segment{offset: le.Uint64(h[8:]), address: le.Uint64(h[16:]), size: le.Uint64(h[32:])}
		kind := le.Uint32(h)
		if (kind == load || kind == dynamic || kind == interp) && !f.stream.has(s.offset, s.size) {
			return damage("it is truncated: a segment ends past the end of the file")
		}
		switch kind {
		case load:
			f.loads = append(f.loads, s)
		case dynamic:
			f.dynamic = &s
		case interp:
			f.interp = &s
		}
	}
	return nil
}

// place returns the position in the file of the byte that is loaded at address, and the
// number of bytes in its segment that follow.
func (f *file) place(address uint64) (segment, error) {
	for _, s := range f.loads {
		if address >= s.address && address-s.address < s.size {
			skip := address - s.address
			return segment{offset: s.offset + skip, address: address, size: s.size - skip}, nil
		}
	}
	return segment{}, damage(fmt.Sprintf("its dynamic section points to %#x, where nothing is loaded", address))
}

// The relevant tags of the dynamic section.
const (
	tagNull      = 0
	tagNeeded    = 1
	tagStrings   = 5
	tagLength    = 10
	tagSoname    = 14
	tagRPath     = 15
	tagRunPath   = 29
	tagVerNeed   = 0x6ffffffe
	tagVerNeeds  = 0x6fffffff
	dynamicEntry = 16
)

// readDynamic reads the dynamic section and what it points to.
func (f *file) readDynamic(info *Info) error {
	if f.dynamic.size/dynamicEntry > maxDynamic {
		return damage(fmt.Sprintf("its dynamic section has %d bytes", f.dynamic.size))
	}
	table, err := f.stream.at(f.dynamic.offset, f.dynamic.size)
	if err != nil {
		return err
	}
	values, needed := dynamicTags(table)
	address, ok := values[tagStrings]
	if !ok {
		return f.withoutStrings(len(needed))
	}
	if f.strings, err = f.place(address); err != nil {
		return err
	}
	f.strings.size = min(f.strings.size, values[tagLength], maxTable)
	info.Needed = make([]string, len(needed))
	for i, at := range needed {
		f.wanted = append(f.wanted, text{at, func(s string) { info.Needed[i] = s }})
	}
	for tag, set := range map[uint64]func(string){
		tagSoname:  func(s string) { info.Soname = s },
		tagRPath:   func(s string) { info.RPath = folders(s) },
		tagRunPath: func(s string) { info.RunPath = folders(s) },
	} {
		if at, ok := values[tag]; ok {
			f.wanted = append(f.wanted, text{at, set})
		}
	}
	var needs []*need
	if address, ok := values[tagVerNeed]; ok {
		if needs, err = f.versions(address, values[tagVerNeeds]); err != nil {
			return err
		}
	}
	if err := f.readWanted(); err != nil {
		return err
	}
	info.Versions = together(needs)
	return nil
}

// dynamicTags returns the values in a dynamic section, keyed by tag, and the values of
// DT_NEEDED, which can occur several times.
func dynamicTags(table []byte) (values map[uint64]uint64, needed []uint64) {
	values = map[uint64]uint64{}
	for ; len(table) >= dynamicEntry; table = table[dynamicEntry:] {
		switch tag, value := le.Uint64(table), le.Uint64(table[8:]); tag {
		case tagNull:
			return values, needed
		case tagNeeded:
			needed = append(needed, value)
		default:
			values[tag] = value
		}
	}
	return values, needed
}

// withoutStrings checks a dynamic section without strings.
func (f *file) withoutStrings(needed int) error {
	if needed > 0 {
		return damage("its dynamic section has no string table")
	}
	return nil
}

// folders splits a search path.
func folders(path string) []string {
	return slices.DeleteFunc(strings.Split(path, ":"), func(s string) bool { return s == "" })
}

// readWanted reads the wanted strings in the order in which they are in the file, because
// going back is expensive.
func (f *file) readWanted() error {
	slices.SortFunc(f.wanted, func(a, b text) int { return cmp.Compare(a.at, b.at) })
	for _, w := range f.wanted {
		if w.at >= f.strings.size {
			return damage("a name is outside its string table")
		}
		b, err := f.stream.at(f.strings.offset+w.at, min(f.strings.size-w.at, maxText))
		if err != nil {
			return err
		}
		s, _, ended := strings.Cut(string(b), "\x00")
		if !ended {
			return damage("a name in its string table has no end")
		}
		w.set(s)
	}
	return nil
}
