package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// roots is where a walk starts.
type roots struct {
	edges []lock.Dependency
	// projects are the packages that the lock was made for, by index: what
	// they depend on is wanted, they themselves are not.
	projects map[int]bool
	// active are the projects and groups that are active from the start; the
	// extras become active by the edges that ask for them.
	active []lock.ConflictItem
	// extras and groups are those asked for, normalised, and the default groups.
	extras, groups map[string]bool
	main           bool // what the project itself depends on is wanted
}

// chooseRoots adds what is asked for to the lock's own roots.
func chooseRoots(l *lock.Lock, o Options) (*roots, error) {
	r := &roots{projects: map[int]bool{}, extras: map[string]bool{}, groups: map[string]bool{}, main: len(o.OnlyGroups) == 0}
	from, err := r.scope(l, o.Package)
	if err != nil {
		return nil, err
	}
	groups := slices.Concat(o.Groups, o.OnlyGroups)
	if r.main {
		r.edges = slices.Clone(from.Roots)
		if !o.NoDefaultGroups {
			groups = append(groups, l.DefaultGroups...)
		}
	} else if l.Format == lock.Pylock {
		r.edges = slices.Clone(from.Roots) // their markers tell
	}
	extras := o.Extras
	if o.AllExtras {
		extras = slices.Collect(maps.Keys(from.Extras))
	}
	if len(o.OnlyGroups) > 0 && len(extras) > 0 && l.Format == lock.UV {
		return nil, &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: l.Path,
			Err:   fmt.Errorf("extras belong to the project, and only groups are wanted"),
			Hints: []string{"take --only-group with extras apart: --group adds a group to the project"}}
	}
	if r.extras, err = r.add(l, "extra", from.Extras, extras); err != nil {
		return nil, err
	}
	if r.groups, err = r.add(l, "group", from.Groups, groups); err != nil {
		return nil, err
	}
	r.activate(l, r.main)
	return r, nil
}

// scope is what roots are chosen from.
type scope struct {
	Roots          []lock.Dependency
	Extras, Groups map[string][]lock.Dependency
}

// scope finds the member of the workspace to start from; "": the lock's own roots.
func (r *roots) scope(l *lock.Lock, member string) (scope, error) {
	if member == "" {
		for i := range l.Packages {
			if l.Packages[i].Root {
				r.projects[i] = true
			}
		}
		return scope{l.Roots, l.Extras, l.Groups}, nil
	}
	var names []string
	for _, m := range l.Members {
		name := l.Packages[m.Package].Name
		if name == pep503.Normalize(member) {
			r.projects[m.Package] = true
			return scope{[]lock.Dependency{{Package: m.Package}}, m.Extras, m.Groups}, nil
		}
		names = append(names, name)
	}
	e := &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: l.Path, Err: fmt.Errorf("it has no workspace member %q", member)}
	if len(names) == 0 {
		e.Hints = []string{"it has no workspace: leave --package out"}
	} else {
		e.Hints = []string{"the members it has: " + strings.Join(names, ", ")}
	}
	return scope{}, e
}

// add adds the roots of the extras or groups of the given names, which it
// returns normalised.
func (r *roots) add(l *lock.Lock, kind string, known map[string][]lock.Dependency, names []string) (map[string]bool, error) {
	added := map[string]bool{}
	for _, name := range names {
		edges, err := lookup(l, kind, known, name)
		if err != nil {
			return nil, err
		}
		if name = pep503.Normalize(name); !added[name] {
			added[name] = true
			r.edges = append(r.edges, edges...)
		}
	}
	return added, nil
}

// activate notes what is active from the start: the projects, unless only
// groups are wanted, and the groups of each.
func (r *roots) activate(l *lock.Lock, projects bool) {
	for i := range r.projects {
		name := l.Packages[i].Name
		if projects {
			r.active = append(r.active, lock.ConflictItem{Package: name})
		}
		for group := range r.groups {
			r.active = append(r.active, lock.ConflictItem{Package: name, Group: group})
		}
	}
}

// lookup finds what an extra or group adds.
func lookup(l *lock.Lock, kind string, known map[string][]lock.Dependency, name string) ([]lock.Dependency, error) {
	edges, ok := known[pep503.Normalize(name)]
	if ok {
		return edges, nil
	}
	e := &fault.Error{Kind: fault.Usage, Op: "resolve", Subject: l.Path, Err: fmt.Errorf("it has no %s %q", kind, name)}
	if len(known) == 0 {
		e.Hints = []string{fmt.Sprintf("it has no %ss at all: leave --%s out", kind, kind)}
	} else {
		e.Hints = []string{fmt.Sprintf("the %ss it has: %s", kind, strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
	}
	return nil, e
}
