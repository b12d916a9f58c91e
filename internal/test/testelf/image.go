package testelf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Part is a part of a file, in the order of the file: a section, a segment, or both.
type Part struct {
	Name       string // of the section; "" for bytes that no section header is about
	Type       uint32 // of the section; 0 is SHT_PROGBITS
	Loaded     bool   // the section has SHF_ALLOC, and a segment of its own covers it
	Segment    bool   // a segment covers it, whatever the section says
	Align      uint64 // of the section; 0 is 1
	Link, Info string // names of other sections
	Content    []byte // of .shstrtab, the names are made
	Table      bool   // the section headers, with Segment if a segment covers them
}

// SectionNames is the name of the section that has the names of sections.
const SectionNames = ".shstrtab"

// Image returns the file of parts, each aligned. A first segment covers the headers of
// the file and of its segments.
func Image(parts ...Part) []byte {
	const header, programHeader, sectionHeader = 64, 56, 64
	i := image{index: map[string]uint32{}}
	i.names.add("")
	sections, segments := uint16(1), uint16(1)
	for _, p := range parts {
		if p.Name != "" {
			i.index[p.Name] = uint32(sections)
			sections++
			i.nameAt = append(i.nameAt, uint32(i.names.add(p.Name)))
		}
		if p.Loaded || p.Segment {
			segments++
		}
	}
	start := uint64(header + int(segments)*programHeader)
	i.segment(0, start)
	body := i.body(parts, start, int(sections)*sectionHeader)
	copy(body[i.table-start:], i.sectionHeaders(parts, int(sections)))

	var out bytes.Buffer
	out.WriteString("\x7fELF\x02\x01\x01" + string(make([]byte, 9)))
	_ = binary.Write(&out, le, []uint16{3, X8664})
	_ = binary.Write(&out, le, uint32(1))
	_ = binary.Write(&out, le, []uint64{0, header, i.table})
	_ = binary.Write(&out, le, uint32(0))
	_ = binary.Write(&out, le, []uint16{header, programHeader, segments, sectionHeader, sections, uint16(i.index[SectionNames])})
	out.Write(i.segments.Bytes())
	out.Write(body)
	return out.Bytes()
}

// image is what Image has made so far.
type image struct {
	names    table
	nameAt   []uint32 // by section
	index    map[string]uint32
	at       []uint64 // by part
	table    uint64
	segments bytes.Buffer
}

func (i *image) segment(at, size uint64) {
	_ = binary.Write(&i.segments, le, []uint32{1, 4})
	_ = binary.Write(&i.segments, le, []uint64{at, at, at, size, size, 1})
}

// body returns the parts, which begin at start, and notes where they are.
func (i *image) body(parts []Part, start uint64, table int) []byte {
	var body []byte
	for k := range parts {
		p := &parts[k]
		if p.Name == SectionNames {
			p.Content, p.Type = i.names.Bytes(), 3
		}
		if p.Table {
			p.Content, p.Align = make([]byte, table), 8
		}
		for align := max(1, p.Align); (start+uint64(len(body)))%align != 0; {
			body = append(body, 0)
		}
		at := start + uint64(len(body))
		i.at = append(i.at, at)
		if p.Table {
			i.table = at
		}
		if p.Loaded || p.Segment {
			i.segment(at, uint64(len(p.Content)))
		}
		body = append(body, p.Content...)
	}
	return body
}

func (i *image) sectionHeaders(parts []Part, count int) []byte {
	b := bytes.NewBuffer(slices.Repeat([]byte{0}, 64))
	section := 0
	for k, p := range parts {
		if p.Name == "" {
			continue
		}
		kind, flags, address := max(1, p.Type), uint64(0), uint64(0)
		if p.Loaded {
			flags, address = 2, i.at[k]
		}
		_ = binary.Write(b, le, []uint32{i.nameAt[section], kind})
		_ = binary.Write(b, le, []uint64{flags, address, i.at[k], uint64(len(p.Content))})
		_ = binary.Write(b, le, []uint32{i.index[p.Link], i.index[p.Info]})
		_ = binary.Write(b, le, []uint64{max(1, p.Align), 0})
		section++
	}
	return b.Bytes()[:count*64]
}
