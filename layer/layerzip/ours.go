package layerzip

import (
	"bytes"
	"errors"
	"io"
)

// mostDirectory is the size in bytes of the largest central directory that is read. No
// layer has a larger one.
const mostDirectory = 64 << 20

// Ours reports whether the zip of size bytes in r was written by [Write]. Zips from other
// programs have dates, attributes, and extra fields.
func Ours(r io.ReaderAt, size int64) bool {
	_, err := ReadDirectory(r, size)
	return err == nil
}

// ReadDirectory is like [Directory], but reads the zip of size bytes in r.
func ReadDirectory(r io.ReaderAt, size int64) ([]Placed, error) {
	for length := min(size, int64(endSize)); ; {
		tail := make([]byte, length)
		if _, err := r.ReadAt(tail, size-length); err != nil && err != io.EOF {
			return nil, err
		}
		entries, err := Directory(tail, size)
		short, ok := errors.AsType[*TailError](err)
		if !ok {
			return entries, err
		}
		length = short.Need
	}
}

// oursCentral reports whether b starts with a central header written by [Write], and
// returns the length of the name in it.
func oursCentral(b []byte) (name int, ok bool) {
	if len(b) < centralSize || le.Uint32(b) != centralSignature {
		return 0, false
	}
	name = int(le.Uint16(b[28:]))
	mode := le.Uint32(b[38:])
	return name, len(b) >= centralSize+name && le.Uint16(b[4:]) == madeByUnix && le.Uint16(b[6:]) == needsVersion &&
		le.Uint32(b[12:]) == firstDate<<16 && bytes.Equal(b[30:38], make([]byte, 8)) && (mode == 0o100644<<16 || mode == 0o100755<<16)
}
