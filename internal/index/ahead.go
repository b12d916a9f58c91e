package index

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/resolve"
)

// FetchAhead begins to download each wheel that [Client.Start] is told of, until the next
// Fetch, which waits for those that it is asked for. The caller must call end, also after an
// error: it stops what no Fetch waited for, and removes what came of it, except whole wheels
// and what an earlier run left.
func (c *Client) FetchAhead(ctx context.Context) (end func()) {
	f := c.newFetching(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = f
	return func() {
		c.takeAhead(f)
		f.end(errUnwanted)
	}
}

// Start implements resolve.Starter. It does nothing without FetchAhead.
func (c *Client) Start(d resolve.Distribution) {
	f := c.fetchingAhead()
	if f == nil {
		return
	}
	if _, cached := c.cache.Wheel(d.Hash); !cached {
		f.add(d)
	}
}

// fetchingAhead returns what FetchAhead began, if no Fetch has come yet.
func (c *Client) fetchingAhead() *fetching {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

var _ resolve.Starter = (*Client)(nil)

// takeAhead returns what FetchAhead began, if anything, and ends that Start adds to it. If f
// is not nil, it takes no other.
func (c *Client) takeAhead(f *fetching) *fetching {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f != nil && c.ahead != f {
		return nil
	}
	f, c.ahead = c.ahead, nil
	return f
}

// errUnwanted is the cause with which downloads end whose beginning is not kept.
var errUnwanted = errors.New("the wheel will not be installed")

// fetching downloads wheels, always the largest that it knows of next.
type fetching struct {
	client  *Client
	ctx     context.Context
	stop    context.CancelCauseFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	jobs    map[digest.Digest]*job
	waiting []*job   // in the order in which they were added
	running int      // workers
	failed  error    // the first error that is not about a single file; it ended the others
	memos   []func() // what is done when there is time
	ended   bool
}

// job is the download of one wheel.
type job struct {
	d    resolve.Distribution
	last bool          // its ranges are awaited, which would keep others from being downloaded
	done chan struct{} // closed when path and err are set
	path string
	err  error
}

func (c *Client) newFetching(ctx context.Context) *fetching {
	f := &fetching{client: c, jobs: map[digest.Digest]*job{}}
	f.ctx, f.stop = context.WithCancelCause(ctx)
	return f
}

// job returns the download of the wheel with the hash d, nil if there is none.
func (f *fetching) job(d digest.Digest) *job {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.jobs[d]
}

// add announces wheels, and downloads them. Those that are known already are not downloaded
// twice.
func (f *fetching) add(ds ...resolve.Distribution) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range ds {
		if f.jobs[d.Hash] == nil {
			j := &job{d: d, last: f.client.remote(d.Hash) != nil, done: make(chan struct{})}
			f.jobs[d.Hash], f.waiting = j, append(f.waiting, j)
			f.client.events.Emit(event.Event{Kind: event.Expect, Op: "download", Subject: d.File.Name, Total: d.File.Size})
		}
	}
	for range min(len(f.waiting), parallel+checking-f.running) {
		f.running++
		f.workers.Go(f.work)
	}
}

// work downloads until nothing waits.
func (f *fetching) work() {
	for j := f.next(); j != nil; j = f.next() {
		if j.err = f.ctx.Err(); j.err == nil {
			j.path, j.err = f.client.fetch(f.ctx, j.d)
		}
		if j.err != nil {
			f.client.endRanges(errIncomplete) // which will not come, because nobody asks for them
		}
		if j.err != nil && !isMissing(j.err) {
			f.fail(j.err)
		}
		close(j.done)
	}
}

// next takes the job to do next, nil if there is none.
func (f *fetching) next() *job {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		f.running--
		return nil
	}
	i := nextOf(f.waiting)
	j := f.waiting[i]
	f.waiting = append(f.waiting[:i], f.waiting[i+1:]...)
	return j
}

// nextOf returns the index of the job to do first: of the largest wheel. Those of unknown
// size come last, in their order.
func nextOf(jobs []*job) (next int) {
	for i, j := range jobs {
		best := jobs[next]
		if j.last == best.last && j.d.File.Size > best.d.File.Size || !j.last && best.last {
			next = i
		}
	}
	return next
}

// isMissing reports an error that is about a single file, so that the others are downloaded.
func isMissing(err error) bool {
	return isAbsent(err) || errors.Is(err, errNotFound) || errors.Is(err, resolve.ErrOffline) ||
		fault.KindOf(err) == fault.Index && errors.Is(err, fs.ErrNotExist)
}

// fail ends all downloads. What has come of them is kept for the next run.
func (f *fetching) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == nil {
		f.failed = err
	}
	f.stop(err)
}

// wait waits for the wheel of d, and calls Fetched with it.
func (f *fetching) wait(d resolve.Distribution) (string, error) {
	j := f.job(d.Hash)
	<-j.done
	if j.err == nil && f.client.Fetched != nil {
		f.client.Fetched(d, j.path)
	}
	return j.path, j.err
}

// failure returns the error that ended all downloads, nil if none did.
func (f *fetching) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// later has something done while the wheels arrive, or reports that it is too late for that.
func (f *fetching) later(do func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ended {
		f.memos = append(f.memos, do)
	}
	return !f.ended
}

// catchUp does what was to be done later.
func (f *fetching) catchUp() {
	f.mu.Lock()
	memos := f.memos
	f.memos, f.ended = nil, true
	f.mu.Unlock()
	for _, do := range memos {
		do()
	}
}

// end stops the downloads that are not done, with a cause, and waits for them.
func (f *fetching) end(cause error) {
	f.stop(cause)
	f.catchUp()
	f.workers.Wait()
}
