package lamella

import (
	"cmp"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// ways are the shortest ways from the project to everything in the layer.
type ways struct {
	*resolve.Explanation
	came map[place]int // by which edge, an index into Edges, each place was reached first
}

// place is a package, or an extra of it: what an edge starts from.
type place struct {
	pkg   int
	extra string
}

// findWays searches breadth first.
func findWays(x *resolve.Explanation) *ways {
	w := &ways{Explanation: x, came: map[place]int{}}
	from := map[place][]int{}
	var queue []int // edges that hold, their beginning being reached
	for i, e := range x.Edges {
		switch {
		case e.State != resolve.Holds:
		case e.From == resolve.Project:
			queue = append(queue, i)
		default:
			p := place{e.From, e.Extra}
			from[p] = append(from[p], i)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, extra := range append([]string{""}, x.Edges[i].Extras...) {
			p := place{x.Edges[i].Package, extra}
			if _, ok := w.came[p]; !ok {
				w.came[p] = i
				queue = append(queue, from[p]...)
			}
		}
	}
	return w
}

// asks lists who asks for a package, those first whose demand counts, and of
// these the shortest ways. Of somebody who asks twice each demand is told.
func (w *ways) asks(pkg int) []Ask {
	var asks []Ask
	for i, e := range w.Edges {
		root := e.From == resolve.Project && w.IsProject(pkg) // nobody asks for what the lock was made for
		if e.Package == pkg && e.From != pkg && !root {
			asks = append(asks, Ask{State: e.State, Path: w.path(i)})
		}
	}
	slices.SortStableFunc(asks, func(a, b Ask) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(len(a.Path), len(b.Path)))
	})
	return asks
}

// path is the way that ends with an edge.
func (w *ways) path(i int) []Step {
	e := &w.Edges[i]
	steps := []Step{w.step(e)}
	for e.From != resolve.Project {
		before, reached := w.came[place{e.From, e.Extra}]
		step := w.step(&resolve.Edge{Dependency: lock.Dependency{Package: e.From}})
		if reached {
			step = w.step(&w.Edges[before])
		}
		step.Extra = e.Extra
		steps = append(steps, step)
		if !reached {
			break
		}
		e = &w.Edges[before]
	}
	if e.From == resolve.Project && !steps[len(steps)-1].Project {
		steps = append(steps, Step{Name: w.Name, Project: true, Extra: e.Extra, Group: e.Group})
	}
	slices.Reverse(steps)
	return steps
}

// step is the package that an edge leads to.
func (w *ways) step(e *resolve.Edge) Step {
	p := &w.Lock.Packages[e.Package]
	s := Step{Name: p.Name, Version: p.Version, Project: w.IsProject(e.Package), Marker: e.Marker.String()}
	if s.Name == "" {
		s.Name = p.String()
	}
	return s
}
