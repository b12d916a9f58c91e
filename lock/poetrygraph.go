package lock

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// poetryDependency is an entry of a table of dependencies, in a lock file or in a
// pyproject.toml.
type poetryDependency struct {
	versions  string // "" if the dependency is a URL, a path, or a repository
	markers   string
	python    string
	platform  string
	extras    []string
	optional  bool
	byVersion bool
}

// poetryDependencies reads an entry: a version constraint, a table, or a list of tables.
func poetryDependencies(raw any) ([]poetryDependency, error) {
	switch raw := raw.(type) {
	case string:
		return []poetryDependency{{versions: raw, byVersion: true}}, nil
	case []any:
		var all []poetryDependency
		for _, one := range raw {
			list, err := poetryDependencies(one)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
		return all, nil
	case map[string]any:
		text := func(key string) string { s, _ := raw[key].(string); return s }
		dep := poetryDependency{versions: text("version"), markers: text("markers"), python: text("python"), platform: text("platform")}
		dep.optional, _ = raw["optional"].(bool)
		dep.byVersion = dep.versions != ""
		extras, _ := raw["extras"].([]any)
		for _, extra := range extras {
			if name, ok := extra.(string); ok {
				dep.extras = append(dep.extras, pep503.Normalize(name))
			}
		}
		return []poetryDependency{dep}, nil
	}
	return nil, errors.New("expected a version or a table")
}

// requirement converts dep, a dependency with the given name, to a requirement.
func (dep *poetryDependency) requirement(name string) (requirement, error) {
	r := requirement{name: pep503.Normalize(name), extras: dep.extras, text: dep.versions, optional: dep.optional}
	python, err := parsePoetryVersions(dep.python)
	if err != nil {
		return r, err
	}
	r.marker = conjunction(conjunction(dep.markers, python.dependencyMarker()), platformMarker(dep.platform))
	if dep.byVersion {
		versions, err := parsePoetryVersions(dep.versions)
		if err != nil {
			return r, err
		}
		r.allows = versions.allows
	}
	return r, nil
}

// platformMarker returns the marker for "linux", "!=win32", or "linux || darwin".
func platformMarker(text string) string {
	var alternatives []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "||", "|"), "|") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		op, name := "==", strings.TrimLeft(part, "=! ")
		if strings.HasPrefix(part, "!") {
			op = "!="
		}
		alternatives = append(alternatives, fmt.Sprintf("sys_platform %s %q", op, name))
	}
	return disjunction(alternatives)
}

// readGraph links the packages by their dependencies and reads the roots from
// pyproject.toml.
func (r *poetryReader) readGraph() error {
	const old = "does not record groups (its format version is older than 2.1)"
	project, err := r.d.pyproject(old)
	if err != nil {
		return err
	}
	poetry := project.Tool.Poetry
	if len(poetry.Dependencies) == 0 && (poetry.Name == "" || len(project.Project.Dependencies) > 0) {
		return r.d.refuse(old+", and its pyproject.toml has no tool.poetry.dependencies to read them from", "lock again with Poetry 2 or later: "+r.d.relock())
	}
	python := make([]string, len(r.raw.Packages))
	for i := range r.raw.Packages {
		c, err := parsePoetryVersions(r.raw.Packages[i].PythonVersions)
		if err != nil {
			return r.d.damaged(r.lock.Packages[i].Line, err)
		}
		python[i] = c.marker()
	}
	r.linker.index(python)
	for i := range r.raw.Packages {
		if err := r.link(i); err != nil {
			return r.d.damaged(r.lock.Packages[i].Line, fmt.Errorf("package %s: %w", r.lock.Packages[i].Name, err))
		}
	}
	if err := r.readRoots(project); err != nil {
		return project.fault(err)
	}
	r.lock.Project = pep503.Normalize(poetry.Name)
	r.lock.Includes = []Include{project.include()}
	return nil
}

// link adds the edges of package i. An optional dependency belongs to the extras
// that list it.
func (r *poetryReader) link(i int) error {
	raw := &r.raw.Packages[i]
	edges, optional, err := r.edges(raw.Dependencies)
	if err != nil {
		return err
	}
	p := &r.lock.Packages[i]
	p.Dependencies = edges
	p.Extras = extraEdges(p.Name, raw.Extras, optional, func(extras []string) []Dependency {
		return []Dependency{{Package: i, Extras: extras}}
	})
	return nil
}

// edges links a table of dependencies. It returns the optional ones by name.
func (r *poetryReader) edges(table map[string]any) (edges []Dependency, optional map[string][]Dependency, err error) {
	optional = map[string][]Dependency{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "python" {
			continue
		}
		deps, err := poetryDependencies(table[name])
		if err != nil {
			return nil, nil, fmt.Errorf("dependency %s: %w", name, err)
		}
		for _, dep := range deps {
			requirement, err := dep.requirement(name)
			if err != nil {
				return nil, nil, fmt.Errorf("dependency %s: %w", name, err)
			}
			found, err := r.linker.edges(requirement)
			if err != nil {
				return nil, nil, fmt.Errorf("dependency %s: %w", name, err)
			}
			if dep.optional {
				optional[requirement.name] = append(optional[requirement.name], found...)
			} else {
				edges = append(edges, found...)
			}
		}
	}
	return edges, optional, nil
}

// extraEdges returns the edges of each extra: the optional dependencies that it lists, such
// as "PySocks (>=1.5.6)", and the edges that ofSelf returns for other extras of the package
// itself, such as "requests[socks]".
func extraEdges(self string, extras map[string][]string, optional map[string][]Dependency, ofSelf func(extras []string) []Dependency) map[string][]Dependency {
	edges := map[string][]Dependency{}
	for extra, list := range extras {
		extra = pep503.Normalize(extra)
		edges[extra] = slices.Clip(edges[extra])
		for _, text := range list {
			match := leadingName.FindStringSubmatch(text)
			name := pep503.Normalize(match[1])
			if name != self || name == "" {
				edges[extra] = append(edges[extra], optional[name]...)
				continue
			}
			var others []string
			for other := range strings.SplitSeq(match[2], ",") {
				others = append(others, pep503.Normalize(strings.TrimSpace(other)))
			}
			edges[extra] = append(edges[extra], ofSelf(others)...)
		}
	}
	return edges
}

var leadingName = regexp.MustCompile(`^([A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?`)

// readRoots links the dependencies of the project.
func (r *poetryReader) readRoots(project *pyproject) error {
	poetry := &project.Tool.Poetry
	roots, optional, err := r.edges(poetry.Dependencies)
	if err != nil {
		return err
	}
	r.lock.Roots = roots
	r.lock.Groups[poetryMain] = roots
	r.lock.Extras = extraEdges("", poetry.Extras, optional, nil) // in Poetry, the project's extras list only distributions
	return r.readGroupsOf(project)
}
