package resolve

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
)

// ErrOffline marks the error of a Finder that may send no request and does not
// know the answer.
var ErrOffline = errors.New("offline")

// Holder is a Finder that can tell whether the file of a distribution is on this
// machine, so that an offline run names all that is missing at once.
type Holder interface {
	Holds(d Distribution) bool
}

// Offline is one error, which is ErrOffline, for all distributions that an
// offline run lacks, such as "numpy 2.3.0". There has to be at least one.
func Offline(lacking []string) error {
	lacking = slices.Compact(slices.Sorted(slices.Values(lacking)))
	e := &fault.Error{Kind: fault.Index, Sentinel: ErrOffline, Details: lacking,
		Message: fmt.Sprintf("%d distributions are not on this machine, and --offline permits no request", len(lacking)),
		Hints: []string{
			"run the same command once without --offline: it keeps what it downloads",
			"or bring a folder with their files, and name it: --find-links DIR",
		}}
	if len(lacking) == 1 {
		e.Message, e.Details = lacking[0]+" is not on this machine, and --offline permits no request", nil
	}
	return e
}

// lacking names the packages whose files are not known, and those whose file is
// known and not here.
func (g *graph) lacking(reached []*node, files [][]lock.File, unknown []bool, refused []*refusal, f Finder) (names []string) {
	holder, ok := f.(Holder)
	ranking := g.target.Ranking()
	for i, n := range reached {
		switch {
		case unknown[i]:
			names = append(names, n.String())
		case ok && refused[i] == nil:
			if d, refusal := g.pick(n, files[i], ranking); refusal == nil && !holder.Holds(d) {
				names = append(names, n.String())
			}
		}
	}
	return names
}
