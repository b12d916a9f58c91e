package wheel

import (
	"crypto/sha256"
	"errors"
	"io"
	"sync"

	"github.com/lamella-build/lamella/layer"
)

// Arriving examines a wheel during its download, so that little is left to do when the last
// byte arrives. It inflates members in the order of the file, using their local headers,
// and remembers the results. [Arriving.Examine] does everything else and does not trust
// local headers.
type Arriving struct {
	r io.ReaderAt

	mu      sync.Mutex
	changed sync.Cond
	there   int64 // number of bytes that have arrived
	ended   bool  // no more bytes will arrive
	closed  bool
	done    chan struct{}

	seen map[int64]seen // by the offset of a member's data; owned by the goroutine until done
}

// seen is a member that was inflated and matches its local header.
type seen struct {
	method           uint16
	compressed, size int64
	crc              uint32
	content          content
}

var errNotThere = errors.New("the bytes have not arrived")

// NewArriving starts to examine the wheel that is being written to r. Bytes announced with
// [Arriving.Grow] must not change. The caller must call Close.
func NewArriving(r io.ReaderAt) *Arriving {
	a := &Arriving{r: r, done: make(chan struct{}), seen: map[int64]seen{}}
	a.changed.L = &a.mu
	go func() {
		defer close(a.done)
		a.run()
	}()
	return a
}

// Grow announces that the first size bytes have arrived.
func (a *Arriving) Grow(size int64) { a.set(func() { a.there = size }) }

// Examine is like the function [Examine], for the complete wheel of size bytes.
func (a *Arriving) Examine(size int64, name string) (*Facts, error) {
	a.set(func() { a.there, a.ended = size, true })
	<-a.done
	return verified(a.r, size, name, a.seen)
}

// Close stops the examination.
func (a *Arriving) Close() {
	a.set(func() { a.closed = true })
	<-a.done
}

func (a *Arriving) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	a.changed.Broadcast()
}

// ReadAt waits until the bytes have arrived.
func (a *Arriving) ReadAt(b []byte, off int64) (int, error) {
	a.mu.Lock()
	for !a.closed && !a.ended && a.there < off+int64(len(b)) {
		a.changed.Wait()
	}
	ok := !a.closed && a.there >= off+int64(len(b))
	a.mu.Unlock()
	if !ok {
		return 0, errNotThere
	}
	return a.r.ReadAt(b, off)
}

// run inflates one member after another until all bytes have arrived or it finds something
// unusual. The size of the archive is not known yet, so the limit is what any wheel may
// unpack to.
func (a *Arriving) run() {
	c := newChecker()
	var unpacked int64
	for at := int64(0); !a.isEnded(); {
		e, err := a.next(at)
		if unpacked += e.Size; err != nil || unpacked > minUnpacked {
			return
		}
		got, err := c.inflated(e, sha256.New())
		if err != nil {
			return
		}
		a.seen[e.Offset] = seen{e.Method, e.Compressed, e.Size, e.CRC32, got}
		at = e.Offset + e.Compressed
	}
}

func (a *Arriving) isEnded() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ended || a.closed
}

// next returns the member whose local header is at offset at. The header must contain the
// sizes; next returns an error if they follow the data or are in a zip64 field.
func (a *Arriving) next(at int64) (e layer.Entry, err error) {
	var b [localSize]byte
	if err := readAt(a, b[:], at); err != nil {
		return e, err
	}
	e = layer.Entry{Method: le.Uint16(b[8:]), CRC32: le.Uint32(b[14:]), Compressed: int64(le.Uint32(b[18:])), Size: int64(le.Uint32(b[22:])),
		Source: a, Offset: at + localSize + int64(le.Uint16(b[26:])) + int64(le.Uint16(b[28:]))}
	m := member{flags: le.Uint16(b[6:]), method: e.Method, compressed: e.Compressed, size: e.Size, name: "?"}
	if le.Uint32(b[:]) != localSignature || m.flags&flagDescriptor != 0 || max(e.Compressed, e.Size) == max32 {
		return e, errors.New("the local header has no size")
	}
	return e, m.check()
}

// is reports whether s is the result of inflating e, including its hash by algorithm.
func (s seen) is(e *layer.Entry, algorithm string) bool {
	return s.content.hash != nil && s.method == e.Method && s.compressed == e.Compressed && s.size == e.Size && s.crc == e.CRC32 &&
		(algorithm == "" || algorithm == "sha256")
}
