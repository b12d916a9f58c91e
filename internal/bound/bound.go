// Package bound limits what lamella accepts from outside: files written by somebody else,
// and responses from servers. Code that reads such input reads it through this package, or
// uses the limits defined here.
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

	"github.com/lamella-build/lamella/internal/number"
)

const (
	kb = 1_000
	mb = 1_000_000
	gb = 1_000_000_000
)

// Limits in bytes.
const (
	Page     = 64 * mb // an index page, uncompressed; the largest are below 40 MB
	PageItem = 1 * mb  // one tag, text, or JSON value on a page
	Header   = 1 * mb  // the header of a response
	Wheel    = 2 * gb  // a wheel of unknown size; the largest are about 1 GB
	Sdist    = 1 * gb  // a source distribution of unknown size
	Document = 32 * mb // a plan, a build note, a record, or a manifest; manifests are lock files of up to 6 MB
	Metadata = 16 * mb // a file in an installed .dist-info folder; the largest RECORDs are about 5 MB
	Answer   = 4 * mb  // a response from an AWS service, uncompressed; the largest pages of lists are about 1 MB
	Output   = 1 * mb  // what a program prints in response to a simple question
)

// Limits on numbers.
const (
	Links       = 20_000    // files of one version on an index page; the maximum in practice is about 100
	PageTokens  = 4_000_000 // names, values, and brackets on a JSON index page; the maximum in practice is about 2,000,000
	ConfigLines = 100_000   // lines of an INI file
	// AnswerValues limits the values in a response from an AWS service. The maximum in
	// practice is about 40,000: 50 functions with 4 kB of environment variables each.
	AnswerValues = 100_000
	Nesting      = 100     // levels of nested arrays and tables on a page or in a file
	Values       = 200_000 // values in a JSON document written by lamella or kept by S3 or Lambda; the maximum in practice is about 10,000
)

// Limits on time.
const (
	// Window is how long MinBytes of a body may take.
	Window   = 60 * time.Second
	MinBytes = 64 * kb
	// Transfer is how long one response may take in total. A download that takes longer is
	// resumed, as often as the number of attempts permits.
	Transfer = time.Hour
	// AnswerTime is how long the body of a response from an AWS service may take. S3 sends
	// spaces for minutes while it completes a large upload.
	AnswerTime = 10 * time.Minute
)

// Exceeded is the error for something that is larger than its limit.
type Exceeded struct {
	What string // such as "a lock file"; "" if the context says what it is
	Max  int64  // bytes
}

func (e *Exceeded) Error() string {
	if e.What == "" {
		return "it is larger than " + Size(e.Max)
	}
	return fmt.Sprintf("it is larger than %s, the limit for %s", Size(e.Max), e.What)
}

// Size formats a number of bytes, such as "600 kB" or "2 GB".
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

// Reader returns r, limited to max bytes. If there are more, it returns an *Exceeded after
// these bytes.
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

// Steady returns r, but fails with ErrSlow if r takes longer than [Window] to return
// [MinBytes]. Only the time within Read counts, and it is checked only after Read returns.
func Steady(r io.Reader) io.Reader { return &steady{r: r, window: Window} }

type steady struct {
	r      io.Reader
	window time.Duration
	waited time.Duration // since the received bytes were last counted
	came   int64         // bytes received since then
}

func (s *steady) Read(p []byte) (int, error) {
	begin := time.Now()
	n, err := s.r.Read(p)
	s.waited, s.came = s.waited+time.Since(begin), s.came+int64(n)
	switch {
	case err != nil || s.waited < s.window:
	case s.came < MinBytes:
		err = fmt.Errorf("%w: %s in %s", ErrSlow, Size(s.came), number.Duration(s.waited.Round(time.Second)))
	default:
		s.waited, s.came = 0, 0
	}
	return n, err
}

// WithContext returns r, but fails with ctx's error as soon as ctx ends.
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

// ErrNoFile is the error for a path that is not a file.
var ErrNoFile = errors.New("not a file")

// Open opens the file at path. It returns an error for anything other than a file. It checks
// before it opens, because opening a pipe waits for a process that writes to it.
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

// Describe names what exists where a file was expected, such as "a folder" or "a pipe".
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
