package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
)

// ErrOffline is the error of a Finder that must not send requests and does not know the
// answer.
var ErrOffline = errors.New("offline")

// Holder is a Finder that also reports whether the file of a distribution is available
// without an index, so that an offline run can list all missing files at once.
type Holder interface {
	Holds(ctx context.Context, d Distribution) bool
}

// Offline returns the error, matching ErrOffline, for the distributions that an offline run
// lacks, such as "numpy 2.3.0". lacking must not be empty.
func Offline(lacking []string) error {
	lacking = slices.Compact(slices.Sorted(slices.Values(lacking)))
	e := &fault.Error{Kind: fault.Index, Sentinel: ErrOffline, Details: lacking,
		Message: fmt.Sprintf("%d distributions are not cached, and --offline does not allow downloads", len(lacking)),
		Hints: []string{
			"run the same command once without --offline to download them to the cache",
			"or use a folder that contains the files: --find-links DIR",
		}}
	if len(lacking) == 1 {
		e.Message, e.Details = lacking[0]+" is not cached, and --offline does not allow downloads", nil
	}
	return e
}

// lacking returns the packages whose files are unknown or not on this machine.
func (g *graph) lacking(ctx context.Context, reached []*node, files [][]lock.File, unknown []bool, refused []*refusal, f Finder) (names []string) {
	holder, ok := f.(Holder)
	ranking := g.target.Ranking()
	for i, n := range reached {
		switch {
		case unknown[i]:
			names = append(names, n.String())
		case ok && refused[i] == nil:
			if d, refusal := g.pick(n, files[i], ranking); refusal == nil && !holder.Holds(ctx, d) {
				names = append(names, n.String())
			}
		}
	}
	return names
}
