package lock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// linkPackages converts the dependencies of all packages to edges.
func (u *uvReader) linkPackages() error {
	for i := range u.raw.Packages {
		raw, p := &u.raw.Packages[i], &u.lock.Packages[i]
		var err error
		if p.Dependencies, err = u.edges(p, raw.Dependencies); err != nil {
			return err
		}
		if p.Extras, err = u.edgesByName(p, raw.OptionalDependencies); err != nil {
			return err
		}
	}
	return nil
}

func (u *uvReader) edgesByName(p *Package, raw map[string][]uvDependency) (map[string][]Dependency, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	edges := make(map[string][]Dependency, len(raw))
	for name, list := range raw {
		var err error
		if edges[name], err = u.edges(p, list); err != nil {
			return nil, err
		}
	}
	return edges, nil
}

// edges converts dependencies of p to edges.
func (u *uvReader) edges(p *Package, raw []uvDependency) ([]Dependency, error) {
	if u.linked += len(raw); u.linked > maxEdges {
		return nil, u.d.damaged(p.Line, errEdges)
	}
	edges := make([]Dependency, len(raw))
	for i := range raw {
		to, err := u.find(&raw[i])
		if err == nil {
			edges[i] = Dependency{Package: to, Extras: raw[i].Extra}
			edges[i].Marker, err = u.marker(raw[i].Marker)
		}
		if err != nil {
			return nil, u.d.damaged(p.Line, fmt.Errorf("package %s: dependency %s: %w", p.Name, raw[i].Name, err))
		}
	}
	return edges, nil
}

var errAmbiguous = errors.New("several packages have this name")

// find returns the index of the package that dep refers to. If several packages have the
// name, dep has the version and source of one of them; without a version, it refers to a
// source tree with a dynamic version.
func (u *uvReader) find(dep *uvDependency) (int, error) {
	found := -1
	candidates := u.byName[dep.Name]
	for _, i := range candidates {
		raw := &u.raw.Packages[i]
		if dep.Version != raw.Version && (dep.Version != "" || len(candidates) > 1) {
			continue
		}
		if dep.Source != nil && *dep.Source != (uvSource{}) && *dep.Source != raw.Source {
			continue
		}
		if found >= 0 {
			return 0, errAmbiguous
		}
		found = i
	}
	if found < 0 && len(candidates) > 1 && dep.Version == "" {
		return 0, errAmbiguous
	}
	if found < 0 {
		return 0, errors.New("no package has this name, version, and source")
	}
	return found, nil
}

// readRoots determines the roots: the project in the lock file's folder, or else every
// workspace member, and the requirements of a script or of a workspace without a root
// project.
func (u *uvReader) readRoots() error {
	l := u.lock
	l.Extras, l.Groups = map[string][]Dependency{}, map[string][]Dependency{}
	here, members := u.projects()
	var projects []uvProject
	for _, i := range members {
		projects = append(projects, uvProject{l.Packages[i].Name, l.Packages[i].Source.Location, u.raw.Packages[i].Metadata})
		m, err := u.member(i)
		if err != nil {
			return err
		}
		l.Members = append(l.Members, m)
		if len(here) > 0 && !slices.Contains(here, i) {
			continue
		}
		l.Packages[i].Root = true
		l.Roots = append(l.Roots, Dependency{Package: i})
		for extra, edges := range m.Extras {
			l.Extras[extra] = joined(l.Extras[extra], edges)
		}
		for group, edges := range m.Groups {
			l.Groups[group] = joined(l.Groups[group], edges)
		}
	}
	if len(l.Roots) == 1 {
		l.Project = l.Packages[l.Roots[0].Package].Name
	}
	l.check = staleUV(projects, l.RequiresPython)
	return u.readManifest()
}

// joined returns both lists in one, without a copy if the first is empty.
func joined(a, b []Dependency) []Dependency {
	if len(a) == 0 {
		return slices.Clip(b)
	}
	return append(a, b...)
}

// projects returns the indexes of the projects in the lock file's folder, and of all
// workspace members including those.
func (u *uvReader) projects() (here, members []int) {
	named := make(map[string]bool, len(u.raw.Manifest.Members))
	for _, name := range u.raw.Manifest.Members {
		named[name] = true
	}
	for i := range u.raw.Packages {
		p := &u.raw.Packages[i]
		isHere := p.Source.Editable == "." || p.Source.Virtual == "." || p.Source.Directory == "."
		if isHere {
			here = append(here, i)
		}
		if isHere || named[p.Name] {
			members = append(members, i)
		}
	}
	return here, members
}

// member reads the extras and groups of a workspace member. Empty ones appear only in its
// metadata.
func (u *uvReader) member(i int) (Member, error) {
	p, raw := &u.lock.Packages[i], &u.raw.Packages[i]
	m := Member{Package: i, Extras: map[string][]Dependency{}, Groups: map[string][]Dependency{}}
	extras := slices.Collect(maps.Keys(p.Extras))
	if raw.Metadata != nil {
		extras = append(extras, raw.Metadata.ProvidesExtras...)
		for group := range raw.Metadata.RequiresDev {
			m.Groups[group] = nil
		}
	}
	for _, extra := range extras {
		m.Extras[extra] = []Dependency{{Package: i, Extras: []string{extra}}}
	}
	for _, groups := range []map[string][]uvDependency{raw.DevDependencies, raw.DependencyGroups} {
		edges, err := u.edgesByName(p, groups)
		if err != nil {
			return m, err
		}
		for name, list := range edges {
			m.Groups[name] = append(m.Groups[name], list...)
		}
	}
	return m, nil
}

// readManifest adds the requirements that do not belong to a package.
func (u *uvReader) readManifest() error {
	edges, err := u.manifestEdges(u.raw.Manifest.Requirements)
	if err != nil {
		return err
	}
	u.lock.Roots = append(u.lock.Roots, edges...)
	for group, list := range u.raw.Manifest.DependencyGroups {
		if edges, err = u.manifestEdges(list); err != nil {
			return err
		}
		u.lock.Groups[group] = append(u.lock.Groups[group], edges...)
	}
	return nil
}

// manifestEdges converts requirements without versions to edges. If several packages have
// the name, their resolution-markers decide.
func (u *uvReader) manifestEdges(list []uvRequirement) ([]Dependency, error) {
	var edges []Dependency
	for _, r := range list {
		if len(u.byName[r.Name]) == 0 {
			return nil, u.d.damaged(0, fmt.Errorf("the [manifest] table requires %[1]s, but the file has no package %[1]s", r.Name))
		}
		for _, i := range u.byName[r.Name] {
			marker, err := u.marker(conjunction(r.Marker, disjunction(u.raw.Packages[i].ResolutionMarkers)))
			if err != nil {
				return nil, u.d.damaged(u.lock.Packages[i].Line, err)
			}
			if u.linked++; u.linked > maxEdges {
				return nil, u.d.damaged(0, errEdges)
			}
			edges = append(edges, Dependency{Package: i, Extras: r.Extras, Marker: marker})
		}
	}
	return edges, nil
}
