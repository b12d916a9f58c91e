package wheel

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Facts is what [Examine] found out about a wheel: checksums that detect changes to the
// file, its name and version, and which of its files are machine code. Facts are stored as
// JSON beside the wheel and used to open it later.
type Facts struct {
	size      int64
	directory int64  // where the central directory begins
	tail      uint32 // CRC-32C of the file from directory to its end
	name      string // in METADATA
	version   string
	sums      []layer.Sum // of the members' compressed bytes
	code      []*layer.Code
}

// factsFormat is increased when older facts would be misunderstood or are insufficient.
const factsFormat = 2

// storedFacts is Facts as JSON.
type storedFacts struct {
	Format    int                 `json:"format"`
	Size      int64               `json:"size"`
	Directory int64               `json:"directory"`
	Tail      uint32              `json:"tail"`
	Name      string              `json:"name"`
	Version   string              `json:"version"`
	Sums      []byte              `json:"sums"` // four bytes per member, little-endian
	Code      map[int]*layer.Code `json:"code,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (f *Facts) MarshalJSON() ([]byte, error) {
	s := storedFacts{Format: factsFormat, Size: f.size, Directory: f.directory, Tail: f.tail, Name: f.name, Version: f.version,
		Code: map[int]*layer.Code{}}
	for i, sum := range f.sums {
		crc, _ := sum.CRC32C()
		s.Sums = binary.LittleEndian.AppendUint32(s.Sums, crc)
		if f.code[i] != nil {
			s.Code[i] = f.code[i]
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON implements json.Unmarshaler. It returns an error for facts of another
// format.
func (f *Facts) UnmarshalJSON(data []byte) error {
	var s storedFacts
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	n := len(s.Sums) / 4
	if s.Format != factsFormat || len(s.Sums)%4 != 0 || s.Directory < 0 || s.Directory > s.Size {
		return errors.New("the facts about the wheel have an unknown format")
	}
	*f = Facts{size: s.Size, directory: s.Directory, tail: s.Tail, name: s.Name, version: s.Version,
		sums: make([]layer.Sum, n), code: make([]*layer.Code, n)}
	for i := range n {
		f.sums[i] = layer.KnownSum(binary.LittleEndian.Uint32(s.Sums[4*i:]))
	}
	for i, code := range s.Code {
		if i < 0 || i >= n {
			return errors.New("the facts about the wheel name a file that it does not have")
		}
		f.code[i] = code
	}
	return nil
}

// facts returns the Facts of w, except those about its members.
func (w *Wheel) facts(size int64) (*Facts, error) {
	n := len(w.archive.members)
	f := &Facts{size: size, directory: w.archive.directory, sums: make([]layer.Sum, n), code: make([]*layer.Code, n)}
	tail, err := readTail(w.archive.r, f.directory, size)
	if err != nil {
		return nil, err
	}
	f.tail = checksum(tail)
	metadata, err := w.read(w.find("METADATA"))
	if err != nil {
		return nil, err
	}
	f.name, f.version = identity(metadata)
	return f, nil
}

// checksum returns the CRC-32C of b.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// readTail reads the archive from its central directory to its end.
func readTail(r io.ReaderAt, directory, size int64) ([]byte, error) {
	const rest = end64Size + locatorSize + endSize + max16
	if size-directory > maxDirectory+rest {
		return nil, fmt.Errorf("the central directory is larger than %d bytes", maxDirectory)
	}
	tail := make([]byte, size-directory)
	if err := readAt(r, tail, directory); err != nil {
		return nil, fmt.Errorf("cannot read the central directory: %w", err)
	}
	return tail, nil
}

// Open is like the function [Open], for the wheel that f describes. If the file has
// changed, the error wraps a *layer.Damaged; so do errors when entries are read later. Like
// other installers, it rejects a wheel whose METADATA has a different name or version than
// the file name.
func (f *Facts) Open(r io.ReaderAt, size int64, name string) (*Wheel, error) {
	w, err := f.open(r, size, name)
	if err != nil {
		return nil, openFault(name, err)
	}
	return w, f.checkName(name)
}

func (f *Facts) open(r io.ReaderAt, size int64, name string) (*Wheel, error) {
	damaged := func(err error) error { return &layer.Damaged{Name: name, Err: err} }
	if size != f.size {
		return nil, damaged(fmt.Errorf("it has %d bytes instead of %d", size, f.size))
	}
	tail, err := readTail(r, f.directory, size)
	if err != nil {
		return nil, damaged(err)
	}
	if got := checksum(tail); got != f.tail {
		return nil, damaged(fmt.Errorf("the CRC-32C of its central directory is %08x, not %08x", got, f.tail))
	}
	// Parse the bytes that were checked, rather than reading them again.
	a, err := readArchive(overlay{r, f.directory, tail}, size)
	if err != nil {
		return nil, err
	}
	if len(a.members) != len(f.sums) {
		return nil, damaged(fmt.Errorf("it has %d entries instead of %d", len(a.members), len(f.sums)))
	}
	a.r, a.known = r, name
	for i := range a.members {
		a.members[i].sum, a.members[i].code = f.sums[i], f.code[i]
	}
	return openArchive(a, name)
}

// overlay reads from tail at and after offset at, and from r before it.
type overlay struct {
	r    io.ReaderAt
	at   int64
	tail []byte
}

func (o overlay) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < o.at {
		var err error
		if n, err = o.r.ReadAt(b[:min(int64(len(b)), o.at-off)], off); err != nil || n == len(b) {
			return n, err
		}
	}
	copied := copy(b[n:], o.tail[min(off+int64(n)-o.at, int64(len(o.tail))):])
	if n += copied; n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Identity returns the Name and Version from METADATA, not normalized.
func (f *Facts) Identity() (name, version string) { return f.name, f.version }

// checkName compares METADATA with the wheel's file name.
func (f *Facts) checkName(file string) error {
	parsed, err := pep425.ParseWheelName(path.Base(file))
	if err != nil {
		return nil // a name that the caller made up
	}
	return f.refuse(file, f.compare(parsed.Name, parsed.Version.String(), "its file name"), wrongHints(distributionOf(file)))
}

// CheckLocked compares METADATA with the name and version in the lock file, which are "" if
// it has none. file is the name of the wheel in the error, which is of kind fault.Index.
func (f *Facts) CheckLocked(file, name, version string) error {
	difference := f.compare(name, version, "the lock file")
	distribution := cmp.Or(pep503.Normalize(name), distributionOf(file))
	hints := wrongHints(distribution)
	if parsed, err := pep425.ParseWheelName(path.Base(file)); err == nil && f.compare(parsed.Name, parsed.Version.String(), "") == "" {
		hints[0] = "update the lock file" // because the wheel agrees with itself
	}
	return f.refuse(file, difference, hints)
}

// compare returns how METADATA differs from the name and version, or "" if it does not.
// where says where these are from, such as "the lock file".
func (f *Facts) compare(name, version, where string) string {
	if name != "" && pep503.Normalize(f.name) != pep503.Normalize(name) {
		return differs("name", f.name, name, where)
	}
	if version == "" || sameVersion(f.version, version) {
		return ""
	}
	return differs("version", f.version, version, where)
}

// differs says that a METADATA field, which is "" if it is missing, has another value than
// expected.
func differs(field, value, expected, where string) string {
	if value == "" {
		return fmt.Sprintf("has no %s in its METADATA, but %s has %q", field, where, expected)
	}
	return fmt.Sprintf("has the %s %q in its METADATA, but %q in %s", field, value, expected, where)
}

// sameVersion compares METADATA's version with the expected one according to PEP 440. A
// local version ("1.0+cpu") may be missing from one of them, because it describes the
// build.
func sameVersion(a, b string) bool {
	y, err := pep440.Parse(b)
	if err != nil { // the project computes its version
		return true
	}
	x, err := pep440.Parse(a)
	return err == nil && (x.Compare(y) == 0 || x.WithoutLocal().Compare(y) == 0 || x.Compare(y.WithoutLocal()) == 0)
}

// refuse returns the error for a file with this difference, or nil if there is none.
func (f *Facts) refuse(file, difference string, hints []string) error {
	if difference == "" {
		return nil
	}
	return &fault.Error{Kind: fault.Index, Message: path.Base(file) + " " + difference, Subject: path.Base(file), Hints: hints}
}

// excludeFlag returns the flag that excludes the distribution of the wheel with the file
// name file.
func excludeFlag(file string) string {
	return "--exclude " + distributionOf(file)
}
