package lock

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// Stated holds the requirements that a flat lock file and its project record. They are only
// for display: a flat lock lists the packages to install without them.
type Stated struct {
	Name string // of the project, normalized; "" if unknown
	// Project holds the requirements of the project itself. It is empty if they are
	// unknown.
	Project []ProjectRequirement
	// Main is the name of the group of requirements without an extra or group, or "" if the
	// format has none.
	Main string
	// Packages holds the requirements of each package, by index in Lock.Packages.
	Packages [][]pep508.Requirement
}

// ProjectRequirement is a requirement of the project.
type ProjectRequirement struct {
	pep508.Requirement
	Extra, Group string // the one that adds it, normalized; both "" if it is unconditional
}

// Stated returns the recorded requirements of a flat lock file: a pdm.lock, a pylock.toml,
// or a poetry.lock since format 2.1. It returns nil for all others.
func (l *Lock) Stated() *Stated {
	if l.stated == nil {
		return nil
	}
	return l.stated()
}

// note adds a requirement of package i. It ignores a requirement with an invalid marker.
func (s *Stated) note(i int, name string, extras []string, marker string) {
	if r, ok := statedRequirement(name, extras, marker); ok {
		s.Packages[i] = append(s.Packages[i], r)
	}
}

func statedRequirement(name string, extras []string, marker string) (pep508.Requirement, bool) {
	r := pep508.Requirement{Name: pep503.Normalize(name), Extras: extras}
	if marker == "" {
		return r, true
	}
	var err error
	r.Marker, err = pep508.ParseMarker(marker)
	return r, err == nil
}

// noteProject adds requirements of the project, in PEP 508 form.
func (s *Stated) noteProject(list []string, extra, group string) {
	for _, text := range list {
		if r, err := pep508.ParseRequirement(text); err == nil {
			s.Project = append(s.Project, ProjectRequirement{r, pep503.Normalize(extra), pep503.Normalize(group)})
		}
	}
}

// noteStandard adds the name and requirements in [project] and [dependency-groups].
func (s *Stated) noteStandard(p *pyproject) {
	s.Name = pep503.Normalize(p.Project.Name)
	s.noteProject(p.Project.Dependencies, "", "")
	for _, extra := range slices.Sorted(maps.Keys(p.Project.OptionalDependencies)) {
		s.noteProject(p.Project.OptionalDependencies[extra], extra, "")
	}
	for _, group := range slices.Sorted(maps.Keys(p.DependencyGroups)) {
		if list, err := p.group(group, nil); err == nil {
			s.noteProject(list, "", group)
		}
	}
}

// anyExtra returns the marker that is true if any of the extras is active, or "" if there
// are none.
func anyExtra(extras []string) string {
	var alternatives []string
	for _, extra := range extras {
		alternatives = append(alternatives, fmt.Sprintf("extra == %q", pep503.Normalize(extra)))
	}
	return disjunction(alternatives)
}

// stated returns the requirements in the lock file and the pyproject.toml beside it.
func (r *pdmReader) stated() *Stated {
	s := &Stated{Main: pdmDefault, Packages: make([][]pep508.Requirement, len(r.lock.Packages))}
	for i := range r.raw.Packages {
		raw, at := &r.raw.Packages[i], r.at[i]
		for _, text := range raw.Dependencies {
			req, err := pep508.ParseRequirement(text)
			if err == nil && pep503.Normalize(req.Name) != r.lock.Packages[at].Name {
				s.note(at, req.Name, req.Extras, conjunction(req.Marker.String(), anyExtra(raw.Extras)))
			}
		}
	}
	project, err := r.d.pyproject("")
	if err != nil {
		return s
	}
	s.noteStandard(project)
	for _, group := range slices.Sorted(maps.Keys(project.Tool.PDM.DevDependencies)) {
		s.noteProject(project.Tool.PDM.DevDependencies[group], "", group)
	}
	return s
}

// stated returns the requirements in the lock file and the pyproject.toml beside it.
func (r *poetryReader) stated() *Stated {
	s := &Stated{Main: poetryMain, Packages: make([][]pep508.Requirement, len(r.lock.Packages))}
	for i := range r.raw.Packages {
		raw := &r.raw.Packages[i]
		adds := extrasOf(raw.Extras)
		eachPoetryDependency(raw.Dependencies, func(q requirement) {
			marker := q.marker
			if q.optional && !markerExtra.MatchString(marker) {
				marker = conjunction(marker, anyExtra(adds[q.name]))
			}
			s.note(i, q.name, q.extras, marker)
		})
	}
	project, err := r.d.pyproject("")
	if err != nil {
		return s
	}
	s.noteStandard(project)
	poetry := &project.Tool.Poetry
	if s.Name == "" {
		s.Name = pep503.Normalize(poetry.Name)
	}
	adds := extrasOf(poetry.Extras)
	standard := map[string]bool{} // Poetry's own table only adds details to these
	for _, q := range s.Project {
		standard[pep503.Normalize(q.Name)] = standard[pep503.Normalize(q.Name)] || q.Group == ""
	}
	add := func(q requirement, extra, group string) {
		if req, ok := statedRequirement(q.name, q.extras, q.marker); ok {
			s.Project = append(s.Project, ProjectRequirement{req, extra, pep503.Normalize(group)})
		}
	}
	eachPoetryDependency(poetry.Dependencies, func(q requirement) {
		if standard[q.name] {
			return
		}
		for _, extra := range adds[q.name] {
			add(q, extra, "")
		}
		if !q.optional {
			add(q, "", "")
		}
	})
	eachPoetryDependency(poetry.DevDependencies, func(q requirement) { add(q, "", "dev") })
	for _, group := range slices.Sorted(maps.Keys(poetry.Groups)) {
		eachPoetryDependency(poetry.Groups[group].Dependencies, func(q requirement) { add(q, "", group) })
	}
	return s
}

// eachPoetryDependency calls use for each requirement in a table of dependencies. It skips
// invalid ones.
func eachPoetryDependency(table map[string]any, use func(requirement)) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		deps, err := poetryDependencies(table[name])
		if err != nil || name == "python" {
			continue
		}
		for _, dep := range deps {
			if q, err := dep.requirement(name); err == nil {
				use(q)
			}
		}
	}
}

// extrasOf inverts a table of extras: it returns, for each distribution, the sorted extras
// that list it.
func extrasOf(table map[string][]string) map[string][]string {
	named := map[string][]string{}
	for _, extra := range slices.Sorted(maps.Keys(table)) {
		for _, text := range table[extra] {
			name := pep503.Normalize(leadingName.FindStringSubmatch(text)[1])
			named[name] = append(named[name], pep503.Normalize(extra))
		}
	}
	return named
}

// stated returns the requirements in packages.dependencies, which a pylock.toml may contain
// "for informational purposes".
func (raw *pylock) stated() *Stated {
	s := &Stated{Packages: make([][]pep508.Requirement, len(raw.Packages))}
	for i := range raw.Packages {
		for _, dep := range raw.Packages[i].Dependencies {
			s.note(i, dep.Name, nil, "")
		}
	}
	return s
}

// hasDependencies reports whether any package has packages.dependencies.
func (raw *pylock) hasDependencies() bool {
	return slices.ContainsFunc(raw.Packages, func(p pylockPackage) bool { return len(p.Dependencies) > 0 })
}
