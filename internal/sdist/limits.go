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

// Limits on what an archive may unpack to. Real sdists have at most some ten thousand
// entries, and unpack to a few times their size.
const (
	maxEntries   = 60_000    // the same as for a wheel
	maxSteps     = 400_000   // path components of all entries together
	maxPath      = 4096      // bytes, as on Linux
	maxUnpacked  = 4 << 30   // bytes
	minUnpacked  = 512 << 20 // bytes that any archive may unpack to
	maxRatio     = 50        // multiple of its own size that a larger archive may unpack to
	maxDirectory = 8 << 20   // bytes of a zip's directory, which is read into memory
)

// budget is what an archive may still unpack to.
type budget struct {
	entries, steps int
	stream         int64 // bytes of an unpacked tar, including headers
	content        int64 // bytes of files, including holes
}

// budgetOf returns the budget of an archive of size bytes.
func budgetOf(size int64) *budget {
	unpacked := min(max(minUnpacked, maxRatio*size), maxUnpacked)
	return &budget{entries: maxEntries, steps: maxSteps, stream: unpacked, content: unpacked}
}

// entry counts an entry, and checks the length of its name and the number of its
// components.
func (b *budget) entry(name string) error {
	if len(name) > maxPath {
		return fmt.Errorf("the name of an entry is %d bytes long, but the limit is %d", len(name), maxPath)
	}
	depth := strings.Count(path.Clean(name), "/") + 1
	if depth > bound.Nesting {
		return fmt.Errorf("%.200q is more than %d folders deep", name, bound.Nesting)
	}
	if b.entries--; b.entries < 0 {
		return fmt.Errorf("the archive has more than %d entries", maxEntries)
	}
	if b.steps -= depth; b.steps < 0 {
		return fmt.Errorf("the paths of the entries have more than %d components", maxSteps)
	}
	return nil
}

// errTooLarge is the error for an archive that would exceed its budget.
var errTooLarge = errors.New("the archive unpacks to more than a source distribution of its size could contain")

// limited reads at most *left bytes from r, and keeps the error from r.
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
	directory.left = 1 << 62 // from now on, it reads content
	if errors.Is(err, zip.ErrFormat) {
		return nil, errors.New("it is not a zip file")
	}
	return archive, err
}

// limitedAt reads at most left bytes from r.
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
