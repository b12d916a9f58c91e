package wheel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/layer"
)

// The records of a zip, with the names and numbers of APPNOTE.TXT 6.3.10, section 4.3:
// signature, and length of the fixed part.
const (
	localSignature      = 0x04034b50
	localSize           = 30
	descriptorSignature = 0x08074b50
	centralSignature    = 0x02014b50
	centralSize         = 46
	endSignature        = 0x06054b50
	endSize             = 22
	end64Signature      = 0x06064b50
	end64Size           = 56
	locatorSignature    = 0x07064b50
	locatorSize         = 20
	zip64Extra          = 0x0001

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagMasked     = 1 << 13

	max16 = 1<<16 - 1
	max32 = 1<<32 - 1
)

// Limits on memory and time, against hostile archives. The largest real wheels have 30,000
// entries in a central directory of 2 MB.
const (
	maxDirectory = 16 << 20 // bytes
	maxEntries   = 60_000
	// A wheel may unpack to minUnpacked or to maxRatio times its size, whichever is larger.
	// Real wheels unpack to at most ten times their size.
	minUnpacked = 1 << 30 // bytes
	maxRatio    = 20
)

var le = binary.LittleEndian

// member is one entry of the central directory.
type member struct {
	name       string
	flags      uint16
	method     uint16
	crc        uint32
	compressed int64
	size       int64
	header     int64 // offset of the local header
	attrs      uint32
	sum        layer.Sum   // of the compressed bytes, if the wheel was opened with its facts
	code       *layer.Code // nil if the wheel was opened without facts
}

// isFolder reports whether m is a directory entry.
func (m *member) isFolder() bool { return m.name[len(m.name)-1] == '/' }

// archive is a zip's central directory, which determines what the zip contains.
type archive struct {
	r         io.ReaderAt
	members   []member // in the order of the central directory
	directory int64    // offset of the central directory, where the members end
	known     string   // the file's name if it was opened with its facts, "" otherwise
}

// directoryEnd holds the values of the end-of-central-directory records.
type directoryEnd struct {
	entries, size, offset uint64
	at                    int64 // where the central directory must end
}

// readArchive reads the central directory of the zip of size bytes in r. It rejects
// anything that other zip readers could interpret differently.
func readArchive(r io.ReaderAt, size int64) (*archive, error) {
	end, err := readEnd(r, size)
	if err != nil {
		return nil, err
	}
	if end.size > maxDirectory {
		return nil, fmt.Errorf("the central directory is larger than %d bytes", maxDirectory)
	}
	if end.offset > uint64(end.at) || end.offset+end.size != uint64(end.at) {
		return nil, errors.New("the central directory is not where the end-of-central-directory record says it is: bytes were added or cut off")
	}
	b := make([]byte, end.size)
	if err := readAt(r, b, int64(end.offset)); err != nil {
		return nil, fmt.Errorf("cannot read the central directory: %w", err)
	}
	a := &archive{r: r, directory: int64(end.offset)}
	if end.entries > end.size/centralSize {
		return nil, errors.New("the end-of-central-directory record counts more entries than the central directory can hold")
	}
	if end.entries > maxEntries {
		return nil, fmt.Errorf("there are %d entries, but the limit is %d", end.entries, maxEntries)
	}
	a.members = make([]member, 0, end.entries)
	var unpacked int64
	for len(b) > 0 {
		m, rest, err := readCentral(b)
		if err != nil {
			return nil, err
		}
		if m.header >= a.directory {
			return nil, entryError(m.name, errors.New("starts after the central directory"))
		}
		if unpacked += m.size; unpacked > max(minUnpacked, maxRatio*size) {
			return nil, fmt.Errorf("its files unpack to more than %d times its size", max(minUnpacked/max(size, 1), maxRatio))
		}
		a.members = append(a.members, m)
		b = rest
	}
	if uint64(len(a.members)) != end.entries {
		return nil, fmt.Errorf("the end-of-central-directory record counts %d entries, but the central directory has %d", end.entries, len(a.members))
	}
	return a, nil
}

// readEnd reads the end-of-central-directory record, which must be at the very end of the
// file, and the zip64 records before it, if there are any.
func readEnd(r io.ReaderAt, size int64) (directoryEnd, error) {
	var end directoryEnd
	tail := make([]byte, min(size, endSize+max16))
	if err := readAt(r, tail, size-int64(len(tail))); err != nil {
		return end, fmt.Errorf("cannot read the end-of-central-directory record: %w", err)
	}
	i := bytes.LastIndex(tail, le.AppendUint32(nil, endSignature))
	if i < 0 || len(tail)-i < endSize {
		return end, errors.New("the end-of-central-directory record is missing: the file is truncated or not a zip")
	}
	b := tail[i:]
	if comment := int(le.Uint16(b[20:])); len(b) != endSize+comment {
		return end, errors.New("the file does not end where the end-of-central-directory record says it does: bytes were added or cut off")
	}
	end.at = size - int64(len(b))
	here, total := le.Uint16(b[8:]), le.Uint16(b[10:])
	if le.Uint16(b[4:]) != 0 || le.Uint16(b[6:]) != 0 || here != total {
		return end, errors.New("the file is part of a split archive")
	}
	end.entries, end.size, end.offset = uint64(total), uint64(le.Uint32(b[12:])), uint64(le.Uint32(b[16:]))
	return end, end.readZip64(r)
}

// readZip64 reads the optional zip64 records before the end record. They supply the values
// that do not fit in the end record, and must not contradict its other values.
func (end *directoryEnd) readZip64(r io.ReaderAt) error {
	at := end.at - locatorSize - end64Size
	var b [end64Size + locatorSize]byte
	need := end.entries == max16 || end.size == max32 || end.offset == max32
	if at >= 0 {
		if err := readAt(r, b[:], at); err != nil {
			return fmt.Errorf("cannot read the end-of-central-directory record: %w", err)
		}
	}
	locator := b[end64Size:]
	if at < 0 || le.Uint32(locator) != locatorSignature {
		if need {
			return errors.New("the zip64 end-of-central-directory locator is missing")
		}
		return nil
	}
	// The length counts the bytes after it: 44 without "extensible data", which no wheel
	// needs and readers skip differently.
	if le.Uint32(b[:]) != end64Signature || le.Uint64(b[4:]) != end64Size-12 || le.Uint64(locator[8:]) != uint64(at) {
		return errors.New("the zip64 end-of-central-directory record is not right before its locator")
	}
	entries, size, offset := le.Uint64(b[32:]), le.Uint64(b[40:]), le.Uint64(b[48:])
	if le.Uint32(b[16:]) != 0 || le.Uint32(b[20:]) != 0 || le.Uint64(b[24:]) != entries {
		return errors.New("the file is part of a split archive")
	}
	if end.entries != max16 && end.entries != entries || end.size != max32 && end.size != size || end.offset != max32 && end.offset != offset {
		return errors.New("the two end-of-central-directory records contradict each other")
	}
	end.entries, end.size, end.offset, end.at = entries, size, offset, at
	return nil
}

// readCentral reads the first header in b, the rest of a central directory.
func readCentral(b []byte) (m member, rest []byte, err error) {
	if len(b) < centralSize || le.Uint32(b) != centralSignature {
		return m, nil, errors.New("the central directory is damaged")
	}
	name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	if len(b) < centralSize+name+extra+comment {
		return m, nil, errors.New("the central directory is damaged")
	}
	m = member{
		name:   string(b[centralSize : centralSize+name]),
		flags:  le.Uint16(b[8:]),
		method: le.Uint16(b[10:]),
		crc:    le.Uint32(b[16:]),
		attrs:  le.Uint32(b[38:]),
	}
	if m.name == "" {
		return m, nil, errors.New("an entry has an empty name")
	}
	sizes, ok := zip64Sizes(b[centralSize+name:][:extra], le.Uint32(b[24:]), le.Uint32(b[20:]), le.Uint32(b[42:]))
	if !ok {
		return m, nil, entryError(m.name, errors.New("is 4 GiB or larger, or its zip64 field is damaged"))
	}
	m.size, m.compressed, m.header = sizes[0], sizes[1], sizes[2]
	return m, b[centralSize+name+extra+comment:], m.check()
}

// zip64Sizes returns fields, but with each value that is all ones replaced by the one in
// the zip64 extra field, in the order of APPNOTE 4.5.3. ok is false if a value is missing,
// or if it needs more than 32 bits, because no layer can have such an entry.
func zip64Sizes(extra []byte, fields ...uint32) ([3]int64, bool) {
	var values [3]int64
	var large []byte
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if len(extra) < 4+n {
			break // padding, which real wheels have
		}
		if id == zip64Extra {
			large = extra[4:][:n]
			break
		}
		extra = extra[4+n:]
	}
	for i, field := range fields {
		values[i] = int64(field)
		if field != max32 {
			continue
		}
		if len(large) < 8 || le.Uint64(large) >= max32 {
			return values, false
		}
		values[i] = int64(le.Uint64(large))
		large = large[8:]
	}
	return values, true
}

// check returns an error if the member cannot be copied unchanged.
func (m *member) check() error {
	switch {
	case m.flags&(flagEncrypted|flagStrong|flagMasked) != 0:
		return entryError(m.name, errors.New("is encrypted"))
	case m.method != layer.Store && m.method != layer.Deflate:
		return entryError(m.name, fmt.Errorf("is compressed with %s, but wheels may use only deflate or no compression", methodName(m.method)))
	case m.method == layer.Store && m.compressed != m.size:
		return entryError(m.name, fmt.Errorf("is not compressed, but its compressed size (%d) differs from its uncompressed size (%d)", m.compressed, m.size))
	case m.isFolder() && m.size != 0:
		return entryError(m.name, errors.New("is a folder entry that contains data"))
	}
	return nil
}

// methodName returns the name of a compression method in APPNOTE 4.4.5.
func methodName(method uint16) string {
	switch method {
	case 9:
		return "deflate64 (method 9)"
	case 12:
		return "bzip2 (method 12)"
	case 14:
		return "LZMA (method 14)"
	case 93:
		return "zstd (method 93)"
	case 95:
		return "xz (method 95)"
	}
	return fmt.Sprintf("method %d", method)
}

// entryError puts an entry's name before err, a predicate such as "is encrypted".
func entryError(name string, err error) error { return fmt.Errorf("%q %w", name, err) }

// readAt fills b with the bytes at off. It returns an error if there are fewer.
func readAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
