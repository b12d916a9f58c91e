package strip

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// check rejects files that would stop working.
func (m *image) check() error {
	header := span{0, headerSize}
	if m.table.overlaps(header) || m.program.overlaps(header) || m.table.overlaps(m.program) {
		return Refused("its headers overlap")
	}
	for i := range m.sections {
		s := &m.sections[i]
		switch {
		case s.overlaps(m.table), s.overlaps(header):
			return Refused(fmt.Sprintf("its section %s overlaps the headers", s.name))
		case s.name == ".rodata1": // libgcrypt and OpenSSL keep a checksum of the file there
			return Refused("it has a checksum of itself in .rodata1")
		case s.remove:
			if slices.ContainsFunc(append([]span{m.program}, m.segments...), s.overlaps) {
				return Refused(fmt.Sprintf("its section %s is part of a segment", s.name))
			}
		default:
			if err := m.checkKept(s); err != nil {
				return err
			}
		}
	}
	return m.checkEnd()
}

// checkKept rejects a section that needs a removed section, or that may be read by its
// position in the file.
func (m *image) checkKept(s *section) error {
	if s.kind == typeNull {
		return nil
	}
	for i := range m.sections {
		o := &m.sections[i]
		if !o.remove {
			continue
		}
		if int(s.link) == i || s.infoLinks && int(s.info) == i {
			return Refused(fmt.Sprintf("its section %s depends on %s", s.name, o.name))
		}
		if s.overlaps(o.span) {
			return Refused(fmt.Sprintf("its sections %s and %s overlap", s.name, o.name))
		}
	}
	if !s.loaded && s.from < s.to && s.kind != typeStrings && s.kind != typeNote && !isInert(s.name) {
		return Refused(fmt.Sprintf("it may read its section %s from the file at run time", s.name))
	}
	return nil
}

// isInert reports whether name is a section that compilers and linkers leave behind for
// tools. Programs that carry data have sections of their own: "pydata" in PyInstaller,
// ".upd_info" in AppImage.
func isInert(name string) bool {
	return slices.ContainsFunc([]string{".comment", ".gnu", ".annobin", ".note", ".GCC.command.line", ".ident", ".ARM.attributes", ".llvm"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// checkEnd rejects a file with something after everything that its headers refer to: an
// archive that the program reads, or a signature.
func (m *image) checkEnd() error {
	end := m.table.to
	for _, s := range append(m.spans(func(*section) bool { return true }), append(m.segments, m.program)...) {
		end = max(end, s.to)
	}
	if hasData(m.content[end:]) {
		return Refused("data follows its last section")
	}
	return nil
}

func hasData(b []byte) bool { return len(bytes.Trim(b, "\x00")) > 0 }

// spans returns the positions of the sections for which which returns true, in the order of
// the file. Adjacent sections become one span.
func (m *image) spans(which func(*section) bool) []span {
	var list []span
	for i := range m.sections {
		if s := &m.sections[i]; s.from < s.to && which(s) {
			list = append(list, s.span)
		}
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	joined := list[:0]
	for _, s := range list {
		if n := len(joined); n > 0 && joined[n-1].to == s.from {
			joined[n-1].to = s.to
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// part is a part of the file that can move: a section, or the section headers.
type part struct {
	span
	align uint64
	index int // index of the section; -1 for the section headers
}

// write removes the chosen sections. Only what follows the last segment moves: the other
// sections, and the section headers. What is removed before the end of the last segment is
// replaced with zeros.
func (m *image) write() ([]byte, error) {
	fixed, movable := m.divide()
	removed := m.spans(func(s *section) bool { return s.remove })
	headers := slices.Clone(m.content[m.table.from:m.table.to])
	end, at := uint64(len(m.content)), m.table.from
	if slices.ContainsFunc(removed, func(s span) bool { return s.from >= fixed }) {
		if err := m.checkGaps(fixed, movable, removed); err != nil {
			return nil, err
		}
		end = fixed
		for _, p := range movable {
			to := up(end, p.align)
			if to > p.from {
				return nil, Refused("its sections are not aligned")
			}
			clear(m.content[end:to])
			end = to + uint64(copy(m.content[to:], m.content[p.from:p.to]))
			if p.index < 0 {
				at = to
			} else {
				le.PutUint64(headers[p.index*sectionSize+24:], to)
			}
		}
	}
	for _, s := range removed {
		if s.from < fixed {
			clear(m.content[s.from:s.to])
		}
	}
	if m.fixedTable() { // the old position keeps its content, because that is loaded
		var ok bool
		if at, end, ok = m.roomForTable(fixed, removed, end); !ok {
			return nil, Refused("its section headers are part of a segment")
		}
	}
	// Inactive headers replace those of the removed sections, so that the indexes of the
	// others, which dynamic symbols refer to, do not change.
	for i := range m.sections {
		if m.sections[i].remove {
			clear(headers[i*sectionSize : (i+1)*sectionSize])
		}
	}
	copy(m.content[at:end], headers)
	le.PutUint64(m.content[40:], at)
	return m.content[:end], nil
}

func up(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }

// fixedTable reports whether the section headers are part of a segment, where some
// versions of patchelf put them.
func (m *image) fixedTable() bool { return slices.ContainsFunc(m.segments, m.table.overlaps) }

// roomForTable returns a position for the section headers, which is in what was removed or
// at the end, and the new end of the file.
func (m *image) roomForTable(fixed uint64, removed []span, end uint64) (at, newEnd uint64, ok bool) {
	size := m.table.to - m.table.from
	for _, s := range removed {
		if at := up(s.from, 8); s.from < fixed && at+size <= s.to {
			return at, end, true
		}
	}
	at = up(end, 8)
	if at+size > uint64(len(m.content)) {
		return 0, 0, false
	}
	clear(m.content[end:at])
	return at, at + size, true
}

// divide returns the end of what cannot move, and the parts after it, in their order.
func (m *image) divide() (fixed uint64, movable []part) {
	fixed = max(headerSize, m.program.to)
	for _, s := range slices.Concat(m.segments, m.spans(func(s *section) bool { return s.loaded })) {
		fixed = max(fixed, s.to)
	}
	var parts []part
	if !m.fixedTable() {
		parts = append(parts, part{m.table, 8, -1})
	}
	for i := range m.sections {
		if s := &m.sections[i]; s.from < s.to && !s.loaded && !s.remove {
			parts = append(parts, part{s.span, max(1, s.align), i})
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.from, b.from) })
	for _, p := range parts {
		if p.from < fixed {
			fixed = max(fixed, p.to)
		} else {
			movable = append(movable, p)
		}
	}
	return fixed, movable
}

// checkGaps rejects a file with data between the parts that move, with overlapping parts, or
// with an invalid alignment.
func (m *image) checkGaps(fixed uint64, movable []part, removed []span) error {
	for i, p := range movable {
		if p.align&(p.align-1) != 0 || p.align > 4096 {
			return Refused(fmt.Sprintf("it has a section with an alignment of %d", p.align))
		}
		if i > 0 && p.from < movable[i-1].to {
			return Refused("its sections overlap")
		}
	}
	known := slices.Clone(removed)
	for _, p := range movable {
		known = append(known, p.span)
	}
	slices.SortFunc(known, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at := fixed
	for _, s := range known {
		if s.from > at && hasData(m.content[at:s.from]) {
			return Refused("there is data between its sections")
		}
		at = max(at, s.to)
	}
	return nil
}
