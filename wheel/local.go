package wheel

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/layer"
)

// dataOffset returns the offset of m's data, after its local header, whose extra fields
// differ from those in the central header. If the wheel was opened with its facts, the
// error wraps a *layer.Damaged, since the headers were valid then.
func (a *archive) dataOffset(m *member) (int64, error) {
	offset, err := a.readLocal(m)
	if err != nil && a.known != "" {
		err = &layer.Damaged{Name: a.known, Err: err}
	}
	return offset, err
}

func (a *archive) readLocal(m *member) (int64, error) {
	var b [localSize]byte
	if err := readAt(a.r, b[:], m.header); err != nil {
		return 0, entryError(m.name, fmt.Errorf("has a local header that cannot be read: %w", err))
	}
	name := int(le.Uint16(b[26:]))
	if le.Uint32(b[:]) != localSignature || name != len(m.name) {
		return 0, entryError(m.name, errors.New("has no local header at the offset given in the central directory"))
	}
	offset := m.header + localSize + int64(name) + int64(le.Uint16(b[28:]))
	if offset+m.compressed > a.directory {
		return 0, entryError(m.name, errors.New("reaches into the central directory"))
	}
	return offset, nil
}

// dataOffsets returns the offset of each member's data. The data ends where the next member
// begins (see checkLayout), unless there is a data descriptor in between. This avoids
// thousands of small reads, because most local headers need not be read.
func (a *archive) dataOffsets() ([]int64, error) {
	offsets := make([]int64, len(a.members))
	next := a.directory
	order := a.byPosition()
	for k := len(order) - 1; k >= 0; k-- {
		m := &a.members[order[k]]
		offset := next - m.compressed
		extra := offset - (m.header + localSize + int64(len(m.name)))
		if m.flags&flagDescriptor != 0 || extra < 0 || extra > max16 {
			var err error
			if offset, err = a.dataOffset(m); err != nil {
				return nil, err
			}
		}
		offsets[order[k]] = offset
		next = m.header
	}
	return offsets, nil
}

// byPosition returns the indexes of the members, sorted by offset.
func (a *archive) byPosition() []int {
	order := make([]int, len(a.members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(a.members[i].header, a.members[j].header) })
	return order
}

// checkLayout compares every local header with the central directory. It checks that the
// members fill the file from the first byte to the central directory, without overlaps (as
// in zip bombs) and without bytes between them (which other readers may take for entries).
// It returns the offsets of the members' data.
func (a *archive) checkLayout() ([]int64, error) {
	offsets := make([]int64, len(a.members))
	order := a.byPosition()
	end := int64(0)
	for k, i := range order {
		m := &a.members[i]
		switch {
		case m.header < end:
			return nil, entryError(m.name, errors.New("overlaps the entry before it"))
		case m.header > end:
			return nil, entryError(m.name, fmt.Errorf("is preceded by %d bytes that belong to no entry", m.header-end))
		}
		var err error
		if offsets[i], err = a.dataOffset(m); err != nil {
			return nil, err
		}
		if err = a.checkLocal(m, offsets[i]); err != nil {
			return nil, entryError(m.name, err)
		}
		next := a.directory
		if k+1 < len(order) {
			next = a.members[order[k+1]].header
		}
		end = offsets[i] + m.compressed
		if m.flags&flagDescriptor != 0 && end < next {
			if err = a.checkDescriptor(m, end, next); err != nil {
				return nil, entryError(m.name, err)
			}
			end = next
		}
	}
	if end != a.directory {
		return nil, fmt.Errorf("%d bytes before the central directory belong to no entry", a.directory-end)
	}
	return offsets, nil
}

// checkLocal compares m's local header, which ends at offset data, with its central header.
// If m has a data descriptor, the CRC and sizes may be zero in the local header.
func (a *archive) checkLocal(m *member, data int64) error {
	b := make([]byte, data-m.header)
	if err := readAt(a.r, b, m.header); err != nil {
		return fmt.Errorf("has a local header that cannot be read: %w", err)
	}
	name, extra := b[localSize:][:len(m.name)], b[localSize+len(m.name):]
	if string(name) != m.name {
		return fmt.Errorf("has the name %q in its local header", name)
	}
	flags, method := le.Uint16(b[6:]), le.Uint16(b[8:])
	const decisive = flagEncrypted | flagDescriptor | flagStrong | flagMasked
	if method != m.method || (flags^m.flags)&decisive != 0 {
		return errors.New("has a different compression method or different flags in its local header than in the central directory")
	}
	crc := le.Uint32(b[14:])
	sizes, ok := zip64Sizes(extra, le.Uint32(b[22:]), le.Uint32(b[18:]))
	if !ok {
		return errors.New("has a local header whose zip64 field is missing or damaged, or gives a size of 4 GiB or more")
	}
	if m.flags&flagDescriptor != 0 && crc == 0 && sizes[0] == 0 && sizes[1] == 0 {
		return nil
	}
	if crc != m.crc {
		return fmt.Errorf("has the CRC %08x in its local header, but %08x in the central directory", crc, m.crc)
	}
	if sizes[0] != m.size || sizes[1] != m.compressed {
		return fmt.Errorf("is %d bytes (%d compressed) according to its local header, but %d (%d compressed) according to the central directory", sizes[0], sizes[1], m.size, m.compressed)
	}
	return nil
}

// checkDescriptor checks that the bytes [from, to) are m's data descriptor: the CRC and
// both sizes, in 32 or 64 bits, with or without a signature (APPNOTE 4.3.9).
func (a *archive) checkDescriptor(m *member, from, to int64) error {
	const longest = 4 + 4 + 8 + 8
	if to-from > longest {
		return fmt.Errorf("is followed by %d bytes that belong to no entry", to-from)
	}
	b := make([]byte, to-from)
	if err := readAt(a.r, b, from); err != nil {
		return fmt.Errorf("has a data descriptor that cannot be read: %w", err)
	}
	with := func(signature bool, wide bool) string {
		var d []byte
		if signature {
			d = le.AppendUint32(d, descriptorSignature)
		}
		d = le.AppendUint32(d, m.crc)
		if wide {
			d = le.AppendUint64(le.AppendUint64(d, uint64(m.compressed)), uint64(m.size))
		} else {
			d = le.AppendUint32(le.AppendUint32(d, uint32(m.compressed)), uint32(m.size))
		}
		return string(d)
	}
	switch string(b) {
	case with(true, false), with(false, false), with(true, true), with(false, true):
		return nil
	}
	return errors.New("has a data descriptor that contradicts the central directory")
}
