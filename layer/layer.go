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
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
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

// ErrEmpty is the reason against a layer without a file.
var ErrEmpty = errors.New("it has no file in it; Lambda takes no empty layer")

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
	Sum    Sum    // of the compressed bytes, as they were when they were checked
	Code   *Code  // what machine code it is, nil if it is none or nobody looked
	Owner  string // the distribution it belongs to, "" in a plain tree
}

// Path returns the entry's path as Python sees it: relative to Root, or the
// whole name of an entry outside Root.
func (e Entry) Path() string { return strings.TrimPrefix(e.Name, Root) }

// Open returns a reader of the entry's unzipped bytes, at most Size of them.
// It checks neither Size nor CRC32: a wheel is verified once, when it enters
// the cache. That the bytes are still those is what Sum is for: [Entry.Check].
func (e Entry) Open() io.Reader {
	var r io.Reader = io.NewSectionReader(e.Source, e.Offset, e.Compressed)
	if e.Method == Deflate {
		r = flate.NewReader(r)
	}
	return io.LimitReader(r, e.Size)
}

// SameContent compares two entries by size and CRC, then by the SHA-256 of their
// unzipped bytes: packers differ, and a CRC can be made to fit. An error of bytes
// that are not those that were checked is a *Damaged.
func SameContent(a, b Entry) (bool, error) {
	if a.Size != b.Size || a.CRC32 != b.CRC32 {
		return false, nil
	}
	sumA, err := contentSum(&a)
	if err != nil {
		return false, err
	}
	sumB, err := contentSum(&b)
	return bytes.Equal(sumA, sumB), err
}

func contentSum(e *Entry) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, e.Open()); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
