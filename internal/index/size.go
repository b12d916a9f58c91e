package index

import (
	"errors"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/resolve"
)

// sizeLimit is the maximum number of bytes that are accepted for a file. It is higher than
// the stated size, because pip and uv check only the hash.
type sizeLimit struct {
	max    int64
	stated int64 // stated size in bytes, 0 if unknown
}

// sizeSlack is the number of bytes by which a file may exceed twice its stated size.
const sizeSlack = 1_000_000

// limitOf returns the limit for d's file. It is otherwise if the size of the file is
// unknown.
func limitOf(d resolve.Distribution, otherwise int64) sizeLimit {
	if d.File.Size > 0 && d.File.Size <= otherwise {
		return sizeLimit{min(2*d.File.Size+sizeSlack, otherwise), d.File.Size}
	}
	return sizeLimit{max: otherwise}
}

// errTooMuch is wrapped by the error for a file that is too large.
var errTooMuch = errors.New("the file is too large")

// check returns an error if n bytes are too many.
func (l sizeLimit) check(n int64) error {
	switch {
	case n <= l.max:
		return nil
	case l.stated > 0:
		return fmt.Errorf("%w: it is larger than %s, but the lock file or the index says %s", errTooMuch, bound.Size(l.max), bound.Size(l.stated))
	}
	return fmt.Errorf("%w: it is larger than %s, the limit for files of unknown size", errTooMuch, bound.Size(l.max))
}

// reader returns a reader of r that returns an error once it has read too much.
func (l sizeLimit) reader(r io.Reader) io.Reader { return &sizedReader{r: r, limit: l} }

type sizedReader struct {
	r     io.Reader
	read  int64
	limit sizeLimit
}

func (s *sizedReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.read += int64(n)
	if tooMuch := s.limit.check(s.read); tooMuch != nil {
		return 0, tooMuch
	}
	return n, err
}
