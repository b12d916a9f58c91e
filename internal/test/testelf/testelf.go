// Package testelf makes ELF files for tests, without a compiler and for any
// processor: what the dynamic loader reads of a library, and no code.
package testelf

import (
	"bytes"
	"encoding/binary"
)

// Library is what to say in a file. The zero value is a library for x86_64 that
// needs nothing.
type Library struct {
	Machine  uint16 // e_machine; 0 is EM_X86_64
	Soname   string
	Needed   []string
	RPath    string
	RunPath  string
	Versions map[string][]string // by library, which need not be in Needed
	Weak     map[string][]string // likewise, of versions that may be missing
	Static   bool                // no dynamic section
	Loader   string              // that starts the program; "" for a library
	Padding  int                 // bytes between the headers and the tables
}

// The processors of Lambda.
const (
	X8664   = 62
	AArch64 = 183
)

var le = binary.LittleEndian

// table is a table of strings.
type table struct{ bytes.Buffer }

func (t *table) add(s string) uint64 {
	at := uint64(t.Len())
	t.WriteString(s + "\x00")
	return at
}

// Bytes returns the file.
func (l Library) Bytes() []byte {
	const header, programHeader = 64, 56
	headers := 2
	if l.Static {
		headers--
	}
	if l.Loader != "" {
		headers++
	}
	start := uint64(header + headers*programHeader + l.Padding)
	var names table
	names.add("")
	loaderAt := uint64(names.Len())
	if l.Loader != "" {
		names.add(l.Loader)
	}
	dynamic := l.dynamic(&names)
	versions, libraries := l.versionNeeds(&names)
	at := func(n int) uint64 { return start + uint64(n) }
	namesAt, dynamicAt := len(versions), len(versions)+names.Len()
	if libraries > 0 {
		dynamic = append(dynamic, 0x6ffffffe, at(0), 0x6fffffff, uint64(libraries))
	}
	dynamic = append(dynamic, 5, at(namesAt), 10, uint64(names.Len()), 0, 0)
	var body bytes.Buffer
	body.Write(make([]byte, l.Padding))
	body.Write(versions)
	body.Write(names.Bytes())
	_ = binary.Write(&body, le, dynamic)

	machine := l.Machine
	if machine == 0 {
		machine = X8664
	}
	var out bytes.Buffer
	out.WriteString("\x7fELF\x02\x01\x01" + string(make([]byte, 9)))
	_ = binary.Write(&out, le, []uint16{3, machine})
	_ = binary.Write(&out, le, uint32(1))
	_ = binary.Write(&out, le, []uint64{0, header, 0})
	_ = binary.Write(&out, le, uint32(0))
	_ = binary.Write(&out, le, []uint16{header, programHeader, uint16(headers), 64, 0, 0})
	size := uint64(header + headers*programHeader + body.Len())
	segment := func(kind uint32, offset, length uint64) {
		_ = binary.Write(&out, le, []uint32{kind, 4})
		_ = binary.Write(&out, le, []uint64{offset, offset, offset, length, length, 8})
	}
	segment(1, 0, size)
	if !l.Static {
		segment(2, at(dynamicAt), uint64(8*len(dynamic)))
	}
	if l.Loader != "" {
		segment(3, at(namesAt)+loaderAt, uint64(len(l.Loader)+1))
	}
	out.Write(body.Bytes())
	return out.Bytes()
}

// dynamic begins the dynamic section.
func (l Library) dynamic(names *table) []uint64 {
	var d []uint64
	for _, name := range l.Needed {
		d = append(d, 1, names.add(name))
	}
	for tag, text := range map[uint64]string{14: l.Soname, 15: l.RPath, 29: l.RunPath} {
		if text != "" {
			d = append(d, tag, names.add(text))
		}
	}
	return d
}

// versionNeeds returns the records of the symbol versions and for how many libraries.
func (l Library) versionNeeds(names *table) ([]byte, int) {
	var all [][]byte
	for flags, set := range []map[string][]string{0: l.Versions, 2: l.Weak} {
		for library, versions := range set {
			var b bytes.Buffer
			_ = binary.Write(&b, le, []uint16{1, uint16(len(versions))})
			_ = binary.Write(&b, le, []uint32{uint32(names.add(library)), 16, uint32(16 + 16*len(versions))})
			for i, version := range versions {
				next := uint32(16)
				if i == len(versions)-1 {
					next = 0
				}
				_ = binary.Write(&b, le, uint32(0))
				_ = binary.Write(&b, le, []uint16{uint16(flags), 2})
				_ = binary.Write(&b, le, []uint32{uint32(names.add(version)), next})
			}
			all = append(all, b.Bytes())
		}
	}
	if n := len(all); n > 0 {
		le.PutUint32(all[n-1][12:], 0)
	}
	return bytes.Join(all, nil), len(all)
}
