// Package early sends the parts of a layer's zip while its wheels are still being
// downloaded, so that the downloads and the upload of a first deployment overlap.
//
// The layout of the zip follows from the lists of files at the ends of the wheels. A part of
// the zip is sent as soon as all of its bytes have arrived. The wheels are therefore
// downloaded in ranges, in the order in which the zip needs them, instead of from beginning
// to end. Package early verifies nothing: the receiver compares the parts with the zip that
// is built later.
package early

import (
	"context"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// Wheel is a wheel that is downloaded in ranges, such as an index.Remote.
type Wheel interface {
	io.ReaderAt
	Size() int64
	// Fetch downloads a range, except for the bytes that have already arrived.
	Fetch(ctx context.Context, from, to int64) error
	// Notify makes the wheel call arrived for each range that arrives or has already
	// arrived.
	Notify(arrived func(from, to int64))
}

// Receiver receives the parts of a zip, such as a publish.Incoming. It reports its errors
// itself.
type Receiver interface {
	// PartSize returns the size in bytes of every part except the last.
	PartSize() int64
	// Begin is called before Send, with the layout and the size of the zip. After an error,
	// nothing is sent.
	Begin(ctx context.Context, layout []layerzip.Placed, size int64) error
	// Send is called for each part, in any order. part counts from 0.
	Send(ctx context.Context, part int, zip io.ReaderAt) error
}

const (
	fetchesAtATime = 3
	sendsAtATime   = 4
	// backlog is the number of parts that must be waiting to be sent before bytes that the
	// zip does not need are downloaded. The wheels must be complete to be verified, but that
	// should not interrupt the sending.
	backlog = 3
)

// Run downloads the wheels, which are the sources of some of the entries, and sends the zip
// of the entries to the receiver. The sources of all other entries must be complete. If a
// part cannot be sent, Run only downloads. Run returns an error only if a download fails.
func Run(ctx context.Context, entries []layer.Entry, wheels []Wheel, to Receiver) error {
	zip, err := layerzip.NewView(entries)
	if err != nil {
		return err
	}
	p := newPlan(zip, to.PartSize(), wheels)
	s := &sending{plan: p, ready: make(chan int, len(p.left)), begun: make(chan struct{})}
	go func() {
		defer close(s.begun)
		s.fail(to.Begin(ctx, zip.Layout(), zip.Size()))
	}()
	for i, left := range p.left {
		if left == 0 {
			s.waiting++
			s.ready <- i
		}
	}
	for i, w := range wheels {
		w.Notify(func(from, to int64) { s.arrived(i, from, to) })
	}
	var sends sync.WaitGroup
	for range sendsAtATime {
		sends.Go(func() { s.send(ctx, zip, to) })
	}
	err = s.fetch(ctx)
	s.close()
	sends.Wait()
	return err
}

// sending is a zip that is being sent.
type sending struct {
	plan  *plan
	ready chan int      // numbers of the parts whose bytes have arrived
	begun chan struct{} // closed once Begin has returned

	mu      sync.Mutex
	waiting int  // number of parts that are ready but have not been sent
	failed  bool // nothing more is sent
}

// arrived records that bytes of a wheel have arrived, and queues the parts that are now
// ready.
func (s *sending) arrived(wheel int, from, to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range s.plan.arrived(wheel, from, to) {
		s.waiting++
		s.ready <- part // the channel has room for all parts
	}
}

// fetch downloads all of the wheels.
func (s *sending) fetch(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for range fetchesAtATime {
		group.Go(func() error {
			for r := range s.next {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := s.plan.wheels[r.wheel].Fetch(ctx, r.from, r.to); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// next yields the ranges to download. Each goes to only one of the goroutines that call
// next.
func (s *sending) next(yield func(byteRange) bool) {
	take := func() (r byteRange, ok bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		list := &s.plan.needed
		if len(*list) == 0 || len(s.plan.rest) > 0 && (s.waiting >= backlog || s.failed) {
			list = &s.plan.rest
		}
		if len(*list) == 0 {
			return r, false
		}
		r, *list = (*list)[0], (*list)[1:]
		return r, true
	}
	for {
		if r, ok := take(); !ok || !yield(r) {
			return
		}
	}
}

// close ends the sending once the parts that are ready have been sent.
func (s *sending) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ready)
}

// send sends the parts that are ready, until one fails.
func (s *sending) send(ctx context.Context, zip io.ReaderAt, to Receiver) {
	<-s.begun
	for part := range s.ready {
		if !s.fail(nil) {
			s.sent(to.Send(ctx, part, zip))
		}
	}
}

// sent records that a part was sent, or why it was not.
func (s *sending) sent(err error) {
	s.fail(err)
	s.mu.Lock()
	s.waiting--
	s.mu.Unlock()
}

// fail records err if it is not nil, and reports whether there has been any error.
func (s *sending) fail(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = s.failed || err != nil
	return s.failed
}
