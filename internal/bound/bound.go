// Package bound is how much lamella takes of what comes from outside: files that
// somebody else wrote, and answers of servers. Whoever reads such a thing reads it
// through this package, or names the limit from here.
//
// The limits are far above what real inputs need.
package bound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

const (
	kb = 1_000
	mb = 1_000_000
	gb = 1_000_000_000
)

// Bytes.
const (
	Page     = 64 * mb // an index page, unpacked; the largest are below 40 MB
	PageItem = 1 * mb  // one tag, text or JSON value on a page
	Header   = 1 * mb  // the header of an answer
	Wheel    = 2 * gb  // a wheel whose size nobody states; the largest are about 1 GB
	Sdist    = 1 * gb  // a source distribution whose size nobody states
	Document = 32 * mb // a plan, a build note, a record, a manifest; manifests are lock files of up to 6 MB
	Metadata = 16 * mb // a file of an installed .dist-info folder; the largest RECORDs are about 5 MB
	Answer   = 4 * mb  // an answer of an AWS service, unpacked; the largest pages of lists are about 1 MB
	Output   = 1 * mb  // what a program prints as the answer to a short question
)

// Numbers.
const (
	Links       = 20_000    // files of one version on an index page; the most are about 100
	PageTokens  = 4_000_000 // names, values and brackets of a JSON index page; the most are about 2,000,000
	ConfigLines = 100_000   // lines of an INI file
	// AnswerValues are those of an answer of an AWS service. The most are about 40,000: 50
	// functions with 4 kB of environment variables each.
	AnswerValues = 100_000
	Nesting      = 100     // arrays and tables within each other on a page or in a file
	Values       = 200_000 // values of a JSON document that lamella wrote or S3 and Lambda keep; the most are about 10,000
)

// Time.
const (
	// Window is how long MinBytes of a body may take.
	Window   = 60 * time.Second
	MinBytes = 64 * kb
	// Transfer is how long one answer may take in whole. A download that takes
	// longer goes on where it was, as often as there are tries.
	Transfer = time.Hour
	// AnswerTime is how long the body of an answer of an AWS service may take. S3 sends spaces
	// for minutes while it completes a large upload.
	AnswerTime = 10 * time.Minute
)

// Exceeded is the error for something that is larger than its limit.
type Exceeded struct {
	What string // "a lock file", "" if the context tells
	Max  int64  // bytes
}

func (e *Exceeded) Error() string {
	if e.What == "" {
		return "it is larger than " + Size(e.Max)
	}
	return fmt.Sprintf("it is larger than %s, the limit for %s", Size(e.Max), e.What)
}

// Size writes a number of bytes as people do: "600 kB", "2 GB".
func Size(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{gb, "GB"}, {mb, "MB"}, {kb, "kB"}} {
		if n >= unit.bytes {
			text := fmt.Sprintf("%.1f", float64(n)/float64(unit.bytes))
			return strings.TrimSuffix(text, ".0") + " " + unit.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// Reader returns r with an *Exceeded in place of what comes behind the first max bytes.
func Reader(r io.Reader, max int64, what string) io.Reader {
	return &reader{r: r, left: max, exceeded: &Exceeded{what, max}}
}

type reader struct {
	r        io.Reader
	left     int64
	exceeded error
}

func (b *reader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		err = b.exceeded
	}
	b.left -= int64(n)
	return n, err
}

// ErrSlow is the error for a body that arrives too slowly.
var ErrSlow = errors.New("the download is too slow")

// Steady returns r, which fails with ErrSlow when it takes longer than [Window] to return
// [MinBytes]. Only the time within Read counts, and only a Read that returns is noticed.
func Steady(r io.Reader) io.Reader { return &steady{r: r, window: Window} }

type steady struct {
	r      io.Reader
	window time.Duration
	waited time.Duration // since the bytes that came were last counted
	came   int64         // bytes since then
}

func (s *steady) Read(p []byte) (int, error) {
	begin := time.Now()
	n, err := s.r.Read(p)
	s.waited, s.came = s.waited+time.Since(begin), s.came+int64(n)
	switch {
	case err != nil || s.waited < s.window:
	case s.came < MinBytes:
		err = fmt.Errorf("%w: %s in %s", ErrSlow, Size(s.came), s.waited.Round(time.Second))
	default:
		s.waited, s.came = 0, 0
	}
	return n, err
}

// WithContext returns r, which fails with ctx's error as soon as ctx ends.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// ErrNoFile is the error of a path where something else is than a file.
var ErrNoFile = errors.New("not a file")

// Open opens the file at path, and nothing but a file. It looks before it opens, as
// opening a pipe waits for somebody who writes into it.
func Open(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if kind := info.Mode().Type(); kind != 0 {
		return nil, nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it is %s, %w", Describe(kind), ErrNoFile)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

// Describe names what stands at a path where a file was wanted: "a folder", "a pipe".
func Describe(kind fs.FileMode) string {
	switch {
	case kind&fs.ModeSymlink != 0:
		return "a link"
	case kind&fs.ModeDir != 0:
		return "a folder"
	case kind&fs.ModeNamedPipe != 0:
		return "a pipe"
	case kind&fs.ModeDevice != 0:
		return "a device"
	case kind&fs.ModeSocket != 0:
		return "a socket"
	}
	return "not a regular file"
}
