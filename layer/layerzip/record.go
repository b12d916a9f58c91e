package layerzip

import (
	"encoding/binary"

	"github.com/lamella-build/lamella/layer"
)

// The records of a zip (APPNOTE.TXT 6.3.10, section 4.3): the signatures, and the lengths
// of the fixed parts.
const (
	localSignature   = 0x04034b50
	localSize        = 30
	centralSignature = 0x02014b50
	centralSize      = 46
	endSignature     = 0x06054b50
	endSize          = 22
	end64Signature   = 0x06064b50
	end64Size        = 56
	locatorSignature = 0x07064b50
	locatorSize      = 20

	madeByUnix   = 3<<8 | 20
	needsVersion = 20     // 2.0: deflate
	needsZip64   = 45     // 4.5
	firstDate    = 0x0021 // 1980-01-01 in MS-DOS format; the time 0 is 00:00:00
	flagUTF8     = 1 << 11

	max16 = 1<<16 - 1
	max32 = 1<<32 - 1
)

var le = binary.LittleEndian

// appendLocal replaces the content of b with e's local header.
func appendLocal(b []byte, e *layer.Entry) []byte {
	b = le.AppendUint32(b[:0], localSignature)
	b = appendCommon(b, e)
	return append(b, e.Name...)
}

// appendCentral replaces the content of b with e's central header.
func appendCentral(b []byte, e *layer.Entry, offset int64) []byte {
	mode := uint32(0o100644)
	if e.Executable {
		mode = 0o100755
	}
	b = le.AppendUint32(b[:0], centralSignature)
	b = le.AppendUint16(b, madeByUnix)
	b = appendCommon(b, e)
	b = le.AppendUint16(b, 0) // comment length
	b = le.AppendUint16(b, 0) // disk
	b = le.AppendUint16(b, 0) // internal attributes
	b = le.AppendUint32(b, mode<<16)
	b = le.AppendUint32(b, uint32(offset))
	return append(b, e.Name...)
}

// appendCommon appends the fields that local and central headers share: from the version
// needed to the length of the extra fields.
func appendCommon(b []byte, e *layer.Entry) []byte {
	var flags uint16
	if !isASCII(e.Name) {
		flags = flagUTF8
	}
	b = le.AppendUint16(b, needsVersion)
	b = le.AppendUint16(b, flags)
	b = le.AppendUint16(b, e.Method)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, firstDate)
	b = le.AppendUint32(b, e.CRC32)
	b = le.AppendUint32(b, uint32(e.Compressed))
	b = le.AppendUint32(b, uint32(e.Size))
	b = le.AppendUint16(b, uint16(len(e.Name)))
	return le.AppendUint16(b, 0)
}

// appendEnd replaces the content of b with the end records.
func (l *layout) appendEnd(b []byte) []byte {
	entries := uint64(len(l.entries))
	tail := int64(endSize)
	b = b[:0]
	if entries >= max16 {
		tail += end64Size + locatorSize
		b = le.AppendUint32(b, end64Signature)
		b = le.AppendUint64(b, end64Size-12) // length of the rest of this record
		b = le.AppendUint16(b, madeByUnix&^0xff|needsZip64)
		b = le.AppendUint16(b, needsZip64)
		b = le.AppendUint64(b, 0) // this disk, the central directory's
		b = le.AppendUint64(b, entries)
		b = le.AppendUint64(b, entries)
		b = le.AppendUint64(b, uint64(l.size-tail-l.directory))
		b = le.AppendUint64(b, uint64(l.directory))
		b = le.AppendUint32(b, locatorSignature)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(l.size-tail))
		b = le.AppendUint32(b, 1) // disks
		entries = max16
	}
	b = le.AppendUint32(b, endSignature)
	b = le.AppendUint32(b, 0) // this disk, the central directory's
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint32(b, uint32(l.size-tail-l.directory))
	b = le.AppendUint32(b, uint32(l.directory))
	return le.AppendUint16(b, 0) // comment length
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
