package lamella

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// LockNames are the names in a lock file by which something can be asked of it,
// each list sorted.
type LockNames struct {
	Extras, Groups []string // of the project, or of Layer.Package
	Members        []string // of the workspace, for Layer.Package
	Distributions  []string
}

// Names reads the names in the lock file of l. Only l's Project, Lock and Package
// matter.
func Names(l Layer) (*LockNames, error) {
	path := l.Lock
	if path == "" {
		var err error
		if path, err = lock.Find(cmp.Or(l.Project, "."), target.Target{}); err != nil {
			return nil, err
		}
	}
	read, err := lock.Read(path)
	if err != nil {
		return nil, err
	}
	extras, groups := read.Extras, read.Groups
	n := &LockNames{}
	for _, m := range read.Members {
		name := read.Packages[m.Package].Name
		n.Members = append(n.Members, name)
		if name == pep503.Normalize(l.Package) {
			extras, groups = m.Extras, m.Groups
		}
	}
	n.Extras, n.Groups = slices.Sorted(maps.Keys(extras)), slices.Sorted(maps.Keys(groups))
	for _, p := range read.Packages {
		if p.Name != "" {
			n.Distributions = append(n.Distributions, p.Name)
		}
	}
	slices.Sort(n.Members)
	slices.Sort(n.Distributions)
	n.Distributions = slices.Compact(n.Distributions)
	return n, nil
}
