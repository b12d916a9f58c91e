// Package layer describes what is inside a layer: entries, each a file at its
// place with its still-compressed bytes.
//
// Entries are what the composing half of lamella speaks: package wheel makes
// them from a wheel, package builder merges those of many wheels (or of a
// folder), package audit measures them and package layerzip writes them out.
// An entry holds no content, only where its compressed bytes lie, so the
// entries of a layer of 250 MB take less than a megabyte.
package layer

import (
	"compress/flate"
	"io"
	"strings"
)

// The two ways an entry's bytes may be held, by their numbers in a zip
// (APPNOTE.TXT 4.4.5). No other method is used in wheels or layers.
const (
	Store   uint16 = 0
	Deflate uint16 = 8
)

// Root is the folder of a layer that Lambda puts on Python's sys.path, as
// /opt/python. Distributions are installed right in it.
const Root = "python/"

// Entry is one file of a layer.
type Entry struct {
	Name       string // slash-separated path in the zip: "python/numpy/__init__.py"
	Executable bool   // mode 0755, else 0644
	Method     uint16 // Store or Deflate
	CRC32      uint32 // IEEE, of the unzipped bytes
	Compressed int64  // bytes in the zip
	Size       int64  // bytes unzipped
	// Source holds the compressed bytes at [Offset, Offset+Compressed).
	Source io.ReaderAt
	Offset int64
	Owner  string // the distribution it belongs to, "" in a plain tree
}

// Path returns the entry's path as Python sees it: relative to Root, or the
// whole name of an entry outside Root.
func (e Entry) Path() string { return strings.TrimPrefix(e.Name, Root) }

// Open returns a reader of the entry's unzipped bytes, at most Size of them.
// It checks neither Size nor CRC32: a wheel is verified once, when it enters
// the cache.
func (e Entry) Open() io.Reader {
	var r io.Reader = io.NewSectionReader(e.Source, e.Offset, e.Compressed)
	if e.Method == Deflate {
		r = flate.NewReader(r)
	}
	return io.LimitReader(r, e.Size)
}
