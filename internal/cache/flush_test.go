package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
)

// TestFlusher: a flush that fails is not forgotten, however many succeed after it.
func TestFlusher(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	open := func() *os.File {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	closed := open()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	var f flusher
	f.grow(closed, flushEvery-1)
	if f.running != nil {
		t.Error("it flushes a few bytes")
	}
	f.grow(closed, flushEvery)
	if f.running == nil {
		t.Fatal("it flushes nothing")
	}
	if err := f.wait(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	f.grow(open(), 2*flushEvery)
	if err := f.wait(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("then %v", err)
	}
}

// TestIngestFlushes: a wheel that is flushed while it arrives is stored whole, also after a
// restart in the middle.
func TestIngestFlushes(t *testing.T) {
	c := open(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), 3*flushEvery/16)
	in, err := c.Begin(t.Context(), digest.SHA256(content))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, part := range [][]byte{content[:2*flushEvery], nil, content} {
		if part == nil {
			if err := errors.Join(in.Restart(), in.flusher.wait()); err != nil {
				t.Fatal(err)
			}
		}
		for len(part) > 0 {
			n := min(len(part), 1<<20)
			if _, err := in.Write(part[:n]); err != nil {
				t.Fatal(err)
			}
			for in.flusher.running != nil && len(in.flusher.running) == 0 { // the disk is slower than this test
				time.Sleep(time.Millisecond)
			}
			part = part[n:]
		}
	}
	if in.flusher.begun < flushEvery { // the next begins only once the disk is done with this one
		t.Errorf("the last flush began after %d bytes", in.flusher.begun)
	}
	path, err := in.Commit(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes are stored, %v", len(got), err)
	}
}

// TestFlush: what cannot be flushed is not in the cache, and Flush says why, once.
func TestFlush(t *testing.T) {
	c := open(t)
	var paths []string
	for i := range maxFlushes + 2 {
		content := []byte{byte(i)}
		in, err := c.Begin(t.Context(), digest.SHA256(content))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if _, err := in.Write(content); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			done := make(chan error, 1)
			done <- os.ErrDeadlineExceeded
			in.flusher.running = done
		}
		path, err := in.Commit(nil)
		if runtime.GOOS == "windows" && i == 1 {
			if err == nil {
				t.Error("a wheel is stored that cannot be flushed")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if err := c.Flush(); runtime.GOOS != "windows" && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Flush: %v", err)
	}
	for i, path := range paths {
		if _, err := os.Stat(path); (err != nil) != (i == 1 && runtime.GOOS != "windows") {
			t.Errorf("wheel %d: %v", i, err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Errorf("then %v", err)
	}
}
