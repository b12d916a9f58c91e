package lock

import (
	"maps"
	"slices"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// Names are the names in a lock file that options can refer to. Each list is sorted.
type Names struct {
	Extras, Groups []string // of the project, or of the selected workspace member
	Members        []string // of the workspace
	Distributions  []string
}

// Names returns the names in l. Extras and Groups are those of the workspace member with
// the given name, if there is one, or of the project if member is "".
func (l *Lock) Names(member string) *Names {
	extras, groups := l.Extras, l.Groups
	n := &Names{}
	for _, m := range l.Members {
		name := l.Packages[m.Package].Name
		n.Members = append(n.Members, name)
		if name == pep503.Normalize(member) {
			extras, groups = m.Extras, m.Groups
		}
	}
	n.Extras, n.Groups = slices.Sorted(maps.Keys(extras)), slices.Sorted(maps.Keys(groups))
	for _, p := range l.Packages {
		if p.Name != "" {
			n.Distributions = append(n.Distributions, p.Name)
		}
	}
	slices.Sort(n.Members)
	slices.Sort(n.Distributions)
	n.Distributions = slices.Compact(n.Distributions)
	return n
}
