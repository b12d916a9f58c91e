package cache

import (
	"errors"
	"os"
	"sync"
)

// flushEvery is the number of bytes that are written between two flushes.
const flushEvery = 8 << 20

// flusher flushes a file to disk while it is being written, so that little is left to flush
// when the last byte arrives.
type flusher struct {
	begun   int64      // number of bytes that had been written when the last flush began
	running chan error // receives the result of the running flush; nil if there is none
	failed  error      // error of a flush that has ended
}

// grow says that the file now has size bytes. It does not wait for the disk.
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

// wait waits for the running flush. It must not lose an error, because the system reports a
// failed flush only once.
func (f *flusher) wait() error {
	if f.running != nil {
		f.failed = errors.Join(f.failed, <-f.running)
		f.running = nil
	}
	return f.failed
}

// maxFlushes is the maximum number of files that are flushed at once. All of them are open.
const maxFlushes = 4

// flushes runs the flushes of complete files in the background.
type flushes struct {
	slots   chan struct{} // holds one element for each running flush
	waiting sync.Mutex

	mu     sync.Mutex
	failed []error
}

// do runs flush in the background. It waits while too many other flushes are running.
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

// Flush waits until all committed wheels are on disk. Wheels that cannot be written to disk
// are deleted, and the error says why.
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
