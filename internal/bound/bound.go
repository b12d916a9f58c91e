// Package bound is how much lamella takes of what comes from outside: files that
// somebody else wrote, answers of servers, the output of programs. Whoever reads
// such a thing reads it through this package, or names the limit from here.
//
// The limits are far above what real inputs need, and low enough that no input
// costs more than about 100 MB of memory or 10 s of processor time.
package bound

import (
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

// Bytes. The sources are the largest that were found in the wild.
const (
	Lock        = 16 * mb  // a lock file; the largest known, a monorepo's uv.lock, has 6 MB
	Project     = 4 * mb   // a pyproject.toml, Pipfile, lamella.toml; some kB
	Config      = 1 * mb   // a pip.conf, uv.toml, netrc; some kB
	Page        = 64 * mb  // an index page, unpacked; the largest are below 40 MB
	PageItem    = 1 * mb   // one tag, text or JSON value on a page
	Header      = 1 * mb   // the header of an answer
	Wheel       = 2 * gb   // a wheel whose size nobody states, and what any unpacks to; the largest are about 1 GB
	Sdist       = 1 * gb   // a source distribution whose size nobody states
	Unpacked    = 4 * gb   // what a source distribution unpacks to; the largest are below 1 GB
	Directory   = 16 * mb  // the central directory of a wheel; the largest are about 2 MB
	Metadata    = 8 * mb   // METADATA, WHEEL or RECORD of a wheel; the largest RECORD has 3 MB
	State       = 32 * mb  // what is stored beside a layer version: a manifest, a record, a lease
	Answer      = 8 * mb   // an answer of an API
	Plan        = 64 * mb  // a plan file: the manifests of all its layers are in it
	Output      = 1 * mb   // what a program prints in answer to a question
	Requirement = 100 * kb // a requirement, marker or version; some dozen characters
)

// Numbers.
const (
	Links    = 20_000  // files of one version on an index page; the most are about 100
	Members  = 100_000 // entries of a wheel; the most are about 30,000
	Sources  = 200_000 // entries of a source distribution; the most are about 60,000
	Packages = 100_000 // packages or lines of a lock file; the most are about 5,000
	Includes = 1_000   // files that a requirements.txt draws in, and how deep
	Nesting  = 100     // arrays and tables within each other on a page or in a file
)

// Time.
const (
	// Window is how long MinBytes of a body may take.
	Window   = 60 * time.Second
	MinBytes = 64 * kb
	// Transfer is how long one answer may take in whole. A download that takes
	// longer goes on where it was, as often as there are tries.
	Transfer = time.Hour
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
	return fmt.Sprintf("it is larger than %s, the most that lamella reads of %s", Size(e.Max), e.What)
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

// ReadAll reads all of r, at most max bytes: more is an *Exceeded.
func ReadAll(r io.Reader, max int64, what string) ([]byte, error) {
	return io.ReadAll(Reader(r, max, what))
}

// ReadFile reads the file at path, at most max bytes: more is an *Exceeded. A
// device is read like a file, as /dev/null is how one says "no configuration".
func ReadFile(path string, max int64, what string) ([]byte, error) {
	f, info, err := open(path, true)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Mode().IsRegular() && info.Size() > max {
		return nil, &fs.PathError{Op: "read", Path: path, Err: &Exceeded{what, max}}
	}
	content, err := ReadAll(f, max, what)
	if e := (*Exceeded)(nil); errors.As(err, &e) {
		err = &fs.PathError{Op: "read", Path: path, Err: e}
	}
	return content, err
}

// Open opens the file at path, and nothing but a file.
func Open(path string) (*os.File, fs.FileInfo, error) { return open(path, false) }

// ErrNoFile is the error of a path where something else is than a file.
var ErrNoFile = errors.New("it is not a file")

// open looks before it opens, as opening a pipe waits for somebody who writes into it.
func open(path string, device bool) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if kind := info.Mode().Type(); !readable(kind, path, device) {
		return nil, nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w but %s", ErrNoFile, describe(kind))}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

// readable reports whether something of that kind is read. A pipe is, if a shell
// made it: /dev/stdin, /dev/fd/63.
func readable(kind fs.FileMode, path string, device bool) bool {
	switch {
	case kind == 0:
		return true
	case kind&fs.ModeNamedPipe != 0:
		return device && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/"))
	case kind&fs.ModeCharDevice != 0:
		return device
	}
	return false
}

func describe(kind fs.FileMode) string {
	switch {
	case kind&fs.ModeDir != 0:
		return "a folder"
	case kind&fs.ModeNamedPipe != 0:
		return "a pipe"
	case kind&fs.ModeDevice != 0:
		return "a device"
	case kind&fs.ModeSocket != 0:
		return "a socket"
	}
	return "something else"
}
