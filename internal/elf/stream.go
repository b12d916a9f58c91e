package elf

import (
	"errors"
	"io"
	"maps"
)

// What is kept of a stream: its beginning, where the tables of most files are, and the
// blocks that were read last, which are the end of the file if the tables were moved there.
const (
	blockSize  = 64 << 10
	headBlocks = 32
	tailBlocks = 32
	// maxPasses is how often a file may be read from the beginning. An undamaged file needs
	// three passes: for its dynamic section, its symbol versions, and its strings.
	maxPasses = 8
)

// stream can read anywhere in a file that can only be read forwards. It starts again from
// the beginning to go back further than what it keeps.
type stream struct {
	open func() io.Reader
	size int64

	r    io.Reader
	next int64 // number of the block that r has reached
	pass int   // number of times that r was started
	kept map[int64][]byte
}

func newStream(open func() io.Reader, size int64) *stream {
	return &stream{open: open, size: size, kept: map[int64][]byte{}}
}

// has reports whether the file has n bytes at offset.
func (s *stream) has(offset, n uint64) bool {
	size := uint64(max(s.size, 0))
	return offset <= size && n <= size-offset
}

// at returns a copy of the n bytes at offset.
func (s *stream) at(offset, n uint64) ([]byte, error) {
	if !s.has(offset, n) {
		return nil, damage("it is truncated, or its headers are wrong")
	}
	out := make([]byte, 0, n)
	for i, start := int64(offset)/blockSize, offset%blockSize; uint64(len(out)) < n; i, start = i+1, 0 {
		block, err := s.block(i)
		if err != nil {
			return nil, err
		}
		out = append(out, block[start:min(uint64(len(block)), start+n-uint64(len(out)))]...)
	}
	return out, nil
}

// block returns one block of the file; the last may be shorter than the others.
func (s *stream) block(i int64) ([]byte, error) {
	if b, ok := s.kept[i]; ok {
		return b, nil
	}
	if s.r == nil || i < s.next {
		if s.pass++; s.pass > maxPasses {
			return nil, damage("its headers are scattered over the file")
		}
		s.r, s.next = s.open(), 0
		maps.DeleteFunc(s.kept, func(i int64, _ []byte) bool { return i >= headBlocks })
	}
	for {
		b, err := s.read()
		if err != nil {
			return nil, err
		}
		if s.next > i {
			return b, nil
		}
	}
}

// read reads the next block and keeps it, in place of an older one.
func (s *stream) read() ([]byte, error) {
	want := min(blockSize, s.size-s.next*blockSize)
	if want <= 0 {
		return nil, damage("it is truncated")
	}
	var b []byte
	if old := s.next - tailBlocks; old >= headBlocks && s.kept[old] != nil {
		b = s.kept[old]
		delete(s.kept, old)
	} else {
		b = make([]byte, blockSize)
	}
	b = b[:want]
	if _, err := io.ReadFull(s.r, b); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, damage("it is truncated")
		}
		return nil, err
	}
	s.kept[s.next] = b
	s.next++
	return b, nil
}
