package wheel

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Wheel is an immutable view of one wheel. It is safe for concurrent use if the reader
// given to [Open] is.
type Wheel struct {
	name     string // file name, for messages
	archive  *archive
	distInfo string // the NAME-VERSION.dist-info folder
	files    []placed
	twins    [][2]int // indexes of members with the same path
	record   *member
}

// maxMetadata is the size in bytes of the largest metadata file that is read. The largest
// RECORD of a real wheel has about 1 MB.
const maxMetadata = 8 << 20

// Open reads the central directory of the wheel of size bytes in r and determines the paths
// of its files. name is the file name of the wheel, NAME-VERSION-….whl, which must match
// the .dist-info folder. The Wheel and its entries read from r.
//
// Open is for wheels that [Verify] accepts. It rejects files that a layer cannot have, but
// does not read content. Errors are of kind fault.Index, and name the wheel and the entry.
func Open(r io.ReaderAt, size int64, name string) (*Wheel, error) {
	w, err := open(r, size, name)
	if err != nil {
		return nil, openFault(name, err)
	}
	return w, nil
}

// openFault returns the error for a wheel that was valid when it was verified.
func openFault(name string, err error) error {
	e := &fault.Error{Kind: fault.Index, Message: "cannot read " + name, Subject: name, Err: err,
		Hints: []string{"remove damaged wheels from the cache, so that the next build downloads them again: lamella cache verify"}}
	switch {
	case errors.As(err, new(misnamedError)): // it was verified without its name
		e.Hints = wrongHints(distributionOf(name))
	case errors.As(err, new(entryPointError)): // it is read only if commands are wanted
		e.Hints = append(wrongHints(distributionOf(name)), "or leave out all commands: --scripts=false")
	}
	return e
}

// open is like Open, but returns a plain error. If name is "", it accepts any .dist-info
// folder.
func open(r io.ReaderAt, size int64, name string) (*Wheel, error) {
	a, err := readArchive(r, size)
	if err != nil {
		return nil, err
	}
	return openArchive(a, name)
}

func openArchive(a *archive, name string) (*Wheel, error) {
	w := &Wheel{name: name, archive: a}
	var err error
	if w.distInfo, err = findDistInfo(a.members, name); err != nil {
		return nil, err
	}
	if w.files, err = w.layout(); err != nil {
		return nil, err
	}
	if err := w.checkClash(); err != nil {
		return nil, err
	}
	for _, required := range []string{"METADATA", "WHEEL", "RECORD"} {
		if w.find(required) == nil {
			return nil, fmt.Errorf("%s/%s is missing", w.distInfo, required)
		}
	}
	w.record = w.find("RECORD")
	return w, w.checkVersion()
}

// findDistInfo returns the only top-level folder named *.dist-info. As in pip, its name
// must start with the distribution's name, but its version may be spelled differently.
// [Facts.Open] compares METADATA.
func findDistInfo(members []member, name string) (string, error) {
	var found string
	for i := range members {
		top, _, nested := strings.Cut(members[i].name, "/")
		if !nested || !strings.HasSuffix(top, ".dist-info") || top == found {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("there are two .dist-info folders, %q and %q", found, top)
		}
		found = top
	}
	if found == "" {
		return "", errors.New("the .dist-info folder is missing")
	}
	if name != "" && !strings.HasPrefix(pep503.Normalize(found), distributionOf(name)+"-") {
		return "", misnamedError(found)
	}
	return found, nil
}

// misnamedError is the error for a .dist-info folder that does not match the wheel's
// file name.
type misnamedError string

func (e misnamedError) Error() string {
	return fmt.Sprintf("the folder %q belongs to another distribution", string(e))
}

// distributionOf returns the normalized name of the distribution in a wheel's file name.
func distributionOf(file string) string {
	distribution, _, _ := strings.Cut(path.Base(file), "-")
	return pep503.Normalize(distribution)
}

// relock is the hint for a wheel that has to be replaced by another version.
const relock = "lock another version, and report the problem to the authors of the wheel"

// wrongHints are the hints for a wheel that was built wrongly.
func wrongHints(distribution string) []string {
	return []string{relock, "or exclude the distribution: --exclude " + distribution}
}

// checkClash returns an error if a file and a folder have the same name.
func (w *Wheel) checkClash() error {
	var entries []layer.Entry
	for _, f := range w.files {
		if f.path != "" {
			entries = append(entries, layer.Entry{Name: f.path})
		}
	}
	if file, beneath := layer.Clash(entries); file >= 0 {
		return entryError(entries[beneath].Name, fmt.Errorf("is in a folder that has the same name as the file %q", entries[file].Name))
	}
	return nil
}

// find returns the file with the given name in the .dist-info folder, or nil if there is
// none.
func (w *Wheel) find(name string) *member {
	for _, f := range w.files {
		if rest, ok := strings.CutPrefix(f.name, w.distInfo+"/"); ok && rest == name {
			return f.member
		}
	}
	return nil
}

// formatError is the error for a wheel of a later version of the format, which may be valid.
type formatError string

func (version formatError) Error() string { return version.of("the wheel") }

// of returns the message for the wheel with the given file name.
func (version formatError) of(file string) string {
	return fmt.Sprintf("%s uses version %s of the wheel format, but this version of lamella supports only version 1", file, string(version))
}

// checkVersion rejects wheels of a major version of the format above 1, as the
// specification requires. Some published wheels have several Wheel-Version headers; the
// first one counts.
func (w *Wheel) checkVersion() error {
	content, err := w.read(w.find("WHEEL"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(key), "Wheel-Version") {
			continue
		}
		value = strings.TrimSpace(value)
		major, _, _ := strings.Cut(value, ".")
		if n, err := strconv.Atoi(major); err != nil || n < 0 {
			return fmt.Errorf("the Wheel-Version %q is not a version", value)
		} else if n > 1 {
			return formatError(value)
		}
		return nil
	}
	return errors.New("the WHEEL file has no Wheel-Version")
}

// read inflates a metadata file.
func (w *Wheel) read(m *member) ([]byte, error) {
	if m.size > maxMetadata {
		return nil, entryError(m.name, fmt.Errorf("has %d bytes, but the limit is %d", m.size, maxMetadata))
	}
	offset, err := w.archive.dataOffset(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(m.size) + bytes.MinRead) // growing while reading would need up to three times as much
	e := w.entry(m, m.name, offset)
	if err := e.Check(); err != nil {
		return nil, err
	}
	n, err := b.ReadFrom(e.Open())
	if err != nil {
		return nil, entryError(m.name, fmt.Errorf("cannot be unpacked: %w", err))
	}
	if n != m.size || crc32.ChecksumIEEE(b.Bytes()) != m.crc {
		return nil, entryError(m.name, errors.New("does not match its size and CRC"))
	}
	return b.Bytes(), nil
}

// entry returns m as an entry of a layer with the given path. offset is the offset of its
// data.
func (w *Wheel) entry(m *member, path string, offset int64) layer.Entry {
	return layer.Entry{
		Name:       layer.Root + path,
		Executable: isExecutable(m.attrs),
		Method:     m.method,
		CRC32:      m.crc,
		Compressed: m.compressed,
		Size:       m.size,
		Source:     w.archive.r,
		Offset:     offset,
		Sum:        m.sum,
		Code:       m.code,
	}
}

// Selection specifies which files of a wheel go into a layer.
type Selection struct {
	// Exclude reports whether to omit a file, given its path relative to python/ ("bin/x"
	// for files in the layer's own bin/) and its unzipped size in bytes. If it is nil, no
	// file is omitted.
	Exclude func(path string, size int64) bool
	// Scripts adds the wheel's scripts and entry points to the layer's bin/, as pip
	// installs them, except for the first line and the search path.
	Scripts bool
}

func (s *Selection) excludes(path string, size int64) bool {
	return s.Exclude != nil && s.Exclude(path, size)
}

// Entries returns the wheel's files with their paths in a layer, without the files for
// which exclude reports true. It is [Wheel.Select] without scripts.
func (w *Wheel) Entries(exclude func(path string, size int64) bool) ([]layer.Entry, error) {
	return w.Select(Selection{Exclude: exclude})
}

// Select returns the wheel's files with their paths in a layer, in the order of the
// archive, followed by the files in bin/. Their Owner is empty.
//
// RECORD is the wheel's own if no file was moved, omitted, or added. Otherwise, it is a
// new, stored entry that lists the files of the layer.
func (w *Wheel) Select(s Selection) ([]layer.Entry, error) {
	entries, err := w.entries(&s)
	if err != nil {
		return nil, openFault(w.name, err)
	}
	return entries, nil
}

func (w *Wheel) entries(s *Selection) ([]layer.Entry, error) {
	offsets, err := w.archive.dataOffsets()
	if err != nil {
		return nil, err
	}
	entries := make([]layer.Entry, 0, len(w.files))
	moved := make(map[string]string) // name in the wheel → path, "" if left out
	record := -1
	for _, f := range w.files {
		path := f.path
		if path != "" && s.excludes(path, f.size) {
			path = ""
		}
		if path != f.name {
			moved[f.name] = path
		}
		if path == "" {
			continue
		}
		if f.member == w.record {
			record = len(entries)
		}
		entries = append(entries, w.entry(f.member, path, offsets[f.index]))
	}
	var added []Row
	if s.Scripts {
		bin, rows, err := w.bin(s, offsets)
		if err != nil {
			return nil, err
		}
		entries, added = append(entries, bin...), rows
	}
	if record < 0 || len(moved)+len(added) == 0 {
		return entries, nil
	}
	content, err := w.rewriteRecord(moved, added)
	if err != nil {
		return nil, err
	}
	entries[record] = stored(entries[record].Name, content)
	return entries, nil
}

// rewriteRecord returns RECORD with the rows of moved files changed or removed, and with
// the added rows.
func (w *Wheel) rewriteRecord(moved map[string]string, added []Row) ([]byte, error) {
	rows, err := w.rows()
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if path, ok := moved[rows[i].Path]; ok {
			rows[i].Path = path
		}
	}
	rows = slices.DeleteFunc(rows, func(row Row) bool { return row.Path == "" })
	return FormatRecord(append(rows, added...)), nil
}

// stored returns an entry for a generated file. It is not compressed, so that its bytes in
// the zip do not depend on the version of Go's compressor.
func stored(name string, content []byte) layer.Entry {
	return layer.Entry{
		Name:       name,
		CRC32:      crc32.ChecksumIEEE(content),
		Compressed: int64(len(content)),
		Size:       int64(len(content)),
		Source:     bytes.NewReader(content),
		Sum:        layer.SumOf(content),
	}
}
