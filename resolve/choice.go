package resolve

import (
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
)

// explainFiles returns, for each of files, whether it was chosen, and why not. chosen is
// the name of the chosen file of n, or "" if none was chosen.
func (g *graph) explainFiles(n *node, files []lock.File, chosen string) []Choice {
	ranking := g.target.Ranking()
	all := candidates(n.Package, files)
	var fitting []*candidate
	var others []candidate
	for i := range all {
		c := &all[i]
		var ok bool
		if c.wrong == nil {
			c.rank, ok = ranking.Best(c.wheel)
		}
		if ok {
			fitting = append(fitting, c)
		} else {
			others = append(others, *c)
		}
	}
	slices.SortStableFunc(fitting, (*candidate).compare)
	sortNearest(others, ranking)
	var choices []Choice
	for _, c := range fitting {
		choice := Choice{File: c.file, Fits: true, Chosen: c.file.Name == chosen}
		switch {
		case choice.Chosen || chosen == "":
		case n.NoBinary:
			choice.Reason = "fits, but --no-binary requires a build from source"
		default:
			choice.Reason = g.worse(c, fitting[0])
		}
		choices = append(choices, choice)
	}
	for _, c := range others {
		choice := Choice{File: c.file, Reason: g.why(&c, ranking), Chosen: c.file.Name == chosen}
		if choice.Chosen { // an sdist to build
			choice.Reason = ""
			choices = slices.Insert(choices, 0, choice)
			continue
		}
		choices = append(choices, choice)
	}
	return choices
}

// worse returns the reason why c ranks below best.
func (g *graph) worse(c, best *candidate) string {
	if c.highest && c.wheel.Version.Compare(best.wheel.Version) != 0 {
		return fmt.Sprintf("fits, but its version %s is lower than %s", c.wheel.Version, best.wheel.Version)
	}
	if c.rank != best.rank {
		tags := g.target.Tags()
		return fmt.Sprintf("fits, but its tag %s ranks below %s", tags[c.rank], tags[best.rank])
	}
	if c.wheel.Build.Compare(best.wheel.Build) != 0 {
		return "fits, but its build tag " + buildName(c.wheel.Build) + " is lower than " + buildName(best.wheel.Build)
	}
	return "fits equally well, but comes later by name"
}

func buildName(b pep425.BuildTag) string {
	if !b.Present {
		return "(none)"
	}
	return b.Number + b.Rest
}
