package aws

import (
	"errors"
	"io"
	"sync"
)

var errShortRead = errors.New("the file was truncated during the upload")

// progress adds up the bytes read by several readers.
type progress struct {
	mu     sync.Mutex
	done   int64
	report func(done int64)
}

func newProgress(report func(int64)) *progress { return &progress{report: report} }

func (p *progress) add(n int64) {
	if p.report == nil || n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.report(p.done)
}

// reader returns size bytes of r, beginning at offset, and counts them.
func (p *progress) reader(r io.ReaderAt, offset, size int64) io.ReadSeeker {
	return &countedReader{section: io.NewSectionReader(r, offset, size), progress: p}
}

// countedReader counts by position, so that a part that is sent again counts only once. Seek
// does not count, because the SDK seeks to determine the length.
type countedReader struct {
	section  *io.SectionReader
	progress *progress
	counted  int64 // bytes of the section included in progress.done
}

func (r *countedReader) Read(b []byte) (int, error) {
	n, err := r.section.Read(b)
	at, _ := r.section.Seek(0, io.SeekCurrent)
	r.progress.add(at - r.counted)
	r.counted = at
	if errors.Is(err, io.EOF) && at < r.section.Size() {
		err = errShortRead
	}
	return n, err
}

func (r *countedReader) Seek(offset int64, whence int) (int64, error) {
	return r.section.Seek(offset, whence)
}
