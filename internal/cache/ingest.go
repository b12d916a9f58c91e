package cache

import (
	"bytes"
	"context"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/lamella-build/lamella/internal/digest"
)

// Ingest is one wheel on its way into the cache. Write its content, from Size()
// on, then call Commit; Close it in any case. Not for use by several goroutines.
type Ingest struct {
	cache *Cache
	done  string // path of the finished wheel, "" until there is one
	base  string // path of the partial file, its lock and its validator, without the ending
	locks []io.Closer
	owner bool // the lock at base is ours

	want   []digest.Digest
	hashes []hash.Hash // of want
	sha256 hash.Hash   // one of hashes if want has a sha256
	tee    io.Writer   // to all of these

	file *os.File // the partial file, nil once it is closed
	size int64
	full bool // the disk is
}

// Begin starts to add the wheel that has all the hashes want; the first names it.
// While another goroutine or process adds the same wheel, Begin waits, and then
// usually finds it done. A download that broke off earlier is taken up: Size
// bytes of it are there.
func (c *Cache) Begin(ctx context.Context, want ...digest.Digest) (*Ingest, error) {
	if len(want) == 0 {
		return nil, errors.New("a wheel needs a hash to be kept by")
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

// find looks whether the wheel is in the cache already.
func (in *Ingest) find() bool {
	path, ok := in.cache.Wheel(in.want[0])
	if ok {
		in.done = path
	}
	return ok
}

// open takes the locks and whatever there is of the partial file.
func (in *Ingest) open(ctx context.Context) error {
	c := in.cache
	in.base = filepath.Join(c.dir, partialDir, in.want[0].Algorithm()+"-"+in.want[0].Hex())
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

// The endings of an Ingest's files.
const (
	partEnd      = ".part"
	validatorEnd = ".validator"
	lockEnd      = ".lock"
)

// lock waits for the lock file at path, at most until ctx ends. Whether it is
// shared or exclusive follows from flag: read-only or not.
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

// acquire opens and locks a file. The operating system's lock cannot be
// interrupted; if ctx ends first it is let go as soon as it comes.
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

// Done returns the wheel's path and true once it is in the cache.
func (in *Ingest) Done() (path string, ok bool) { return in.done, in.done != "" }

// Size returns how many bytes of the wheel are there.
func (in *Ingest) Size() int64 { return in.size }

// Validator returns what SetValidator was last given for these bytes, "" if nothing.
func (in *Ingest) Validator() string {
	content, err := os.ReadFile(in.base + validatorEnd)
	if err != nil || bytes.ContainsFunc(content, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return "" // without it, or if it is damaged, the hash alone decides
	}
	return string(content)
}

// SetValidator keeps the server's name for the version of the file whose bytes
// are being written (an ETag), for a later request to go on from Size.
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
	return n, in.diskFault(err)
}

// Restart forgets all that was written.
func (in *Ingest) Restart() error {
	for _, h := range in.hashes {
		h.Reset()
	}
	in.sha256.Reset()
	in.size = 0
	return errors.Join(in.diskFault(in.file.Truncate(0)), in.SetValidator(""))
}

// Commit ends the writing: if the content has every hash and verify (may be nil)
// finds nothing wrong, the wheel is in the cache from now on, at the path
// returned. Otherwise nothing of it stays, the error is a *Mismatch or verify's,
// and the caller may write anew.
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
	// Flushed before it gets its name: later runs only stat it, so a power cut
	// must not leave the name without the content.
	err := errors.Join(in.file.Sync(), in.file.Close())
	in.file = nil
	if err != nil {
		return "", in.diskFault(err)
	}
	return in.settle(digest.Of("sha256", in.sha256.Sum(nil)))
}

// settle gives the finished file its name.
func (in *Ingest) settle(d digest.Digest) (string, error) {
	path, there := in.cache.Wheel(d)
	if there { // it came under another of its hashes
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

// Close lets others have the wheel. What was written without a Commit stays for
// a later Begin to go on with, unless it filled the disk.
func (in *Ingest) Close() error {
	var errs []error
	if in.file != nil {
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

// tidy removes those of its files that nobody needs again.
func (in *Ingest) tidy() error {
	var errs []error
	if in.done != "" || in.size == 0 || in.full {
		errs = append(errs, removeFile(in.base+partEnd), removeFile(in.base+validatorEnd))
	}
	if in.done != "" {
		// Who waits for this very lock will find the wheel done, so that nobody
		// gets in twice. On Windows an open file cannot be removed; it stays then.
		os.Remove(in.base + lockEnd)
	}
	return errors.Join(errs...)
}

// diskFault is the function of that name, and remembers a full disk.
func (in *Ingest) diskFault(err error) error {
	in.full = in.full || isFull(err)
	return diskFault(in.cache.dir, err)
}
