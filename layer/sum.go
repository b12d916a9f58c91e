package layer

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
)

// castagnoli is the polynomial of CRC-32C, for which processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum is the CRC-32C of an entry's compressed bytes. It detects damage by a disk or a
// network. The zero value means that there is no sum.
type Sum uint64

// known is set in every Sum except the zero value.
const known Sum = 1 << 32

// SumOf returns the Sum of b.
func SumOf(b []byte) Sum { return known | Sum(crc32.Checksum(b, castagnoli)) }

// KnownSum returns the Sum with the CRC-32C crc.
func KnownSum(crc uint32) Sum { return known | Sum(crc) }

// CRC32C returns the CRC-32C; ok is false if there is no sum.
func (s Sum) CRC32C() (crc uint32, ok bool) { return uint32(s), s&known != 0 }

// Summer computes the Sum of the bytes written to it. The zero value is ready to use.
type Summer struct{ crc uint32 }

// Write adds b. It never fails.
func (s *Summer) Write(b []byte) (int, error) {
	s.crc = crc32.Update(s.crc, castagnoli, b)
	return len(b), nil
}

// Sum returns the Sum of the bytes written so far.
func (s *Summer) Sum() Sum { return KnownSum(s.crc) }

// Reset returns s to its zero value.
func (s *Summer) Reset() { s.crc = 0 }

// Damaged is the error for bytes that changed after they were verified, because of the
// disk, a network file system, or this machine's memory.
type Damaged struct {
	Name string // name of the entry or file
	Of   string // distribution or file that it belongs to, "" if unknown
	Err  error  // the difference
}

func (d *Damaged) Error() string {
	if errors.Is(d.Err, fs.ErrNotExist) {
		return d.Err.Error() // names the file
	}
	of := ""
	if d.Of != "" {
		of = " (from " + d.Of + ")"
	}
	return fmt.Sprintf("this machine's copy of %q%s changed after lamella verified it: %v", d.Name, of, d.Err)
}

func (d *Damaged) Unwrap() error { return d.Err }

// Compare returns a *Damaged if got, the current sum of e's compressed bytes, differs from
// e.Sum.
func (e *Entry) Compare(got Sum) error {
	if _, ok := e.Sum.CRC32C(); !ok || e.Sum == got {
		return nil
	}
	return &Damaged{e.Name, e.Owner, fmt.Errorf("the CRC-32C of its compressed bytes is %08x, not %08x", uint32(got), uint32(e.Sum))}
}

// Check reads e's compressed bytes and returns a *Damaged if it cannot read them or if they
// have changed since they were verified. If e has no Sum, it reads nothing.
func (e *Entry) Check() error {
	if _, ok := e.Sum.CRC32C(); !ok {
		return nil
	}
	var s Summer
	n, err := io.Copy(&s, io.NewSectionReader(e.Source, e.Offset, e.Compressed))
	if err == nil && n < e.Compressed {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &Damaged{e.Name, e.Owner, err}
	}
	return e.Compare(s.Sum())
}
