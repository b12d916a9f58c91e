package cache

import (
	"errors"
	"os"
	"sync"
)

// flushEvery is how many bytes are written between two flushes.
const flushEvery = 8 << 20

// flusher flushes a file to disk while it is being written, so that little is left to
// flush when the last byte arrives.
type flusher struct {
	begun   int64      // bytes that were written when the last flush began
	running chan error // nil if none is; holds its result
	failed  error      // of those that ended
}

// grow says that the file has size bytes. It does not wait for the disk.
func (f *flusher) grow(file *os.File, size int64) {
	if size-f.begun < flushEvery {
		return
	}
	if f.running != nil {
		select {
		case err := <-f.running:
			f.failed = errors.Join(f.failed, err)
		default:
			return
		}
	}
	done := make(chan error, 1)
	f.begun, f.running = size, done
	go func() { done <- file.Sync() }()
}

// wait waits for the flush that is running. A failed flush is reported to nobody else: the
// system says it once.
func (f *flusher) wait() error {
	if f.running != nil {
		f.failed = errors.Join(f.failed, <-f.running)
		f.running = nil
	}
	return f.failed
}

// maxFlushes is how many files are flushed at once. Each is open.
const maxFlushes = 4

// flushes are those of complete files that run in the background.
type flushes struct {
	slots   chan struct{} // holds one element for each that is running
	waiting sync.Mutex

	mu     sync.Mutex
	failed []error
}

// do runs flush in the background. It waits while too many others run.
func (f *flushes) do(flush func() error) {
	f.slots <- struct{}{}
	go func() {
		defer func() { <-f.slots }()
		if err := flush(); err != nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.failed = append(f.failed, err)
		}
	}()
}

// Flush waits until the wheels that were committed are on the disk. Those that cannot be
// written to it are deleted, and the error says why.
func (c *Cache) Flush() error {
	f := &c.flushes
	f.waiting.Lock()
	for range maxFlushes {
		f.slots <- struct{}{}
	}
	for range maxFlushes {
		<-f.slots
	}
	f.waiting.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	err := errors.Join(f.failed...)
	f.failed = nil
	return err
}
