package sdist

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/lamella-build/lamella/internal/bound"
)

// What an archive may unpack to. Real sdists have some ten thousand entries at most,
// and unpack to a few times their size.
const (
	maxEntries   = 60_000    // as many as a wheel may have
	maxSteps     = 400_000   // folders and files on the paths of all entries together
	maxPath      = 4096      // bytes, as Linux has it
	maxUnpacked  = 4 << 30   // bytes
	minUnpacked  = 512 << 20 // bytes that every archive may unpack to
	maxRatio     = 50        // how many times its own size a larger one may unpack to
	maxDirectory = 8 << 20   // bytes of a zip's directory, which is read whole
)

// budget is what may still come out of an archive.
type budget struct {
	entries, steps int
	stream         int64 // bytes of an unpacked tar, with its headers
	content        int64 // bytes of files, with the holes of sparse ones
}

// budgetOf is the budget of an archive of size bytes.
func budgetOf(size int64) *budget {
	unpacked := min(max(minUnpacked, maxRatio*size), maxUnpacked)
	return &budget{entries: maxEntries, steps: maxSteps, stream: unpacked, content: unpacked}
}

// entry counts an entry and checks the length of its name.
func (b *budget) entry(name string) error {
	if len(name) > maxPath {
		return fmt.Errorf("an entry has a name of %d bytes, and lamella takes at most %d", len(name), maxPath)
	}
	depth := strings.Count(path.Clean(name), "/") + 1
	if depth > bound.Nesting {
		return fmt.Errorf("%.200q is more than %d folders deep", name, bound.Nesting)
	}
	if b.entries--; b.entries < 0 {
		return fmt.Errorf("it has more than %d entries, the most that lamella unpacks", maxEntries)
	}
	if b.steps -= depth; b.steps < 0 {
		return fmt.Errorf("the paths of its entries have more than %d parts, the most that lamella unpacks", maxSteps)
	}
	return nil
}

// errTooLarge is the error for an archive that unpacks to more than its budget.
var errTooLarge = errors.New("it unpacks to more than any real source distribution of its size")

// limited reads r as long as there is something left to be read, and keeps its error.
type limited struct {
	r    io.Reader
	left *int64
	err  error
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if *l.left -= int64(n); *l.left < 0 {
		err = errTooLarge
	}
	if err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
}

// openZip reads the directory of a zip of size bytes.
func openZip(r io.ReaderAt, size int64) (*zip.Reader, error) {
	directory := &limitedAt{r: r, left: maxDirectory}
	archive, err := zip.NewReader(directory, size)
	directory.left = 1 << 62 // what is read from now on is content
	return archive, err
}

// limitedAt reads r as long as there is something left to be read.
type limitedAt struct {
	r    io.ReaderAt
	left int64
}

func (l *limitedAt) ReadAt(p []byte, off int64) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, &bound.Exceeded{What: "the directory of a zip", Max: maxDirectory}
	}
	return l.r.ReadAt(p, off)
}
