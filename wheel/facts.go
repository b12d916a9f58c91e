package wheel

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Facts is what [Examine] saw of a wheel: by what to notice that its file is not
// what it was, who it says it is, and which of its files are machine code. They
// are kept beside a wheel (as JSON), which is then opened by them.
type Facts struct {
	size      int64
	directory int64  // where the central directory begins
	tail      uint32 // CRC-32C from there to the end
	name      string // as METADATA states it
	version   string
	sums      []layer.Sum // of the members' packed bytes
	code      []*layer.Code
}

// factsFormat grows when a reader would misunderstand older facts, or has to know
// what they do not say.
const factsFormat = 1

// storedFacts is Facts as JSON.
type storedFacts struct {
	Format    int                 `json:"format"`
	Size      int64               `json:"size"`
	Directory int64               `json:"directory"`
	Tail      uint32              `json:"tail"`
	Name      string              `json:"name"`
	Version   string              `json:"version"`
	Sums      []byte              `json:"sums"` // four bytes a member, little-endian
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

// UnmarshalJSON implements json.Unmarshaler. Facts of another format are an error.
func (f *Facts) UnmarshalJSON(data []byte) error {
	var s storedFacts
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	n := len(s.Sums) / 4
	if s.Format != factsFormat || len(s.Sums)%4 != 0 || s.Directory < 0 || s.Directory > s.Size {
		return errors.New("these are no facts that this lamella understands")
	}
	*f = Facts{size: s.Size, directory: s.Directory, tail: s.Tail, name: s.Name, version: s.Version,
		sums: make([]layer.Sum, n), code: make([]*layer.Code, n)}
	for i := range n {
		f.sums[i] = layer.KnownSum(binary.LittleEndian.Uint32(s.Sums[4*i:]))
	}
	for i, code := range s.Code {
		if i < 0 || i >= n {
			return errors.New("these are facts about more files than there are")
		}
		f.code[i] = code
	}
	return nil
}

// facts begins the Facts of w, without those about its members.
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

// checksum is the CRC-32C of b.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// readTail reads the archive from its central directory on.
func readTail(r io.ReaderAt, directory, size int64) ([]byte, error) {
	const rest = end64Size + locatorSize + endSize + max16
	if size-directory > maxDirectory+rest {
		return nil, fmt.Errorf("its central directory is larger than %d bytes", maxDirectory)
	}
	tail := make([]byte, size-directory)
	if err := readAt(r, tail, directory); err != nil {
		return nil, fmt.Errorf("read its central directory: %w", err)
	}
	return tail, nil
}

// Open is the function [Open] for a file that is to be the wheel that f are about.
// If it is another by now, the error wraps a *layer.Damaged; so do errors of
// entries that are read later. It also compares who the wheel says it is, in its
// METADATA, with its file name: installers refuse the one that is another.
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
		return nil, damaged(fmt.Errorf("it has %d bytes, it had %d", size, f.size))
	}
	tail, err := readTail(r, f.directory, size)
	if err != nil {
		return nil, damaged(err)
	}
	if got := checksum(tail); got != f.tail {
		return nil, damaged(fmt.Errorf("its central directory has the CRC-32C %08x, it had %08x", got, f.tail))
	}
	// What was checked is parsed, and not read a second time.
	a, err := readArchive(overlay{r, f.directory, tail}, size)
	if err != nil {
		return nil, err
	}
	if len(a.members) != len(f.sums) {
		return nil, damaged(fmt.Errorf("it has %d entries, it had %d", len(a.members), len(f.sums)))
	}
	a.r, a.known = r, name
	for i := range a.members {
		a.members[i].sum, a.members[i].code = f.sums[i], f.code[i]
	}
	return openArchive(a, name)
}

// overlay reads what lies from at on from tail, and the rest from r.
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

// Identity returns the Name and Version of METADATA, as they are written.
func (f *Facts) Identity() (name, version string) { return f.name, f.version }

// checkName compares METADATA with the wheel's file name.
func (f *Facts) checkName(file string) error {
	parsed, err := pep425.ParseWheelName(path.Base(file))
	if err != nil {
		return nil // such as a name of the caller's own: it says nothing
	}
	return f.refuse(file, f.compare(parsed.Name, parsed.Version.String(), "its file name says"))
}

// CheckLocked compares METADATA with the name and version that were locked; ""
// for what the lock does not state. file names the wheel in the error, which is of
// kind fault.Index.
func (f *Facts) CheckLocked(file, name, version string) error {
	return f.refuse(file, f.compare(name, version, "the lock has"))
}

func (f *Facts) compare(name, version, who string) error {
	if name != "" && pep503.Normalize(f.name) != pep503.Normalize(name) {
		return fmt.Errorf("its METADATA states the name %q, %s %q", f.name, who, name)
	}
	if version == "" || sameVersion(f.version, version) {
		return nil
	}
	return fmt.Errorf("its METADATA states the version %q, %s %q", f.version, who, version)
}

// sameVersion compares by PEP 440 what METADATA states with what was expected. A
// local version ("1.0+cpu") may be stated at one place only: it is of who built,
// not of what.
func sameVersion(a, b string) bool {
	y, err := pep440.Parse(b)
	if err != nil { // the lock has none, as the project makes it up
		return true
	}
	x, err := pep440.Parse(a)
	return err == nil && (x.Compare(y) == 0 || x.WithoutLocal().Compare(y) == 0 || x.Compare(y.WithoutLocal()) == 0)
}

func (f *Facts) refuse(file string, err error) error {
	if err == nil {
		return nil
	}
	distribution, _, _ := strings.Cut(path.Base(file), "-")
	return &fault.Error{Kind: fault.Index, Op: "use wheel", Subject: path.Base(file), Err: err, Hints: []string{
		"the wheel is not what it says: report it to its authors, and choose another version in the lock file",
		"or leave the distribution out: --exclude " + pep503.Normalize(distribution),
	}}
}
