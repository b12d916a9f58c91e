package layerzip

import (
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/layer"
)

// Placed is an entry of a zip written by [Write], with the fields of its header and its
// position in the zip.
type Placed struct {
	Name       string
	Method     uint16
	CRC32      uint32
	Compressed uint32 // bytes
	Size       uint32 // bytes, unzipped
	Offset     int64  // of the local header, in bytes
}

// Length returns the number of bytes that the entry takes up before the central directory:
// local header, name, and compressed content.
func (p Placed) Length() int64 { return localSize + int64(len(p.Name)) + int64(p.Compressed) }

// ErrForeign is the error for a zip that [Write] did not write, so that its central
// directory does not determine where its entries start and end.
var ErrForeign = errors.New("the zip was not written by lamella")

// TailError is the error of [Directory] if tail is too short to contain the central
// directory.
type TailError struct {
	Need int64 // number of bytes to read from the end of the zip
}

func (e *TailError) Error() string {
	return fmt.Sprintf("the zip's central directory starts %d bytes before its end", e.Need)
}

// Directory reads the central directory of a zip written by [Write]. tail holds the last
// bytes of the zip, whose total length is size bytes. The entries are in the order of their
// offsets, and their lengths add up to the offset of the directory. The error is a
// *TailError if tail is too short, and ErrForeign if [Write] did not write the zip.
func Directory(tail []byte, size int64) ([]Placed, error) {
	if int64(len(tail)) < min(size, endSize) {
		return nil, &TailError{min(size, endSize)}
	}
	if size < endSize || int64(len(tail)) > size {
		return nil, ErrForeign
	}
	end := tail[len(tail)-endSize:]
	length, at := int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	records := size - at - length
	switch {
	case le.Uint32(end) != endSignature || le.Uint16(end[20:]) != 0, length > mostDirectory, at < 0,
		records != endSize && records != endSize+end64Size+locatorSize:
		return nil, ErrForeign
	case size-at > int64(len(tail)):
		return nil, &TailError{size - at}
	}
	directory := tail[int64(len(tail))-(size-at):][:length]
	entries, next, err := readEntries(directory)
	if err != nil || next != at || min(len(entries), max16) != int(le.Uint16(end[10:])) {
		return nil, ErrForeign
	}
	return entries, nil
}

// Layout returns where [Write] would place entries, in the order of their offsets. It
// returns the same errors as [Write].
func Layout(entries []layer.Entry) ([]Placed, error) {
	l, err := plan(entries)
	if err != nil {
		return nil, planFault(err, "layer.zip")
	}
	return l.place(), nil
}

// place returns the positions of the entries.
func (l *layout) place() []Placed {
	placed, next := make([]Placed, len(l.entries)), int64(0)
	for i := range l.entries {
		e := &l.entries[i]
		placed[i] = Placed{Name: e.Name, Method: e.Method, CRC32: e.CRC32, Compressed: uint32(e.Compressed), Size: uint32(e.Size), Offset: next}
		next += placed[i].Length()
	}
	return placed
}

// readEntries reads the central headers and returns where the local entries end.
func readEntries(directory []byte) (entries []Placed, next int64, err error) {
	for len(directory) > 0 {
		name, ok := oursCentral(directory)
		if !ok || int64(le.Uint32(directory[42:])) != next {
			return nil, 0, ErrForeign
		}
		p := Placed{
			Name:       string(directory[centralSize : centralSize+name]),
			Method:     le.Uint16(directory[10:]),
			CRC32:      le.Uint32(directory[16:]),
			Compressed: le.Uint32(directory[20:]),
			Size:       le.Uint32(directory[24:]),
			Offset:     next,
		}
		next += p.Length()
		entries = append(entries, p)
		directory = directory[centralSize+name:]
	}
	return entries, next, nil
}
