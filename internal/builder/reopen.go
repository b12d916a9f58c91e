package builder

import (
	"container/list"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/lamella-build/lamella/layer"
)

// maxOpen is how many wheels a tree holds open at most. A layer can have
// hundreds, and a process often may open no more than 256 files.
const maxOpen = 16

// pool holds the files open that were read last, and opens others again.
// Its files can be read by several goroutines at a time.
type pool struct {
	mu   sync.Mutex
	open list.List // of *pooled, the one read last in front
}

// pooled is a file of a pool, read by its path. It is an io.ReaderAt.
type pooled struct {
	pool  *pool
	path  string
	name  string      // of the wheel
	info  fs.FileInfo // as it was first opened
	file  *os.File    // nil if it is not open
	users int         // reads that are under way
	place *list.Element
}

// add opens the file at path, a wheel of that name, as one of the pool. If it is
// not there, now or later, the error is a *layer.Damaged.
func (p *pool) add(path, name string) (*pooled, error) {
	f := &pooled{pool: p, path: path, name: name}
	if _, err := f.take(); err != nil {
		return nil, err
	}
	f.give()
	return f, nil
}

// ReadAt reads from the file, and opens it if it is not open.
func (f *pooled) ReadAt(b []byte, offset int64) (int, error) {
	file, err := f.take()
	if err != nil {
		return 0, err
	}
	defer f.give()
	return file.ReadAt(b, offset)
}

// take returns the open file, which stays open until give.
func (f *pooled) take() (*os.File, error) {
	f.pool.mu.Lock()
	defer f.pool.mu.Unlock()
	if f.file == nil {
		err := f.reopen()
		if errors.Is(err, fs.ErrNotExist) { // it was there when it was looked up
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
	_ = f.pool.shrink(maxOpen)
}

// reopen opens the file, which has to be the one that was there before.
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

// shrink closes the files read least lately that nobody reads, until at most n are open.
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

// Close closes every file that nobody reads.
func (p *pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shrink(0)
}
