package cache

import (
	"bytes"
	"context"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/lamella-build/lamella/internal/digest"
)

// Ingest is a wheel being added to the cache. Write its content, beginning at Size(), then
// call Commit. Always call Close. An Ingest is not safe for concurrent use.
type Ingest struct {
	cache *Cache
	done  string // path of the complete wheel; "" until there is one
	base  string // path of the partial file, its lock, and its validator, without the suffix
	locks []io.Closer
	owner bool // whether this Ingest holds the lock at base

	want   []digest.Digest
	hashes []hash.Hash // one for each digest in want
	sha256 hash.Hash   // one of hashes if want includes a sha256 digest
	tee    io.Writer   // writes to all of these

	file    *os.File // the partial file; nil once it is closed
	size    int64
	full    bool // whether the disk is full
	flusher flusher
}

// Begin starts adding the wheel that has all of the hashes in want. The first of them names
// it. While another goroutine or process is adding the same wheel, Begin waits, and then
// usually finds the wheel complete. An interrupted download is resumed after its first
// Size() bytes.
func (c *Cache) Begin(ctx context.Context, want ...digest.Digest) (*Ingest, error) {
	if len(want) == 0 {
		return nil, errors.New("cache: Begin requires a hash")
	}
	in := &Ingest{cache: c, want: want}
	if err := in.makeHashes(); err != nil {
		return nil, err
	}
	if in.find() {
		return in, nil
	}
	if err := in.open(ctx); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

func (in *Ingest) makeHashes() error {
	var all []io.Writer
	for _, d := range in.want {
		if _, err := digest.Parse(string(d)); err != nil {
			return err
		}
		h := d.New()
		if d.Algorithm() == "sha256" {
			in.sha256 = h
		}
		in.hashes, all = append(in.hashes, h), append(all, h)
	}
	if in.sha256 == nil {
		in.sha256 = digest.Digest("sha256:").New()
		all = append(all, in.sha256)
	}
	in.tee = io.MultiWriter(all...)
	return nil
}

// find reports whether the wheel is in the cache.
func (in *Ingest) find() bool {
	path, ok := in.cache.Wheel(in.want[0])
	if ok {
		in.done = path
	}
	return ok
}

// open takes the locks and opens the partial file.
func (in *Ingest) open(ctx context.Context) error {
	c := in.cache
	in.base = c.partialPath(in.want[0])
	if err := in.lock(ctx, filepath.Join(c.dir, lockName), os.O_RDONLY|os.O_CREATE); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(in.base), 0o755); err != nil {
		return diskFault(c.dir, err)
	}
	if err := in.lock(ctx, in.base+lockEnd, os.O_RDWR|os.O_CREATE); err != nil {
		return err
	}
	in.owner = true
	if in.find() {
		return nil
	}
	file, err := os.OpenFile(in.base+partEnd, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return diskFault(c.dir, err)
	}
	in.file = file
	info, err := file.Stat()
	if err != nil {
		return diskFault(c.dir, err)
	}
	in.size, err = io.Copy(in.tee, io.NewSectionReader(file, 0, info.Size()))
	return diskFault(c.dir, err)
}

// The suffixes of an Ingest's files.
const (
	partEnd      = ".part"
	validatorEnd = ".validator"
	lockEnd      = ".lock"
)

// lock waits for the lock file at path until ctx ends. The lock is shared if flag is
// read-only, and otherwise exclusive.
func (in *Ingest) lock(ctx context.Context, path string, flag int) error {
	f, err := acquire(ctx, path, flag)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return diskFault(in.cache.dir, err)
	}
	in.locks = append(in.locks, f)
	return nil
}

// acquire opens and locks a file. The system call cannot be interrupted, so if ctx ends
// first, the lock is released as soon as it is acquired.
func acquire(ctx context.Context, path string, flag int) (io.Closer, error) {
	type result struct {
		file *lockedfile.File
		err  error
	}
	got := make(chan result)
	go func() {
		f, err := lockedfile.OpenFile(path, flag, 0o644)
		select {
		case got <- result{f, err}:
		case <-ctx.Done():
			if err == nil {
				f.Close()
			}
		}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			return nil, r.err
		}
		return r.file, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Done returns the wheel's path, and whether it is in the cache.
func (in *Ingest) Done() (path string, ok bool) { return in.done, in.done != "" }

// Size returns the number of bytes of the wheel that have been written.
func (in *Ingest) Size() int64 { return in.size }

// Validator returns the argument of the last SetValidator for these bytes, or "" if there is
// none.
func (in *Ingest) Validator() string {
	content, err := os.ReadFile(in.base + validatorEnd)
	if err != nil || bytes.ContainsFunc(content, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return "" // if it is missing or damaged, only the hash decides
	}
	return string(content)
}

// SetValidator stores the ETag of the file whose bytes are being written, for a later
// request that continues at Size().
func (in *Ingest) SetValidator(v string) error {
	if v == "" {
		return diskFault(in.cache.dir, removeFile(in.base+validatorEnd))
	}
	return diskFault(in.cache.dir, in.cache.writeFile(in.base+validatorEnd, []byte(v)))
}

// Write appends to the wheel.
func (in *Ingest) Write(p []byte) (int, error) {
	n, err := in.file.WriteAt(p, in.size)
	_, _ = in.tee.Write(p[:n])
	in.size += int64(n)
	in.flusher.grow(in.file, in.size)
	return n, in.diskFault(err)
}

// ReadAt reads what has been written.
func (in *Ingest) ReadAt(p []byte, off int64) (int, error) { return in.file.ReadAt(p, off) }

// Restart discards everything written so far.
func (in *Ingest) Restart() error {
	for _, h := range in.hashes {
		h.Reset()
	}
	in.sha256.Reset()
	in.size, in.flusher.begun = 0, 0
	return errors.Join(in.diskFault(in.file.Truncate(0)), in.SetValidator(""))
}

// Commit completes the wheel. If the content has every hash and verify returns no error
// (verify may be nil), the wheel is in the cache at the returned path, and is on disk after
// [Cache.Flush]. Otherwise, everything written is discarded, the error is a *Mismatch or
// that of verify, and the caller may write again.
func (in *Ingest) Commit(verify func(io.ReaderAt, int64) error) (string, error) {
	for i, want := range in.want {
		if got := digest.Of(want.Algorithm(), in.hashes[i].Sum(nil)); got != want {
			return "", errors.Join(&Mismatch{Want: want, Got: got}, in.Restart())
		}
	}
	if verify != nil {
		if err := verify(in.file, in.size); err != nil {
			return "", errors.Join(err, in.Restart())
		}
	}
	file, flusher := in.file, in.flusher
	in.file = nil
	flush := func() error { return errors.Join(flusher.wait(), file.Sync(), file.Close()) }
	if runtime.GOOS == "windows" { // Windows cannot rename an open file
		if err := flush(); err != nil {
			return "", in.diskFault(err)
		}
		return in.settle(digest.Of("sha256", in.sha256.Sum(nil)))
	}
	path, err := in.settle(digest.Of("sha256", in.sha256.Sum(nil)))
	if err != nil {
		_ = file.Close()
		return "", err
	}
	// Later runs only stat the file. If a power failure leaves the name without the content,
	// they notice, because they compare the content with the checksums in the wheel's facts.
	in.cache.flushes.do(func() error {
		err := flush()
		if err != nil {
			err = errors.Join(err, removeFile(path))
		}
		return diskFault(in.cache.dir, err)
	})
	return path, nil
}

// settle renames the complete file into place.
func (in *Ingest) settle(d digest.Digest) (string, error) {
	path, there := in.cache.Wheel(d)
	if there { // it was added under another of its hashes
		if err := removeFile(in.base + partEnd); err != nil {
			return "", in.diskFault(err)
		}
	} else {
		path = in.cache.wheelPath(d)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", in.diskFault(err)
		}
		if err := os.Rename(in.base+partEnd, path); err != nil {
			return "", in.diskFault(err)
		}
		if err := os.Chmod(path, 0o444); err != nil {
			return "", in.diskFault(err)
		}
	}
	for _, other := range in.want {
		if other.Algorithm() == "sha256" {
			continue
		}
		if err := in.cache.writeFile(in.cache.aliasPath(other), []byte(d.Hex())); err != nil {
			return "", in.diskFault(err)
		}
	}
	in.done = path
	return path, nil
}

// Close releases the wheel. Without a Commit, what was written is kept for a later Begin,
// unless it filled the disk.
func (in *Ingest) Close() error {
	var errs []error
	if in.file != nil {
		_ = in.flusher.wait() // a later Commit flushes all of it
		errs = append(errs, in.file.Close())
		in.file = nil
	}
	if in.owner {
		errs = append(errs, in.tidy())
		in.owner = false
	}
	for i := len(in.locks) - 1; i >= 0; i-- {
		errs = append(errs, in.locks[i].Close())
	}
	in.locks = nil
	return diskFault(in.cache.dir, errors.Join(errs...))
}

// tidy deletes the files that are no longer needed.
func (in *Ingest) tidy() error {
	var errs []error
	if in.done != "" || in.size == 0 || in.full {
		errs = append(errs, removeFile(in.base+partEnd), removeFile(in.base+validatorEnd))
	}
	if in.done != "" {
		// A process that waits for this lock will find the complete wheel, so two processes
		// cannot add it. Windows cannot remove an open file, so the file remains there.
		os.Remove(in.base + lockEnd)
	}
	return errors.Join(errs...)
}

// diskFault is like the function of the same name, but also records whether the disk is
// full.
func (in *Ingest) diskFault(err error) error {
	in.full = in.full || isFull(err)
	return diskFault(in.cache.dir, err)
}
