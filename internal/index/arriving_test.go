package index

import (
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/resolve"
)

// arrivals makes every test of the client one of Client.Arriving: what is examined
// grows, is verified as Client.Verify would, and is closed in the end.
func (b *bench) arrivals(client *Client) {
	var open atomic.Int64
	b.Cleanup(func() {
		if n := open.Load(); n != 0 {
			b.Errorf("%d examinations are not closed", n)
		}
	})
	client.Arriving = func(d digest.Digest, name string, r io.ReaderAt) Arriving {
		open.Add(1)
		return &arrival{tb: b, r: r, verify: func(size int64) error { return client.Verify(d, name, r, size) }, close: func() { open.Add(-1) }}
	}
}

type arrival struct {
	tb     testing.TB
	r      io.ReaderAt
	size   int64
	verify func(int64) error
	close  func()
	done   bool // verified, after which nothing is read
}

func (a *arrival) Grow(size int64) {
	if size < a.size {
		a.tb.Errorf("%d bytes were there, and now %d", a.size, size)
	}
	a.size = size
}

func (a *arrival) Verify(size int64) error {
	if size != a.size {
		a.tb.Errorf("%d bytes arrived of %d", a.size, size)
	}
	a.done = true
	return a.verify(size)
}

func (a *arrival) Close() {
	a.close()
	if _, err := a.r.ReadAt(make([]byte, 1), 0); !a.done && errors.Is(err, fs.ErrInvalid) {
		a.tb.Errorf("closed too late to read: %v", err)
	}
}

// A download that breaks off is examined from its beginning when it goes on.
func TestArrivingAgain(t *testing.T) {
	b := newBench(t)
	b.index.Fail("/files/big", testindex.Fault{Truncate: 200 << 10, Times: 2})
	var began []*arrival
	inner := b.client.Arriving
	b.client.Arriving = func(d digest.Digest, name string, r io.ReaderAt) Arriving {
		a := inner(d, name, r).(*arrival)
		began = append(began, a)
		return a
	}
	b.fetched(bigName)
	for i := 1; i < len(began); i++ {
		if began[i].size <= began[i-1].size {
			t.Errorf("examination %d ended at %d bytes, the one before it at %d", i, began[i].size, began[i-1].size)
		}
	}
	if len(began) != 3 {
		t.Errorf("%d examinations", len(began))
	}
}

// An error of Verify that names the file is not repeated by the client's own words.
func TestInvalidWheel(t *testing.T) {
	b := newBench(t)
	b.client.Verify = func(_ digest.Digest, name string, _ io.ReaderAt, _ int64) error {
		return &fault.Error{Kind: fault.Index, Subject: name, Message: name + " is not a valid wheel"}
	}
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{b.distribution(bigName)})
	if err == nil || err.Error() != bigName+" is not a valid wheel" {
		t.Errorf("got %v", err)
	}
}
