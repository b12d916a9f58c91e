package layerzip

import (
	"context"
	"crypto/sha256"
	"io"

	"github.com/lamella-build/lamella/layer"
)

// The buffers of a pipe. Larger or more buffers were not faster on two cores.
const (
	bufferSize = 1 << 20
	buffers    = 4
)

// pipe writes a stream of bytes to w while another goroutine hashes it. A full buffer goes
// to the hasher and is then written; the hasher returns it on free. The goroutine that
// writes also takes buffers from free, so it never reuses a buffer before it is written.
type pipe struct {
	ctx      context.Context
	w        io.Writer
	progress func(written int64)
	written  int64
	current  []byte // being filled; its capacity is bufferSize
	free     chan []byte
	full     chan []byte
	sum      chan []byte
}

func startPipe(ctx context.Context, w io.Writer, progress func(int64)) *pipe {
	p := &pipe{ctx: ctx, w: w, progress: progress,
		free: make(chan []byte, buffers), full: make(chan []byte, buffers), sum: make(chan []byte, 1)}
	for range buffers {
		p.free <- make([]byte, 0, bufferSize)
	}
	p.current = <-p.free
	go func() {
		h := sha256.New()
		for b := range p.full {
			h.Write(b)
			p.free <- b
		}
		p.sum <- h.Sum(nil)
	}()
	return p
}

// flush sends the current buffer to the hasher, writes it, and takes a free one.
func (p *pipe) flush() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	p.full <- p.current
	n, err := p.w.Write(p.current)
	p.written += int64(n)
	if err != nil {
		return err
	}
	p.progress(p.written)
	p.current = (<-p.free)[:0]
	return nil
}

// write appends b to the stream.
func (p *pipe) write(b []byte) error {
	for len(b) > 0 {
		if len(p.current) == bufferSize {
			if err := p.flush(); err != nil {
				return err
			}
		}
		n := min(len(b), bufferSize-len(p.current))
		p.current = append(p.current, b[:n]...)
		b = b[n:]
	}
	return nil
}

// copy appends e's compressed bytes to the stream and compares them with e.Sum. It reads
// them from e.Source directly into the buffers.
func (p *pipe) copy(e *layer.Entry) error {
	var sum layer.Summer
	for done := int64(0); done < e.Compressed; {
		if len(p.current) == bufferSize {
			if err := p.flush(); err != nil {
				return err
			}
		}
		used := len(p.current)
		n := int(min(e.Compressed-done, int64(bufferSize-used)))
		got, err := e.Source.ReadAt(p.current[used:used+n], e.Offset+done)
		if got < n {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return &layer.Damaged{Name: e.Name, Of: e.Owner, Err: err}
		}
		_, _ = sum.Write(p.current[used : used+n])
		p.current = p.current[:used+n]
		done += int64(n)
	}
	return e.Compare(sum.Sum())
}

// finish writes the last buffer unless err is set, stops the hasher, and returns the
// SHA-256.
func (p *pipe) finish(err error) ([]byte, error) {
	if err == nil && len(p.current) > 0 {
		err = p.flush()
	}
	close(p.full)
	sum := <-p.sum
	return sum, err
}
