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

// roots are where a walk starts.
type roots struct {
	edges []lock.Dependency
	// projects holds the indexes of the locked projects. The layer contains their
	// dependencies but not the projects themselves.
	projects map[int]bool
	// active holds the projects and groups that are active from the start. Edges activate
	// extras.
	active []lock.ConflictItem
	// extras and groups are the selected ones, normalized, including the default groups.
	extras, groups map[string]bool
	main           bool // whether the project's own dependencies are selected
}

// chooseRoots returns the roots of the lock with the selected extras and groups.
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
		r.edges = slices.Clone(from.Roots) // their markers determine which apply
	}
	extras := o.Extras
	if o.AllExtras {
		extras = slices.Collect(maps.Keys(from.Extras))
	}
	if len(o.OnlyGroups) > 0 && len(extras) > 0 && l.Format == lock.UV {
		return nil, &fault.Error{Kind: fault.Usage, Subject: l.Path,
			Message: "--extra cannot be combined with --only-group",
			Hints:   []string{"to include a group along with the project and its extras, use --group instead of --only-group"}}
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

// scope holds the roots to choose from.
type scope struct {
	Roots          []lock.Dependency
	Extras, Groups map[string][]lock.Dependency
}

// scope returns the roots of a workspace member, or of the lock if member is "".
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
	e := &fault.Error{Kind: fault.Usage, Subject: l.Path, Message: fmt.Sprintf("%s has no workspace member %q", l.Path, member)}
	if len(names) == 0 {
		e.Hints = []string{"remove --package, because the lock file has no workspace"}
	} else {
		e.Hints = []string{chooseOf("workspace member", names)}
	}
	return scope{}, e
}

// add adds the roots of the named extras or groups, and returns their normalized names.
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

// activate activates the selected groups of the projects and, if projects is true, the projects.
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

// lookup returns the roots that an extra or group adds.
func lookup(l *lock.Lock, kind string, known map[string][]lock.Dependency, name string) ([]lock.Dependency, error) {
	edges, ok := known[pep503.Normalize(name)]
	if ok {
		return edges, nil
	}
	e := &fault.Error{Kind: fault.Usage, Subject: l.Path, Message: fmt.Sprintf("%s has no %s %q", l.Path, kind, name)}
	if len(known) == 0 {
		e.Hints = []string{fmt.Sprintf("remove --%s, because the lock file has no %ss", kind, kind)}
	} else {
		names := slices.Sorted(maps.Keys(known))
		if l.Format == lock.Pipenv { // "dev" is another name of "develop"
			names = slices.DeleteFunc(names, func(name string) bool { return name == "develop" })
		}
		e.Hints = []string{chooseOf(kind, names)}
	}
	return nil, e
}

// chooseOf returns the hint to choose one of the names, which are of the given kind.
func chooseOf(kind string, names []string) string {
	if len(names) == 1 {
		return "use the only " + kind + ": " + names[0]
	}
	if more := len(names) - shown; more > 0 {
		names = append(names[:shown:shown], fmt.Sprintf("and %d more", more))
	}
	return "choose one of: " + strings.Join(names, ", ")
}
