package strip

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Refused says why a file keeps what could be removed.
type Refused string

func (r Refused) Error() string { return string(r) }

var le = binary.LittleEndian

// Sizes, section types, and flags in the System V ABI, "Object Files".
const (
	headerSize, segmentSize, sectionSize = 64, 56, 64

	typeNull, typeData, typeSymbols, typeStrings  = 0, 1, 2, 3
	typeRelocations, typeNote, typeNoBits         = 4, 7, 8
	typeRelocationsShort, typeSymbolSectionsTable = 9, 18

	flagLoaded, flagInfoIsSection = 0x2, 0x40
)

// Limits on what the file says. The largest real tables are a hundredth of these limits.
const (
	maxHeaders = 4096
	maxName    = 4096 // bytes
)

// section is a section header.
type section struct {
	span
	name       string
	kind       uint32
	loaded     bool
	link, info uint32
	infoLinks  bool // whether info is the index of a section
	align      uint64
	remove     bool
}

// span is a part of the file.
type span struct{ from, to uint64 }

func (s span) overlaps(o span) bool { return max(s.from, o.from) < min(s.to, o.to) }

// image is a parsed file.
type image struct {
	content  []byte
	program  span   // position of the program headers
	segments []span // parts of the file that the program headers refer to
	sections []section
	table    span // position of the section headers
	names    uint16
}

// File removes the debug sections and the symbol table from an ELF file. It returns nil if
// there are none. It changes content, and the result is a part of it. The error is a
// [Refused] if the file cannot be changed safely.
func File(content []byte) ([]byte, error) {
	m := image{content: content}
	if err := m.parse(); err != nil || !m.choose() {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m.write()
}

// within returns the part of the file with the given offset and size. ok is false if the
// file does not contain it.
func (m *image) within(offset, size uint64) (span, bool) {
	end := uint64(len(m.content))
	return span{offset, offset + size}, offset <= end && size <= end-offset
}

func (m *image) parse() error {
	const class64, littleEndian = 2, 1
	b := m.content
	if len(b) < headerSize || string(b[:4]) != "\x7fELF" {
		return Refused("it is truncated")
	}
	if b[4] != class64 || b[5] != littleEndian {
		return Refused("it is not for a 64-bit little-endian processor")
	}
	table := le.Uint64(b[40:])
	each, count, names := le.Uint16(b[58:]), le.Uint16(b[60:]), le.Uint16(b[62:])
	if table == 0 && count == 0 {
		return nil // no sections
	}
	if each != sectionSize || count == 0 || count > maxHeaders {
		return Refused(fmt.Sprintf("its file header declares %d section headers of %d bytes each", count, each))
	}
	if names >= count {
		return Refused("its file header refers to a section name table that does not exist")
	}
	var ok bool
	if m.table, ok = m.within(table, uint64(count)*sectionSize); !ok {
		return Refused("its section headers extend past the end of the file")
	}
	m.names = names
	if err := m.readSegments(); err != nil {
		return err
	}
	return m.readSections()
}

func (m *image) readSegments() error {
	b := m.content
	at, each, count := le.Uint64(b[32:]), le.Uint16(b[54:]), le.Uint16(b[56:])
	if each != segmentSize || count == 0 || count > maxHeaders {
		return Refused(fmt.Sprintf("its file header declares %d program headers of %d bytes each", count, each))
	}
	var ok bool
	if m.program, ok = m.within(at, uint64(count)*segmentSize); !ok {
		return Refused("its program headers extend past the end of the file")
	}
	for h := range slices.Chunk(b[m.program.from:m.program.to], segmentSize) {
		s, ok := m.within(le.Uint64(h[8:]), le.Uint64(h[32:]))
		if s.from == s.to {
			continue
		}
		if !ok {
			return Refused("a segment extends past the end of the file")
		}
		m.segments = append(m.segments, s)
	}
	return nil
}

func (m *image) readSections() error {
	var names []uint32
	for h := range slices.Chunk(m.content[m.table.from:m.table.to], sectionSize) {
		flags := le.Uint64(h[8:])
		s := section{kind: le.Uint32(h[4:]), loaded: flags&flagLoaded != 0, link: le.Uint32(h[40:]), info: le.Uint32(h[44:]), align: le.Uint64(h[48:])}
		s.infoLinks = flags&flagInfoIsSection != 0 || s.kind == typeRelocations || s.kind == typeRelocationsShort
		var ok bool
		if s.span, ok = m.within(le.Uint64(h[24:]), le.Uint64(h[32:])); s.kind == typeNull || s.kind == typeNoBits {
			s.span, ok = span{}, true
		}
		if !ok {
			return Refused("a section extends past the end of the file")
		}
		m.sections = append(m.sections, s)
		names = append(names, le.Uint32(h))
	}
	if m.sections[0].kind != typeNull {
		return Refused("its first section is not empty")
	}
	texts := m.sections[m.names]
	if texts.kind != typeStrings {
		return Refused("the names of its sections are not strings")
	}
	for i := range m.sections {
		at := uint64(names[i])
		if at > texts.to-texts.from {
			return Refused("the name of a section is missing")
		}
		name, _, ended := strings.Cut(string(m.content[texts.from+at:min(texts.to, texts.from+at+maxName)]), "\x00")
		if !ended && m.sections[i].kind != typeNull {
			return Refused("the name of a section has no end")
		}
		m.sections[i].name = name
	}
	return nil
}

// isDebug reports whether name is one by which GNU's tools recognize debug information,
// which has no section type of its own (binutils, bfd/elf.c).
func isDebug(name string) bool {
	switch name {
	case ".debug", ".line", ".gdb_index":
		return true
	}
	return slices.ContainsFunc([]string{".debug_", ".zdebug_", ".stab", ".gnu.debuglto_.debug_", ".gnu.linkonce.wi."},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// choose marks the sections to remove, and reports whether there are any.
func (m *image) choose() bool {
	any := false
	for i := range m.sections {
		switch s := &m.sections[i]; {
		case s.loaded:
		case s.kind == typeSymbols, s.kind == typeSymbolSectionsTable,
			(s.kind == typeData || s.kind == typeStrings) && isDebug(s.name) && i != int(m.names):
			s.remove, any = true, true
		}
	}
	// Also remove the names of the symbols, unless something else has its names there.
	for i := range m.sections {
		s := &m.sections[i]
		if s.kind != typeStrings || s.loaded || i == int(m.names) {
			continue
		}
		of := func(removed bool) bool {
			return slices.ContainsFunc(m.sections, func(o section) bool {
				return o.kind != typeNull && o.remove == removed && int(o.link) == i
			})
		}
		s.remove = s.remove || of(true) && !of(false)
	}
	return any
}
