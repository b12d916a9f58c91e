package builder

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"hash/crc32"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// level is flate's compression level, which affects the zip's bytes. zip and the wheels
// that pip builds use 6, too.
const level = 6

// packer appends compressed files to a temporary file. The entries read from there later.
// Each goroutine has its own packer, so that the compressed size of a file need not be
// known in advance.
type packer struct {
	ctx     context.Context
	temp    *outfile.Temp
	out     *bufio.Writer
	deflate *flate.Writer
	end     int64 // number of bytes written to temp
	buffer  []byte
	head    []byte // the first bytes of the last packed file, at most layer.CodeHead
}

func newPacker(ctx context.Context) (*packer, error) {
	deflate, err := flate.NewWriter(nil, level)
	if err != nil {
		return nil, err
	}
	temp, err := outfile.CreateScratch()
	if err != nil {
		return nil, err
	}
	return &packer{ctx: ctx, temp: temp, deflate: deflate,
		out: bufio.NewWriterSize(temp, 256<<10), buffer: make([]byte, 64<<10)}, nil
}

// Close removes the temporary file.
func (p *packer) Close() error {
	p.temp.Discard()
	return nil
}

// flush writes the buffered bytes to the temporary file.
func (p *packer) flush() error { return p.out.Flush() }

// pack appends the content of r as an entry with the given name. If deflating does not make
// it smaller, pack reads r a second time and stores it.
func (p *packer) pack(name string, r io.ReadSeeker) (layer.Entry, error) {
	e := layer.Entry{Name: name, Method: layer.Deflate, Source: p.temp, Offset: p.end}
	packed := &counter{w: p.out}
	p.head = p.head[:0]
	p.deflate.Reset(packed)
	var err error
	if e.Size, e.CRC32, err = p.copy(p.deflate, r); err != nil {
		return e, err
	}
	if err = p.deflate.Close(); err != nil {
		return e, err
	}
	e.Compressed, e.Sum, e.Code = packed.n, packed.sum.Sum(), layer.CodeOf(p.head)
	if e.Compressed >= e.Size {
		if err = p.rewind(e.Offset); err != nil {
			return e, err
		}
		if _, err = r.Seek(0, io.SeekStart); err != nil {
			return e, err
		}
		plain := &counter{w: p.out}
		if e.Size, e.CRC32, err = p.copy(plain, r); err != nil {
			return e, err
		}
		e.Method, e.Compressed, e.Sum = layer.Store, e.Size, plain.sum.Sum()
	}
	p.end += e.Compressed
	return e, nil
}

// rewind removes everything that was written at and after offset.
func (p *packer) rewind(offset int64) error {
	if err := p.out.Flush(); err != nil {
		return err
	}
	if err := p.temp.Truncate(offset); err != nil {
		return err
	}
	_, err := p.temp.Seek(offset, io.SeekStart)
	return err
}

// copy copies r to w and returns the number of bytes and their CRC-32. It stops when the
// context is canceled.
func (p *packer) copy(w io.Writer, r io.Reader) (n int64, crc uint32, err error) {
	for {
		if err := p.ctx.Err(); err != nil {
			return n, crc, err
		}
		k, err := r.Read(p.buffer)
		n += int64(k)
		crc = crc32.Update(crc, crc32.IEEETable, p.buffer[:k])
		p.head = append(p.head, p.buffer[:min(k, layer.CodeHead-len(p.head))]...)
		if _, err := w.Write(p.buffer[:k]); err != nil {
			return n, crc, err
		}
		if err == io.EOF {
			return n, crc, nil
		}
		if err != nil {
			return n, crc, err
		}
	}
}

// counter counts the bytes written through it and computes their sum.
type counter struct {
	w   io.Writer
	n   int64
	sum layer.Summer
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	_, _ = c.sum.Write(b[:n])
	return n, err
}

// pack opens f and packs it. names contains all files of the layer.
func (f *file) pack(root *os.Root, p *packer, names map[string]bool) (layer.Entry, error) {
	opened, err := root.Open(f.path)
	if err != nil {
		return layer.Entry{}, err
	}
	defer opened.Close()
	var content io.ReadSeeker = opened
	if f.record {
		if content, err = pruneRecord(opened, path.Dir(path.Dir(f.name)), names); err != nil {
			return layer.Entry{}, err
		}
	}
	e, err := p.pack(f.name, content)
	e.Executable = f.executable
	return e, err
}

// pruneRecord returns the RECORD in r without the rows for files that are not in the layer.
// It returns the content unchanged if there are no such rows or if it cannot parse it. Rows
// are relative to the folder site.
func pruneRecord(r io.ReadSeeker, site string, names map[string]bool) (io.ReadSeeker, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	rows, err := wheel.ParseRecord(bytes.NewReader(content))
	if err != nil {
		return bytes.NewReader(content), nil
	}
	kept := slices.DeleteFunc(slices.Clone(rows), func(row wheel.Row) bool {
		return !names[path.Join(site, strings.ReplaceAll(row.Path, `\`, "/"))]
	})
	if len(kept) == len(rows) {
		return bytes.NewReader(content), nil
	}
	return bytes.NewReader(wheel.FormatRecord(kept)), nil
}
