package index

import (
	"errors"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/resolve"
)

// sizeLimit is how many bytes are taken of a file: a little more than what is
// stated for it, as pip and uv go by its hash alone, or as many as are sensible.
type sizeLimit struct {
	max    int64
	stated int64 // 0 if nobody states it
}

// sizeSlack is how many bytes more than twice its stated size a file may have.
const sizeSlack = 1_000_000

// limitOf returns the limit of d's file, otherwise if nobody states its size.
func limitOf(d resolve.Distribution, otherwise int64) sizeLimit {
	if d.File.Size > 0 && d.File.Size <= otherwise {
		return sizeLimit{min(2*d.File.Size+sizeSlack, otherwise), d.File.Size}
	}
	return sizeLimit{max: otherwise}
}

// errTooMuch marks a file that is larger than it may be.
var errTooMuch = errors.New("the file is too large")

// check refuses a file of n bytes, or more, if that is too much.
func (l sizeLimit) check(n int64) error {
	switch {
	case n <= l.max:
		return nil
	case l.stated > 0:
		return fmt.Errorf("%w: it is larger than %s, but the lock file or the index says %s", errTooMuch, bound.Size(l.max), bound.Size(l.stated))
	}
	return fmt.Errorf("%w: it is larger than %s, the limit for files of unknown size", errTooMuch, bound.Size(l.max))
}

// reader returns r with an error behind what it may hold.
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
