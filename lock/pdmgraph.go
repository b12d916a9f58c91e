package lock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// readGraph links the packages by what they depend on, and finds the roots in
// pyproject.toml.
func (r *pdmReader) readGraph() error {
	project, err := r.d.pyproject("without the strategy inherit_metadata it does not tell what belongs to which group")
	if err != nil {
		return err
	}
	r.linker.index(make([]string, len(r.lock.Packages)))
	for i := range r.raw.Packages {
		raw := &r.raw.Packages[i]
		edges, err := r.edges(raw.Dependencies, raw.Name)
		p := &r.lock.Packages[r.at[i]]
		if err != nil {
			return r.d.damaged(p.Line, fmt.Errorf("package %s: %w", p.Name, err))
		}
		if len(raw.Extras) == 0 {
			p.Dependencies = edges
			continue
		}
		if p.Extras == nil {
			p.Extras = map[string][]Dependency{}
		}
		p.Extras[pdmExtras(raw.Extras)] = edges
	}
	groups, err := project.pdmGroups()
	if err != nil {
		return project.fault(err)
	}
	for name, requirements := range groups {
		edges, err := r.edges(requirements, project.Project.Name)
		if err != nil {
			return project.fault(fmt.Errorf("group %s: %w", name, err))
		}
		r.lock.Groups[pep503.Normalize(name)] = edges
	}
	r.readNames()
	r.lock.Includes = []Include{project.include()}
	return nil
}

// pdmExtras is how a set of extras is named here: PDM locks each set that is
// required, not each extra.
func pdmExtras(extras []string) string {
	var names []string
	for _, extra := range extras {
		names = append(names, pep503.Normalize(extra))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

// edges links a list of requirements of the package or project by.
func (r *pdmReader) edges(list []string, by string) ([]Dependency, error) {
	var edges []Dependency
	for _, text := range list {
		req, err := pep508.ParseRequirement(text)
		if err != nil {
			return nil, fmt.Errorf("%w; lamella reads names, versions and URLs (pdm lock --strategy inherit_metadata does without)", quoting(err))
		}
		wanted := requirement{name: pep503.Normalize(req.Name), text: req.Specifiers.String(), marker: req.Marker.String()}
		if itself := wanted.name == pep503.Normalize(by); itself && (len(req.Extras) == 0 || r.linker.byName[wanted.name] == nil) {
			continue // with an extra a package requires itself without; the project is not in the lock
		}
		if len(req.Extras) > 0 {
			wanted.extras = []string{pdmExtras(req.Extras)}
		}
		if req.URL == "" {
			wanted.allows = req.Specifiers.Contains
		}
		found, err := r.linker.edges(wanted)
		if err != nil {
			return nil, err
		}
		edges = append(edges, found...)
	}
	return edges, nil
}

// pdmGroups returns the requirements of all groups, extras among them.
func (p *pyproject) pdmGroups() (map[string][]string, error) {
	groups := map[string][]string{pdmDefault: p.Project.Dependencies}
	maps.Copy(groups, p.Project.OptionalDependencies)
	maps.Copy(groups, p.Tool.PDM.DevDependencies)
	for name := range p.DependencyGroups {
		list, err := p.group(name, nil)
		if err != nil {
			return nil, err
		}
		groups[name] = list
	}
	return groups, nil
}

// group returns the requirements of a dependency group with those that it
// includes (PEP 735). open are the groups that include it.
func (p *pyproject) group(name string, open []string) ([]string, error) {
	name = pep503.Normalize(name)
	if slices.Contains(open, name) {
		return nil, fmt.Errorf("dependency-groups: %s includes itself", name)
	}
	raw, ok := p.DependencyGroups[name]
	if !ok {
		for key := range p.DependencyGroups {
			if pep503.Normalize(key) == name {
				raw, ok = p.DependencyGroups[key], true
			}
		}
	}
	if !ok {
		return nil, fmt.Errorf("dependency-groups: there is no %s", name)
	}
	var list []string
	for _, element := range raw {
		switch element := element.(type) {
		case string:
			list = append(list, element)
		case map[string]any:
			included, _ := element["include-group"].(string)
			more, err := p.group(included, append(open, name))
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		default:
			return nil, fmt.Errorf("dependency-groups: %s has what is neither a text nor a table", name)
		}
	}
	return list, nil
}
