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

// TestFetchLargestFirst: the order of the lock does not decide which wheel is the last.
func TestFetchLargestFirst(t *testing.T) {
	sized := func(size int64) resolve.Distribution { return resolve.Distribution{File: lock.File{Size: size}} }
	if got := bySize([]resolve.Distribution{sized(1), sized(0), sized(7), sized(0), sized(3)}); !slices.Equal(got, []int{2, 4, 0, 1, 3}) {
		t.Errorf("got %v", got)
	}
}
