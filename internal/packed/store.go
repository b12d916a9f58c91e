package packed

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/layer"
)

// Item is what was made from one source.
type Item struct {
	Name       string `json:"name"`       // of the source, in the layer
	SourceCRC  uint32 `json:"source_crc"` // IEEE, as in its entry
	SourceSize int64  `json:"source_size"`
	Rejected   string `json:"rejected,omitzero"` // why nothing was made from it
	Same       bool   `json:"same,omitzero"`     // what was made is identical to the source
	// Hash is the hash of the content, as in RECORD; "" if it is not needed.
	Hash string `json:"hash,omitzero"`

	// These describe what was made. They are zero if Rejected or Same is set.
	Method     uint16 `json:"method"`
	CRC32      uint32 `json:"crc"`
	Sum        uint32 `json:"sum"` // CRC-32C of the packed bytes
	Size       int64  `json:"size"`
	Compressed int64  `json:"compressed"`
	Offset     int64  `json:"offset"` // in the file

	packed []byte // bytes of an item that is not in a file yet
}

// NewItem returns an item for source, from which nothing has been made yet.
func NewItem(source *layer.Entry) Item {
	return Item{Name: source.Name, SourceCRC: source.CRC32, SourceSize: source.Size, packed: []byte{}}
}

// Pack sets the content that was made from the source.
func (i *Item) Pack(content []byte) {
	i.CRC32, i.Size = crc32.ChecksumIEEE(content), int64(len(content))
	i.Method, i.packed = Pack(content)
	i.Compressed, i.Sum = int64(len(i.packed)), checksum(i.packed)
}

// Source identifies what an item was made from, within one wheel.
type Source struct {
	name string
	crc  uint32
	size int64
}

// SourceOf returns the Source for an entry.
func SourceOf(e *layer.Entry) Source { return Source{e.Name, e.CRC32, e.Size} }

// BySource returns the items, keyed by source.
func BySource(items []Item) map[Source]*Item {
	index := make(map[Source]*Item, len(items))
	for k := range items {
		i := &items[k]
		index[Source{i.Name, i.SourceCRC, i.SourceSize}] = i
	}
	return index
}

// Entry returns what was made as an entry of the layer. at is the file that Load or Save
// returned. An item that is not in a file yet is read from memory.
func (i *Item) Entry(name, owner string, at io.ReaderAt) layer.Entry {
	if i.packed != nil {
		at = bytes.NewReader(i.packed)
	}
	return layer.Entry{Name: name, Method: i.Method, CRC32: i.CRC32, Sum: layer.KnownSum(i.Sum), Size: i.Size,
		Compressed: i.Compressed, Offset: i.Offset, Source: at, Owner: owner}
}

// Intact returns the items whose packed bytes in the file at are undamaged. It overwrites
// the slice items.
func Intact(items []Item, at io.ReaderAt) []Item {
	return slices.DeleteFunc(items, func(i Item) bool {
		e := i.Entry(i.Name, "", at)
		return e.Check() != nil
	})
}

// The end of a stored file: the CRC-32C of the index before it, the length of the index, and
// a marker that shows that the file is complete.
const (
	trailerSize = 4 + 8 + 8
	trailerMark = "lamella1"
	maxIndex    = 64 << 20
)

// Load returns the items that are stored under key, and the path of their file. What is
// damaged counts as missing.
func Load(c *cache.Cache, key string) (items []Item, path string) {
	path, ok := c.Derived(key)
	if !ok {
		return nil, ""
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, ""
	}
	if items = Read(f, info.Size()); items == nil {
		return nil, ""
	}
	return items, path
}

// Read returns the items in a stored file of length bytes, or nil if the file is damaged.
func Read(f io.ReaderAt, length int64) (items []Item) {
	if length < trailerSize {
		return nil
	}
	var trailer [trailerSize]byte
	if _, err := f.ReadAt(trailer[:], length-trailerSize); err != nil || string(trailer[12:]) != trailerMark {
		return nil
	}
	size := binary.LittleEndian.Uint64(trailer[4:])
	if size > maxIndex || int64(size) > length-trailerSize {
		return nil
	}
	data := length - trailerSize - int64(size)
	index := make([]byte, size)
	if _, err := f.ReadAt(index, data); err != nil || checksum(index) != binary.LittleEndian.Uint32(trailer[:]) {
		return nil
	}
	if json.Unmarshal(index, &items) != nil {
		return nil
	}
	for _, i := range items {
		if i.Offset < 0 || i.Compressed < 0 || i.Offset > data-i.Compressed {
			return nil
		}
	}
	return items
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Save stores items under key and sets their offsets. It copies items without packed bytes
// of their own from old, the file that contains them.
func Save(c *cache.Cache, key string, items []Item, old io.ReaderAt) (path string, err error) {
	return c.PutDerived(key, func(w io.Writer) error {
		var offset int64
		for k := range items {
			i := &items[k]
			if i.packed == nil {
				if _, err := io.Copy(w, io.NewSectionReader(old, i.Offset, i.Compressed)); err != nil {
					return err
				}
			} else if _, err := w.Write(i.packed); err != nil {
				return err
			}
			i.Offset, i.packed = offset, nil
			offset += i.Compressed
		}
		index, err := json.Marshal(items)
		if err != nil {
			return err
		}
		trailer := binary.LittleEndian.AppendUint32(nil, checksum(index))
		trailer = binary.LittleEndian.AppendUint64(trailer, uint64(len(index)))
		trailer = append(trailer, trailerMark...)
		_, err = w.Write(append(index, trailer...))
		return err
	})
}

// Files reads stored files, and keeps only one of them open: entries are read in the order
// of their names, and the entries of one distribution are next to each other. The zero value
// is ready to use.
type Files struct {
	mu   sync.Mutex
	path string
	open *os.File
}

// At returns the file at path. The file is opened when it is read.
func (f *Files) At(path string) io.ReaderAt { return stored{f, path} }

// stored is a file that belongs to a Files.
type stored struct {
	files *Files
	path  string
}

// Name returns the path of the file.
func (s stored) Name() string { return s.path }

// ReadAt opens the file if another file was read before. The error is a *layer.Damaged for a
// missing file as well as for a changed one.
func (s stored) ReadAt(b []byte, offset int64) (int, error) {
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	if s.files.path != s.path || s.files.open == nil {
		s.files.close()
		f, err := os.Open(s.path)
		if err != nil {
			return 0, &layer.Damaged{Name: s.path, Err: err}
		}
		s.files.path, s.files.open = s.path, f
	}
	return s.files.open.ReadAt(b, offset)
}

func (f *Files) close() {
	if f.open != nil {
		_ = f.open.Close()
		f.open = nil
	}
}

// Close closes the open file. Reading opens a file again.
func (f *Files) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.close()
	return nil
}
