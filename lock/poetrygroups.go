package lock

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// poetryGroup is a dependency group of a Poetry project, merged from all tables in
// pyproject.toml that define it.
type poetryGroup struct {
	standard []string         // requirements in [dependency-groups] (PEP 735)
	tables   []map[string]any // Poetry's own tables, unless standard replaces them
	includes []string         // normalized names of the groups that it includes
}

// poetryGroups merges [dependency-groups], [tool.poetry.group], and
// [tool.poetry.dev-dependencies] by normalized name, as poetry-core's Factory does. If a
// group has requirements in [dependency-groups], Poetry's own tables only add the sources
// of its distributions, so poetryGroups omits them.
func (p *pyproject) poetryGroups() (map[string]*poetryGroup, error) {
	groups := map[string]*poetryGroup{}
	group := func(name string) *poetryGroup {
		name = pep503.Normalize(name)
		if groups[name] == nil {
			groups[name] = &poetryGroup{}
		}
		return groups[name]
	}
	for _, name := range slices.Sorted(maps.Keys(p.DependencyGroups)) {
		list, includes, err := groupElements(name, p.DependencyGroups[name])
		if err != nil {
			return nil, err
		}
		g := group(name)
		g.standard, g.includes = append(g.standard, list...), append(g.includes, includes...)
	}
	poetry := &p.Tool.Poetry
	for _, name := range slices.Sorted(maps.Keys(poetry.Groups)) {
		g := group(name)
		for _, included := range poetry.Groups[name].IncludeGroups {
			g.includes = append(g.includes, pep503.Normalize(included))
		}
		g.tables = append(g.tables, poetry.Groups[name].Dependencies)
	}
	if poetry.DevDependencies != nil {
		g := group("dev")
		g.tables = append(g.tables, poetry.DevDependencies)
	}
	for _, g := range groups {
		if len(g.standard) > 0 {
			g.tables = nil
		}
	}
	return groups, nil
}

// withIncluded returns the group with the given name and the groups that it includes, each
// once. open holds the groups that include it, to detect cycles.
func withIncluded(groups map[string]*poetryGroup, name string, open []string) ([]*poetryGroup, error) {
	g := groups[name]
	switch {
	case slices.Contains(open, name):
		return nil, fmt.Errorf("the dependency group %s includes itself", name)
	case g == nil:
		return nil, fmt.Errorf("the dependency group %s is included but not defined", name)
	}
	all := []*poetryGroup{g}
	for _, included := range g.includes {
		more, err := withIncluded(groups, included, append(open, name))
		if err != nil {
			return nil, err
		}
		for _, g := range more {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all, nil
}

// readGroupsOf links the requirements of the project's dependency groups.
func (r *poetryReader) readGroupsOf(project *pyproject) error {
	groups, err := project.poetryGroups()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		parts, err := withIncluded(groups, name, nil)
		if err != nil {
			return err
		}
		r.lock.Groups[name] = slices.Clip(r.lock.Groups[name]) // present even if empty
		for _, part := range parts {
			edges, err := r.groupEdges(part)
			if err != nil {
				return fmt.Errorf("group %s: %w", name, err)
			}
			r.lock.Groups[name] = append(r.lock.Groups[name], edges...)
		}
	}
	return nil
}

// groupEdges links the requirements of a group, without the groups that it includes. Groups
// have no optional requirements.
func (r *poetryReader) groupEdges(g *poetryGroup) ([]Dependency, error) {
	var edges []Dependency
	for _, text := range g.standard {
		req, err := pep508.ParseRequirement(text)
		if err != nil {
			return nil, err
		}
		wanted := requirement{name: pep503.Normalize(req.Name), extras: req.Extras, text: req.Specifiers.String(), marker: req.Marker.String()}
		if req.URL == "" {
			wanted.allows = req.Specifiers.Contains
		}
		found, err := r.linker.edges(wanted)
		if err != nil {
			return nil, err
		}
		edges = append(edges, found...)
	}
	for _, table := range g.tables {
		found, optional, err := r.edges(table)
		if err != nil {
			return nil, err
		}
		edges = append(edges, found...)
		for _, name := range slices.Sorted(maps.Keys(optional)) {
			edges = append(edges, optional[name]...)
		}
	}
	return edges, nil
}
