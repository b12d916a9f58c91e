package index

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// TestFetchGoesOnWhileChecking: wheels that are being checked do not keep others from coming.
func TestFetchGoesOnWhileChecking(t *testing.T) {
	b := newBench(t)
	var ds []resolve.Distribution
	for i := range parallel + checking {
		name := fmt.Sprintf("more%02d", i)
		testindex.MakeWheel(t, b.dir, name, "1.0", "py3-none-any", map[string]string{name + ".py": "x = 1\n"})
		ds = append(ds, b.distribution(name+"-1.0-py3-none-any.whl"))
	}
	var all sync.WaitGroup // of the wheels that came and are not checked yet
	all.Add(len(ds))
	b.client.Arriving = nil
	b.client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error {
		all.Done()
		all.Wait()
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := b.client.Fetch(ctx, ds); err != nil {
		t.Error(err)
	}
}

// TestFetchLargestFirst: the order of the lock does not decide which wheel is the last, and
// those whose ranges are awaited keep no others from being downloaded.
func TestFetchLargestFirst(t *testing.T) {
	var jobs []*job
	for i, size := range []int64{1, 0, 7, 0, 3, 9} {
		jobs = append(jobs, &job{d: resolve.Distribution{Name: fmt.Sprint(i), File: lock.File{Size: size}}, last: i == 5})
	}
	var order string
	for len(jobs) > 0 {
		i := nextOf(jobs)
		order += jobs[i].d.Name
		jobs = slices.Delete(jobs, i, i+1)
	}
	if order != "240135" {
		t.Errorf("got %s", order)
	}
}
