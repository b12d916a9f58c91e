// Package layer describes the content of a layer as entries: files with their paths and
// their compressed bytes.
//
// Package wheel makes entries from a wheel, package builder merges the entries of many
// wheels (or of a folder), package audit measures them, and package layerzip writes them to
// a zip. An entry refers to its compressed bytes instead of containing them, so the entries
// of a 250 MB layer take less than a megabyte.
package layer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

// The compression methods of entries, by their numbers in a zip (APPNOTE.TXT 4.4.5). Wheels
// and layers use no others.
const (
	Store   uint16 = 0
	Deflate uint16 = 8
)

// Root is the folder of a layer that contains the distributions. Lambda adds it to Python's
// sys.path as /opt/python.
const Root = "python/"

// ErrEmpty is the error for a layer without files, which Lambda does not accept.
var ErrEmpty = errors.New("the layer is empty")

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
	Sum    Sum    // of the compressed bytes when they were verified
	Code   *Code  // the kind of machine code, nil if it is not machine code or unknown
	Owner  string // the distribution it belongs to, "" for files of a folder
}

// Path returns the entry's path as Python sees it: relative to Root, or the full name if
// the entry is outside Root.
func (e Entry) Path() string { return strings.TrimPrefix(e.Name, Root) }

// Open returns a reader of the entry's unzipped bytes, at most Size of them. It
// checks neither Size nor CRC32, because a wheel is verified once, when it enters the
// cache. [Entry.Check] detects later changes by Sum.
func (e Entry) Open() io.Reader {
	var r io.Reader = io.NewSectionReader(e.Source, e.Offset, e.Compressed)
	if e.Method == Deflate {
		r = flate.NewReader(r)
	}
	return io.LimitReader(r, e.Size)
}

// SameContent reports whether two entries have the same unzipped bytes. It compares
// size and CRC-32, then the SHA-256, because a CRC-32 can be forged. The error is a
// *Damaged if the bytes have changed since they were verified.
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
