package index

import (
	"errors"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/resolve"
)

// sizeLimit is how many bytes a file may have: those that are stated for it, or
// as many as are sensible.
type sizeLimit struct {
	max    int64
	stated bool
}

// limitOf returns the limit of d's file, otherwise if nobody states its size.
func limitOf(d resolve.Distribution, otherwise int64) sizeLimit {
	if d.File.Size > 0 {
		return sizeLimit{min(d.File.Size, otherwise), d.File.Size <= otherwise}
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
	case l.stated:
		return fmt.Errorf("%w: more came than the %s that the lock file or the index states for it", errTooMuch, bound.Size(l.max))
	}
	return fmt.Errorf("%w: more came than %s, the most that lamella takes where no size is stated", errTooMuch, bound.Size(l.max))
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
