package layerzip

import (
	"io"
	"sort"

	"github.com/lamella-build/lamella/layer"
)

// View is the zip that [Write] would write, and allows any of its bytes to be read. The
// content of an entry can be read as soon as its source has it; everything else is known
// from the start. A View does not verify content. It is safe for concurrent use if the
// sources are.
type View struct {
	layout layout
	placed []Placed
	end    []byte // from the central directory to the end
}

// NewView returns a view of the zip of entries. It returns the same errors as [Write].
func NewView(entries []layer.Entry) (*View, error) {
	l, err := plan(entries)
	if err != nil {
		return nil, planFault(err, "layer.zip")
	}
	v := &View{layout: l, placed: l.place()}
	header := make([]byte, 0, 1<<10)
	for i := range l.entries {
		v.end = append(v.end, appendCentral(header, &l.entries[i], v.placed[i].Offset)...)
	}
	v.end = append(v.end, l.appendEnd(header)...)
	return v, nil
}

// Size returns the size of the zip in bytes.
func (v *View) Size() int64 { return v.layout.size }

// Layout returns the entries in the order of their offsets.
func (v *View) Layout() []Placed { return v.placed }

// ReadAt implements io.ReaderAt.
func (v *View) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		if off >= v.layout.directory {
			if off >= v.layout.size {
				return n, io.EOF
			}
			copied := copy(b[n:], v.end[off-v.layout.directory:])
			n, off = n+copied, off+int64(copied)
			continue
		}
		read, err := v.readEntry(b[n:], off)
		if n, off = n+read, off+int64(read); err != nil {
			return n, err
		}
	}
	return n, nil
}

// readEntry reads the header or content of the entry at offset off.
func (v *View) readEntry(b []byte, off int64) (int, error) {
	i := v.entryAt(off)
	e := &v.layout.entries[i]
	off -= v.placed[i].Offset
	if size := localSize + int64(len(e.Name)); off >= size {
		off -= size
		want := int(min(int64(len(b)), e.Compressed-off))
		got, err := e.Source.ReadAt(b[:want], e.Offset+off)
		switch {
		case got == want:
			return got, nil
		case err == nil || err == io.EOF:
			err = io.ErrUnexpectedEOF
		}
		return got, err
	}
	return copy(b, appendLocal(nil, e)[off:]), nil
}

// entryAt returns the index of the entry at off, an offset before the central directory.
func (v *View) entryAt(off int64) int {
	return sort.Search(len(v.placed), func(i int) bool { return v.placed[i].Offset > off }) - 1
}

// Content calls yield for each range of an entry's source that lies within the size bytes
// of the zip at off, in the order of the zip.
func (v *View) Content(off, size int64, yield func(source io.ReaderAt, from, to int64)) {
	end := min(off+size, v.layout.directory)
	if off >= end {
		return
	}
	for i := v.entryAt(off); i < len(v.placed) && v.placed[i].Offset < end; i++ {
		e := &v.layout.entries[i]
		first := v.placed[i].Offset + v.placed[i].Length() - e.Compressed // of the content, in the zip
		from, to := max(off, first), min(end, first+e.Compressed)
		if from < to {
			yield(e.Source, e.Offset+from-first, e.Offset+to-first)
		}
	}
}
