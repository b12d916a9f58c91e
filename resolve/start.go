package resolve

import (
	"slices"
	"sync/atomic"

	"github.com/lamella-build/lamella/lock"
)

// Starter is a Finder that is told which wheels will be installed as soon as each is
// certain, while the files of other packages are still being looked up, so that it can
// begin to download them. It is told only of wheels that it found, with a hash in the
// lock file. They are not needed after all only if Resolve returns an error. Start is
// called from several goroutines.
type Starter interface {
	Start(d Distribution)
}

// starting tells a Starter of wheels.
type starting struct {
	*graph
	starter Starter     // nil for none
	over    atomic.Bool // Resolve will return an error
}

// startWith returns what tells f, if it is a Starter. refused are the packages that are
// already known not to be installable.
func (g *graph) startWith(f Finder, refused []*refusal) *starting {
	s := &starting{graph: g}
	s.starter, _ = f.(Starter)
	s.over.Store(slices.ContainsFunc(refused, func(e *refusal) bool { return e != nil }))
	return s
}

// found is called with the files of each package that was looked up.
func (s *starting) found(n *node, files []lock.File) {
	if s.starter == nil || s.over.Load() {
		return
	}
	switch d, e := s.pick(n, files, s.target.Ranking()); {
	case e != nil:
		s.over.Store(true)
	case !d.FromSource && !d.Unhashed && d.Hash != "":
		s.starter.Start(d)
	}
}
