package lock

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// readGraph links the packages by their dependencies and reads the roots from
// pyproject.toml.
func (r *pdmReader) readGraph() error {
	project, err := r.d.pyproject("was created without the inherit_metadata strategy, so it does not record groups")
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
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		requirements := groups[name]
		edges, err := r.edges(requirements, project.Project.Name)
		if err != nil {
			var hints []string
			var part *lineError
			if errors.As(err, &part) {
				hints = []string{part.hint, "or lock again so that the lock file records the groups: " + in(filepath.Dir(r.d.path), "pdm lock --strategy inherit_metadata")}
			}
			return project.fault(fmt.Errorf("group %s: %w", name, err), hints...)
		}
		r.lock.Groups[name] = edges
	}
	r.readNames()
	r.lock.Includes = []Include{project.include()}
	return nil
}

// pdmExtras returns a key for a set of extras. PDM locks each set that is required, not
// each extra.
func pdmExtras(extras []string) string {
	var names []string
	for _, extra := range extras {
		names = append(names, pep503.Normalize(extra))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

// edges links a list of requirements of the package or project with the given name.
func (r *pdmReader) edges(list []string, name string) ([]Dependency, error) {
	var edges []Dependency
	for _, text := range list {
		req, err := pep508.ParseRequirement(r.named(text))
		if err != nil {
			return nil, &lineError{quoting(err), "write a package name with a version specifier or a URL"}
		}
		wanted := requirement{name: pep503.Normalize(req.Name), text: req.Specifiers.String(), marker: req.Marker.String()}
		if itself := wanted.name == pep503.Normalize(name); itself && (len(req.Extras) == 0 || r.linker.byName[wanted.name] == nil) {
			continue // the entry with extras requires the one without; the project is not locked
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

// named returns the name of a requirement of the form "-e URL", from the URL's fragment or
// from the locked package with that URL. It returns other requirements unchanged.
func (r *pdmReader) named(text string) string {
	location, editable := strings.CutPrefix(text, "-e ")
	if !editable {
		return text
	}
	location, fragment, _ := strings.Cut(strings.TrimSpace(location), "#")
	if values, err := url.ParseQuery(fragment); err == nil && values.Get("egg") != "" {
		return values.Get("egg")
	}
	if location = r.d.expandRoot(location); !hasScheme(location) {
		location = FileURL(absolute(r.d.dir(), location))
	}
	for i := range r.lock.Packages {
		if source := r.lock.Packages[i].Source; source.Kind == FromDirectory && FileURL(source.Location) == location {
			return r.lock.Packages[i].Name
		}
	}
	return text
}

// pdmGroups returns the requirements of all groups, including extras, by normalized name.
// It merges them as PDM does: [dependency-groups] and [tool.pdm.dev-dependencies]
// contribute to the same group; an extra takes precedence over both; and the project itself
// with an extra stands for the requirements of that extra.
func (p *pyproject) pdmGroups() (map[string][]string, error) {
	extras := map[string][]string{pdmDefault: p.Project.Dependencies}
	for name, list := range p.Project.OptionalDependencies {
		extras[pep503.Normalize(name)] = list
	}
	parts, err := p.pdmDevelopment()
	if err != nil {
		return nil, err
	}
	for name, list := range extras {
		parts[name] = groupParts{list: list}
	}
	groups := map[string][]string{}
	for name := range parts {
		if groups[name], err = p.pdmGroup(parts, name, nil); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// groupParts holds a group's requirements and the groups that it includes.
type groupParts struct{ list, includes []string }

// pdmDevelopment returns the merged development groups by normalized name.
func (p *pyproject) pdmDevelopment() (map[string]groupParts, error) {
	parts := map[string]groupParts{}
	for name, raw := range p.DependencyGroups {
		list, includes, err := groupElements(name, raw)
		if err != nil {
			return nil, err
		}
		parts[pep503.Normalize(name)] = groupParts{list, includes}
	}
	for name, list := range p.Tool.PDM.DevDependencies {
		name = pep503.Normalize(name)
		g := parts[name]
		g.list = append(slices.Clone(g.list), list...)
		parts[name] = g
	}
	return parts, nil
}

// pdmGroup returns the requirements of a group and of the groups that it includes. open
// holds the groups that include it, to detect cycles.
func (p *pyproject) pdmGroup(parts map[string]groupParts, name string, open []string) ([]string, error) {
	g, ok := parts[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("the dependency group %s includes %s, which is not defined", open[len(open)-1], name)
	case slices.Contains(open, name):
		return nil, fmt.Errorf("the dependency group %s includes itself", name)
	}
	var list []string
	includes := g.includes
	for _, text := range g.list {
		req, err := pep508.ParseRequirement(text)
		if err != nil || len(req.Extras) == 0 || pep503.Normalize(req.Name) != pep503.Normalize(p.Project.Name) {
			list = append(list, text)
			continue
		}
		includes = append(slices.Clip(includes), req.Extras...)
	}
	for _, included := range includes {
		more, err := p.pdmGroup(parts, included, append(open, name))
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// groupElements splits a group of [dependency-groups] into its requirements and the
// normalized names of the groups that it includes (PEP 735).
func groupElements(name string, raw []any) (list, includes []string, err error) {
	for _, element := range raw {
		switch element := element.(type) {
		case string:
			list = append(list, element)
		case map[string]any:
			included, _ := element["include-group"].(string)
			includes = append(includes, pep503.Normalize(included))
		default:
			return nil, nil, fmt.Errorf("the dependency group %s has an element that is neither a string nor a table", name)
		}
	}
	return list, includes, nil
}

// group returns the requirements of a dependency group and of the groups that it includes
// (PEP 735). open holds the groups that include it, to detect cycles.
func (p *pyproject) group(name string, open []string) ([]string, error) {
	name = pep503.Normalize(name)
	if slices.Contains(open, name) {
		return nil, fmt.Errorf("the dependency group %s includes itself", name)
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
		return nil, fmt.Errorf("the dependency group %s is not defined", name)
	}
	list, includes, err := groupElements(name, raw)
	if err != nil {
		return nil, err
	}
	for _, included := range includes {
		more, err := p.group(included, append(open, name))
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}
