package builder

import (
	"container/list"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/lamella-build/lamella/layer"
)

// maxOpen is the maximum number of wheels that a tree keeps open. A layer can have
// hundreds, and many systems limit a process to 256 open files. While wheels are still
// being downloaded, which needs open files, too, the maximum is maxOpenAhead.
const (
	maxOpen      = 16
	maxOpenAhead = 2
)

// pool keeps the most recently read files open and reopens others as needed. Several
// goroutines can read its files concurrently.
type pool struct {
	mu   sync.Mutex
	max  int       // maximum number of files that stay open
	open list.List // *pooled values, most recently read first
}

// setMax changes the maximum number of files that stay open.
func (p *pool) setMax(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.max = n
	_ = p.shrink(n)
}

// pooled is a file of a pool. It is an io.ReaderAt.
type pooled struct {
	pool  *pool
	path  string
	name  string      // name of the wheel
	info  fs.FileInfo // state of the file when it was first opened
	file  *os.File    // nil if it is not open
	users int         // number of reads in progress
	place *list.Element
}

// add opens the file at path, the wheel with the given name, and adds it to the pool. If
// the file is missing, now or later, the error is a *layer.Damaged.
func (p *pool) add(path, name string) (*pooled, error) {
	f := &pooled{pool: p, path: path, name: name}
	if _, err := f.take(); err != nil {
		return nil, err
	}
	f.give()
	return f, nil
}

// ReadAt reads from the file, which it opens if necessary.
func (f *pooled) ReadAt(b []byte, offset int64) (int, error) {
	file, err := f.take()
	if err != nil {
		return 0, err
	}
	defer f.give()
	return file.ReadAt(b, offset)
}

// take returns the open file, which stays open until give is called.
func (f *pooled) take() (*os.File, error) {
	f.pool.mu.Lock()
	defer f.pool.mu.Unlock()
	if f.file == nil {
		err := f.reopen()
		if errors.Is(err, fs.ErrNotExist) { // it existed when it was looked up
			err = &layer.Damaged{Name: f.name, Err: err}
		}
		if err != nil {
			return nil, err
		}
		f.place = f.pool.open.PushFront(f)
	}
	f.pool.open.MoveToFront(f.place)
	f.users++
	return f.file, nil
}

func (f *pooled) give() {
	f.pool.mu.Lock()
	defer f.pool.mu.Unlock()
	f.users--
	_ = f.pool.shrink(f.pool.max)
}

// Name returns the path of the file, like the method of os.File.
func (f *pooled) Name() string { return f.path }

// reopen opens the file, which must be the same file as before.
func (f *pooled) reopen() error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && f.info != nil && (!os.SameFile(f.info, info) || f.info.Size() != info.Size()) {
		err = &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrNotExist}
	}
	if err != nil {
		file.Close()
		return err
	}
	f.file, f.info = file, info
	return nil
}

// shrink closes the least recently read files that are not in use until at most n files are
// open.
func (p *pool) shrink(n int) (err error) {
	for e := p.open.Back(); e != nil && p.open.Len() > n; {
		f, before := e.Value.(*pooled), e.Prev()
		if f.users == 0 {
			p.open.Remove(e)
			if closeErr := f.file.Close(); err == nil {
				err = closeErr
			}
			f.file = nil
		}
		e = before
	}
	return err
}

// Close closes every file that is not in use.
func (p *pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shrink(0)
}
