package wheel

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/layer"
)

// dataOffset returns where m's bytes begin, behind its local header. That
// header's lengths are its own: its extra fields differ from the central ones.
// The error for a header that was once in order wraps a *layer.Damaged.
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
		return 0, entryError(m.name, fmt.Errorf("read its local header: %w", err))
	}
	name := int(le.Uint16(b[26:]))
	if le.Uint32(b[:]) != localSignature || name != len(m.name) {
		return 0, entryError(m.name, errors.New("its local header is not where the central directory says"))
	}
	offset := m.header + localSize + int64(name) + int64(le.Uint16(b[28:]))
	if offset+m.compressed > a.directory {
		return 0, entryError(m.name, errors.New("it reaches into the central directory"))
	}
	return offset, nil
}

// dataOffsets returns where each member's bytes begin. As members lie one
// behind the other (checkLayout), those end where the next one begins, and the
// local headers, thousands of small reads, need not be read. Only a data
// descriptor can lie between.
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

// byPosition returns the members' indexes in the order in which they lie.
func (a *archive) byPosition() []int {
	order := make([]int, len(a.members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(a.members[i].header, a.members[j].header) })
	return order
}

// checkLayout holds every local header against the central directory and
// makes sure that the members lie one behind the other from the first byte to
// the central directory: no overlap (which is how zip bombs are made) and no
// byte that belongs to none (which is how one file is a zip of two contents).
// It returns the offsets of the members' data.
func (a *archive) checkLayout() ([]int64, error) {
	offsets := make([]int64, len(a.members))
	order := a.byPosition()
	end := int64(0)
	for k, i := range order {
		m := &a.members[i]
		switch {
		case m.header < end:
			return nil, entryError(m.name, errors.New("it overlaps the entry before it"))
		case m.header > end:
			return nil, entryError(m.name, fmt.Errorf("%d bytes before it belong to no entry", m.header-end))
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
		return nil, fmt.Errorf("%d bytes before its central directory belong to no entry", a.directory-end)
	}
	return offsets, nil
}

// checkLocal compares m's local header, which ends at data, with its central
// one. With a data descriptor the CRC and sizes may be zero there.
func (a *archive) checkLocal(m *member, data int64) error {
	b := make([]byte, data-m.header)
	if err := readAt(a.r, b, m.header); err != nil {
		return fmt.Errorf("read its local header: %w", err)
	}
	name, extra := b[localSize:][:len(m.name)], b[localSize+len(m.name):]
	if string(name) != m.name {
		return fmt.Errorf("its local header names it %q", name)
	}
	flags, method := le.Uint16(b[6:]), le.Uint16(b[8:])
	const decisive = flagEncrypted | flagDescriptor | flagStrong | flagMasked
	if method != m.method || (flags^m.flags)&decisive != 0 {
		return errors.New("its local header states another method than the central directory")
	}
	crc := le.Uint32(b[14:])
	sizes, ok := zip64Sizes(extra, le.Uint32(b[22:]), le.Uint32(b[18:]))
	if !ok {
		return errors.New("its local header's zip64 field is missing, damaged or says 4 GiB or more")
	}
	if m.flags&flagDescriptor != 0 && crc == 0 && sizes[0] == 0 && sizes[1] == 0 {
		return nil
	}
	if crc != m.crc {
		return fmt.Errorf("its local header states the CRC %08x, the central directory %08x", crc, m.crc)
	}
	if sizes[0] != m.size || sizes[1] != m.compressed {
		return fmt.Errorf("its local header states %d bytes (%d packed), the central directory %d (%d packed)", sizes[0], sizes[1], m.size, m.compressed)
	}
	return nil
}

// checkDescriptor checks that [from, to) is m's data descriptor: the CRC and
// both sizes, as 32 or 64 bits, with or without a signature (APPNOTE 4.3.9).
func (a *archive) checkDescriptor(m *member, from, to int64) error {
	const longest = 4 + 4 + 8 + 8
	if to-from > longest {
		return fmt.Errorf("%d bytes behind it belong to no entry", to-from)
	}
	b := make([]byte, to-from)
	if err := readAt(a.r, b, from); err != nil {
		return fmt.Errorf("read its data descriptor: %w", err)
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
	return errors.New("its data descriptor contradicts the central directory")
}
