package early

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/span"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// fakeWheel is a wheel whose bytes arrive when they are fetched.
type fakeWheel struct {
	content []byte
	fail    int // the number of the Fetch that fails, counted from 1; 0 for none

	mu      sync.Mutex
	there   []bool
	twice   int // bytes that were fetched again
	fetched int
	arrived func(from, to int64)
}

func (w *fakeWheel) Size() int64 { return int64(len(w.content)) }

func (w *fakeWheel) ReadAt(b []byte, off int64) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.Contains(w.there[off:off+int64(len(b))], false) {
		return 0, errors.New("not there")
	}
	return copy(b, w.content[off:]), nil
}

func (w *fakeWheel) Fetch(ctx context.Context, from, to int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fetched++; w.fetched == w.fail {
		return errors.New("broken")
	}
	for i := from; i < to; i++ {
		if w.there[i] {
			w.twice++
		}
		w.there[i] = true
	}
	w.arrived(from, to)
	return ctx.Err()
}

func (w *fakeWheel) Notify(arrived func(from, to int64)) { w.arrived = arrived }

// fakeReceiver compares what it receives.
type fakeReceiver struct {
	refuse, failAt int // Begin fails; the number of the Send that fails, counted from 1
	partSize       int64

	mu    sync.Mutex
	calls int
	sent  map[int][]byte
	size  int64
}

func (r *fakeReceiver) PartSize() int64 { return r.partSize }

func (r *fakeReceiver) Begin(_ context.Context, _ []layerzip.Placed, size int64) error {
	r.size, r.sent = size, map[int][]byte{}
	if r.refuse > 0 {
		return errors.New("refused")
	}
	return nil
}

func (r *fakeReceiver) Send(_ context.Context, part int, zip io.ReaderAt) error {
	offset := int64(part) * r.partSize
	data, err := io.ReadAll(io.NewSectionReader(zip, offset, min(r.partSize, r.size-offset)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls++; r.calls == r.failAt {
		err = errors.New("broken")
	}
	if r.sent[part] != nil {
		return fmt.Errorf("part %d is sent twice", part)
	}
	r.sent[part] = data
	return err
}

// wheelsAndEntries makes wheels whose files are in another order than in the zip, with bytes
// between them that the zip does not have, and files that are there from the beginning.
func wheelsAndEntries(seed uint64) (wheels []Wheel, entries []layer.Entry) {
	random := rand.New(rand.NewPCG(seed, 1))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		rand.NewChaCha8([32]byte{byte(seed), byte(n)}).Read(b)
		return b
	}
	entry := func(content []byte, source io.ReaderAt, offset int) layer.Entry {
		return layer.Entry{Name: fmt.Sprintf("python/%08x.py", random.Uint32()), CRC32: crc32.ChecksumIEEE(content),
			Compressed: int64(len(content)), Size: int64(len(content)), Source: source, Offset: int64(offset)}
	}
	for range 1 + random.IntN(3) {
		w := &fakeWheel{}
		var offsets, sizes []int
		for range random.IntN(30) {
			w.content = append(w.content, bytesOf(random.IntN(200))...)
			size := random.IntN(3000)
			offsets, sizes = append(offsets, len(w.content)), append(sizes, size)
			w.content = append(w.content, bytesOf(size)...)
		}
		w.content = append(w.content, bytesOf(1+random.IntN(500))...)
		w.there = make([]bool, len(w.content))
		for i, at := range offsets {
			entries = append(entries, entry(w.content[at:at+sizes[i]], w, at))
		}
		wheels = append(wheels, w)
	}
	for range 1 + random.IntN(5) {
		content := bytesOf(random.IntN(2000))
		entries = append(entries, entry(content, bytes.NewReader(content), 0))
	}
	return wheels, entries
}

// TestRun: whatever the wheels are like, all their bytes are fetched once, and all parts are
// sent if none fails.
func TestRun(t *testing.T) {
	for seed := range uint64(60) {
		wheels, entries := wheelsAndEntries(seed)
		to := &fakeReceiver{partSize: 5000}
		switch seed % 10 {
		case 8:
			to.failAt = 2
		case 9:
			to.refuse = 1
		}
		if err := Run(t.Context(), entries, wheels, to); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, w := range wheels {
			if w := w.(*fakeWheel); slices.Contains(w.there, false) || w.twice > 0 {
				t.Errorf("seed %d: wheel %d is not complete, or %d bytes came twice", seed, i, w.twice)
			}
		}
		var want bytes.Buffer
		if _, err := layerzip.Write(t.Context(), &want, entries, nil); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for i := range len(to.sent) {
			got = append(got, to.sent[i]...)
		}
		if seed%10 < 8 && !bytes.Equal(got, want.Bytes()) || to.refuse > 0 && len(got) > 0 {
			t.Errorf("seed %d: %d bytes were sent, which are not the zip of %d", seed, len(got), want.Len())
		}
	}
}

// TestRunFails: a download that fails ends it.
func TestRunFails(t *testing.T) {
	wheels, entries := wheelsAndEntries(3)
	wheels[0].(*fakeWheel).fail = 1
	if err := Run(t.Context(), entries, wheels, &fakeReceiver{partSize: 5000}); err == nil {
		t.Error("no error")
	}
	if err := Run(t.Context(), nil, wheels, &fakeReceiver{}); !errors.Is(err, layer.ErrEmpty) {
		t.Errorf("got %v", err)
	}
}

// TestOrder: what the first part needs comes first, wherever it is in the wheels; what nothing
// needs is apart.
func TestOrder(t *testing.T) {
	const mib = 1 << 20
	wheel := func(size int) *fakeWheel { return &fakeWheel{content: make([]byte, size)} }
	a, b := wheel(12*mib), wheel(4*mib)
	entry := func(name string, w *fakeWheel, from, size int64) layer.Entry {
		return layer.Entry{Name: name, Compressed: size, Size: size, Source: w, Offset: from}
	}
	zip, err := layerzip.NewView([]layer.Entry{
		entry("1", a, 7*mib, 5*mib), entry("2", a, 0, mib), entry("3", b, mib, 2*mib), entry("4", a, mib+128<<10, 4*mib), entry("5", b, 0, mib),
	})
	if err != nil {
		t.Fatal(err)
	}
	p := newPlan(zip, 5*mib, []Wheel{a, b})
	list := func(ranges []byteRange) (texts []string) {
		for _, r := range ranges {
			texts = append(texts, fmt.Sprintf("%c %.1f-%.1f", 'a'+r.wheel, float64(r.from)/mib, float64(r.to)/mib))
		}
		return texts
	}
	want := []string{"a 7.0-8.0", "a 8.0-9.0", "a 9.0-10.0", "a 10.0-11.0", "a 11.0-12.0", // the first part
		"a 0.0-1.0", "a 1.0-2.0", "a 2.0-3.1", "b 1.0-2.0", "b 2.0-3.0", // the second
		"a 3.1-4.1", "a 4.1-5.1", "b 0.0-1.0"} // the third; what is between 5.1 and 7 delays little
	if got := list(p.needed); !slices.Equal(got, want) {
		t.Errorf("needed: %q", got)
	}
	if got := list(p.rest); !slices.Equal(got, []string{"a 5.1-6.1", "a 6.1-7.0", "b 3.0-4.0"}) {
		t.Errorf("rest: %q", got)
	}
}

// TestInTheWay: what is not needed is only downloaded early if a lot more waits for it to be
// verified.
func TestInTheWay(t *testing.T) {
	p := &plan{wheels: []Wheel{&fakeWheel{content: make([]byte, 1000)}}}
	got := p.inTheWay(0, []span.Span{{From: 10, To: 100}, {From: 150, To: 600}, {From: 800, To: 900}})
	if want := []byteRange{{0, 100, 150}, {0, 0, 10}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestRestComesEarly: what the zip does not need is downloaded while parts wait to be sent.
func TestRestComesEarly(t *testing.T) {
	s := &sending{plan: &plan{needed: []byteRange{{0, 0, 1}, {0, 1, 2}}, rest: []byteRange{{0, 7, 8}, {0, 8, 9}}}}
	var got []int64
	for r := range s.next {
		got = append(got, r.from)
		s.waiting = backlog * (len(got) % 2)
	}
	if !slices.Equal(got, []int64{0, 7, 1, 8}) {
		t.Errorf("got %d", got)
	}
}
