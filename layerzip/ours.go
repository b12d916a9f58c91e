package layerzip

import (
	"bytes"
	"io"
)

// mostDirectory bounds the central directory of a zip that is looked at: what is
// larger is no layer.
const mostDirectory = 64 << 20

// Ours reports whether the size bytes of r are a zip as [Write] makes it. Others
// make zips with dates, attributes and extra fields that ours never have.
func Ours(r io.ReaderAt, size int64) bool {
	end := make([]byte, endSize)
	if size < endSize {
		return false
	}
	if _, err := r.ReadAt(end, size-endSize); err != nil || le.Uint32(end) != endSignature || le.Uint16(end[20:]) != 0 {
		return false
	}
	length, at := int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	tail := size - at - length // the end records
	if at+length > size || length > mostDirectory || tail != endSize && tail != endSize+end64Size+locatorSize {
		return false
	}
	directory := make([]byte, length)
	if _, err := r.ReadAt(directory, at); err != nil {
		return false
	}
	entries := 0
	for ; len(directory) > 0; entries++ {
		name, ok := oursCentral(directory)
		if !ok {
			return false
		}
		directory = directory[centralSize+name:]
	}
	return min(entries, max16) == int(le.Uint16(end[10:]))
}

// oursCentral reports whether the directory begins with a header of ours, and how
// long the name in it is.
func oursCentral(b []byte) (name int, ok bool) {
	if len(b) < centralSize || le.Uint32(b) != centralSignature {
		return 0, false
	}
	name = int(le.Uint16(b[28:]))
	mode := le.Uint32(b[38:])
	return name, len(b) >= centralSize+name && le.Uint16(b[4:]) == madeByUnix && le.Uint16(b[6:]) == needsVersion &&
		le.Uint32(b[12:]) == firstDate<<16 && bytes.Equal(b[30:38], make([]byte, 8)) && (mode == 0o100644<<16 || mode == 0o100755<<16)
}
