package wheel

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
)

// Verify checks the wheel of size bytes in r for everything that [Open] and a raw copy of
// its entries rely on:
//
//   - The archive: every local header, data descriptor, and end record agrees with the
//     central directory, nothing overlaps, and every byte belongs to an entry.
//   - What Open checks: names, paths, metadata, version.
//   - Each entry inflates to the size and CRC in the archive and uses all of its compressed
//     bytes. Verify never inflates more than that size.
//   - RECORD lists every file, with its size and its sha256, sha384, or sha512 (PyPA "Binary
//     distribution format": installers must refuse a wheel otherwise). If only this check
//     fails, the error wraps a [RecordError].
//
// Verify ignores RECORD's rows for files that the wheel does not have: they are common, and
// pip and uv install such wheels.
//
// It uses all processors. The error, of kind fault.Index, is about the first invalid
// entry in the archive's order. It names the wheel's file, name, unless that is "".
func Verify(r io.ReaderAt, size int64, name string) error {
	_, err := Examine(r, size, name)
	return err
}

// Examine is like [Verify], but also returns the wheel's Facts, which later runs use to
// detect damage. It returns them even with an error that wraps a [RecordError].
func Examine(r io.ReaderAt, size int64, name string) (*Facts, error) {
	return verified(r, size, name, nil)
}

// verified is like Examine. known holds the members that have already been examined, by the
// offset of their data.
func verified(r io.ReaderAt, size int64, name string, known map[int64]seen) (*Facts, error) {
	facts, err := examine(r, size, name, known)
	if err == nil {
		return facts, nil
	}
	file, exclude := "the file", "--exclude NAME"
	if name != "" {
		file, exclude = path.Base(name), excludeFlag(name)
	}
	e := &fault.Error{Kind: fault.Index, Subject: file, Message: file + " is not a valid wheel", Err: err, Hints: []string{
		relock,
		"or exclude the distribution: " + exclude,
	}}
	if version := formatError(""); errors.As(err, &version) {
		e.Message, e.Err, e.Sentinel = version.of(file), nil, err
		e.Hints = []string{"upgrade lamella", "or lock another version", e.Hints[1]}
	}
	if record := (*RecordError)(nil); errors.As(err, &record) {
		e.Hints = []string{"add the wheel's hash to the lock file, which turns this error into a warning", "or " + relock, e.Hints[1]}
	}
	return facts, e
}

func examine(r io.ReaderAt, size int64, name string, known map[int64]seen) (*Facts, error) {
	w, err := open(r, size, "")
	if err != nil {
		return nil, err
	}
	offsets, err := w.archive.checkLayout()
	if err != nil {
		return nil, err
	}
	content, err := w.read(w.record)
	if err != nil {
		return nil, err
	}
	listed, odd, err := w.listed(content)
	if err != nil {
		return nil, err
	}
	facts, err := w.facts(size)
	if err != nil {
		return nil, err
	}
	record, err := w.checkContents(contentCheck{offsets, listed, known}, odd, facts)
	if err != nil {
		return nil, err
	}
	if err := w.checkTwins(offsets); err != nil {
		return nil, err
	}
	if err := w.readLibc(name, offsets, facts); err != nil {
		return nil, err
	}
	return facts, record
}

// listed returns the rows of RECORD, whose content is given, by path. If a member has
// several rows, the last one counts. It skips other rows, because RECORD can have millions
// of them.
func (w *Wheel) listed(content []byte) (listed map[string]Row, odd, err error) {
	listed = make(map[string]Row, len(w.archive.members))
	for i := range w.archive.members {
		listed[w.archive.members[i].name] = Row{}
	}
	named := make(map[string]Row, len(listed))
	odd, err = eachRow(bytes.NewReader(content), func(row Row) {
		if _, ok := listed[row.Path]; ok {
			named[row.Path] = row
		}
	})
	return named, odd, err
}

// contentCheck is the input of checkContents.
type contentCheck struct {
	offsets []int64 // of their data
	listed  map[string]Row
	known   map[int64]seen // members already examined, by the offset of their data
}

// checkContents inflates every member, several at a time, compares it with its row, and
// adds it to facts. It starts members in order and starts none after the first failure, so
// the failure with the lowest index is the same in every run. odd is an error about RECORD
// as a whole, or nil; record combines it with the errors about rows.
func (w *Wheel) checkContents(by contentCheck, odd error, facts *Facts) (record, err error) {
	members := w.archive.members
	var (
		next     atomic.Int64
		failed   atomic.Bool
		group    sync.WaitGroup
		errs     = make([]error, len(members))
		unlisted = make([]error, len(members)) // differences from RECORD
	)
	for range min(runtime.GOMAXPROCS(0), len(members)) {
		group.Go(func() {
			c := newChecker()
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(members) {
					return
				}
				m := &members[i]
				row, ok := by.listed[m.name]
				got, record, err := c.check(w.entry(m, "", by.offsets[i]), row, by.known[by.offsets[i]])
				if unfit := w.checkRow(m, row, ok); unfit != nil {
					record = unfit
				}
				if record != nil {
					unlisted[i] = entryError(m.name, record)
				}
				if err != nil {
					errs[i] = entryError(m.name, err)
					failed.Store(true)
					continue
				}
				facts.sums[i], facts.code[i] = got.sum, got.code
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return recordError(odd, unlisted), nil
}

// checkRow returns an error unless m has a row with a hash. Folders, RECORD itself, and its
// signatures do not need one.
func (w *Wheel) checkRow(m *member, row Row, listed bool) error {
	switch {
	case m.isFolder() || unsigned(m.name, w.distInfo):
		return nil
	case !listed:
		return errors.New("is not listed in RECORD")
	case row.Hash == "":
		return errors.New("has no hash in RECORD")
	}
	return nil
}

// checker checks one entry after another and reuses its buffers.
type checker struct {
	packed  *bufio.Reader // an io.ByteReader, so that flate does not read ahead
	inflate io.ReadCloser
	buffer  []byte
	sum     layer.Summer // of the compressed bytes of the last entry
	head    []byte       // its first unzipped bytes, at most layer.CodeHead
}

func newChecker() *checker {
	c := &checker{packed: bufio.NewReaderSize(nil, 64<<10), buffer: make([]byte, 64<<10)}
	c.inflate = flate.NewReader(c.packed)
	return c
}

// content describes the content of an inflated entry.
type content struct {
	size int64     // bytes, unzipped
	sum  layer.Sum // of the compressed bytes
	code *layer.Code
	hash []byte // of the unzipped bytes, nil if not computed
}

// check inflates e, unless known already holds the result. It compares the size and CRC
// with the archive, which is err, and the size and hash, if row has them, with RECORD,
// which is record.
func (c *checker) check(e layer.Entry, row Row, known seen) (got content, record, err error) {
	algorithm, want, _ := strings.Cut(row.Hash, "=")
	if known.is(&e, algorithm) {
		return known.content, compareRow(row, known.content, want), nil
	}
	var sum hash.Hash
	if row.Hash != "" {
		sum = newHash(algorithm)
	}
	if got, err = c.inflated(e, sum); err != nil {
		return got, nil, err
	}
	if row.Hash != "" && sum == nil {
		return got, fmt.Errorf("has a hash with the algorithm %q in RECORD, but only sha256, sha384, and sha512 are allowed", algorithm), nil
	}
	return got, compareRow(row, got, want), nil
}

// inflated inflates e, also into sum if it is not nil, and describes its content.
func (c *checker) inflated(e layer.Entry, sum hash.Hash) (got content, err error) {
	packed := io.NewSectionReader(e.Source, e.Offset, e.Compressed)
	c.sum.Reset()
	c.head = c.head[:0]
	c.packed.Reset(io.TeeReader(packed, &c.sum))
	var unpacked io.Reader = c.packed
	if e.Method == layer.Deflate {
		if err := c.inflate.(flate.Resetter).Reset(c.packed, nil); err != nil {
			return got, err
		}
		unpacked = c.inflate
	}
	var size int64
	var crc uint32
	for size <= e.Size {
		n, err := unpacked.Read(c.buffer)
		size += int64(n)
		c.head = append(c.head, c.buffer[:min(n, layer.CodeHead-len(c.head))]...)
		crc = crc32.Update(crc, crc32.IEEETable, c.buffer[:n])
		if sum != nil {
			sum.Write(c.buffer[:n])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return got, fmt.Errorf("cannot be unpacked: %w", err)
		}
	}
	left, _ := packed.Seek(0, io.SeekCurrent)
	switch used := left - int64(c.packed.Buffered()); {
	case size > e.Size:
		return got, fmt.Errorf("unpacks to more than the %d bytes that the archive records", e.Size)
	case size < e.Size:
		return got, fmt.Errorf("unpacks to %d bytes, but the archive records %d", size, e.Size)
	case used != e.Compressed:
		return got, fmt.Errorf("ends after %d of its %d compressed bytes", used, e.Compressed)
	case crc != e.CRC32:
		return got, fmt.Errorf("has the CRC %08x, but the archive records %08x", crc, e.CRC32)
	}
	got = content{size: size, sum: c.sum.Sum(), code: layer.CodeOf(c.head)}
	if sum != nil {
		got.hash = sum.Sum(nil)
	}
	return got, nil
}

// compareRow compares the content that was read with its row in RECORD.
func compareRow(row Row, got content, want string) error {
	if row.Hash != "" {
		if is := base64.RawURLEncoding.EncodeToString(got.hash); is != strings.TrimRight(want, "=") {
			return fmt.Errorf("has the hash %s in RECORD, but its content has %s", want, is)
		}
	}
	if row.Size != "" && row.Size != strconv.FormatInt(got.size, 10) {
		unit := "bytes"
		if got.size == 1 {
			unit = "byte"
		}
		return fmt.Errorf("is %d %s, but RECORD gives %s", got.size, unit, row.Size)
	}
	return nil
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}
