package lock

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// Avoid says how other versions than those of the given packages get into the
// lock, by the means of the tool that made it, in as few steps as it takes: what
// the project requires itself is required differently, and all else constrained,
// so that it does not become a requirement of the project. None if the tool has no
// such means.
func (l *Lock) Avoid(packages []*Package) []string {
	own := l.ownRequirements()
	var direct, others []*Package
	for _, p := range packages {
		if own[p.Name] {
			direct = append(direct, p)
		} else {
			others = append(others, p)
		}
	}
	dir := filepath.Dir(l.Path)
	add := func(command string, packages []*Package) string {
		for _, p := range packages {
			command += " " + quote(p.Name+"!="+p.Version)
		}
		return in(dir, command)
	}
	var steps []string
	switch l.Format {
	case UV:
		command, project := "uv add", "pyproject.toml"
		if script := l.Script(); script != "" {
			command, project = "uv add --script "+quote(script), script
		}
		if len(direct) > 0 {
			steps = append(steps, "lock another version: "+add(command, direct))
		}
		if len(others) > 0 {
			steps = append(steps, fmt.Sprintf("lock another version of what only other distributions require: add %s to constraint-dependencies in [tool.uv] of %s, then: %s",
				avoided(others, `"%s!=%s"`), project, l.relock))
		}
	case PDM:
		if len(direct) > 0 {
			steps = append(steps, "lock another version: "+add("pdm add", direct))
		}
		if len(others) > 0 {
			steps = append(steps, fmt.Sprintf("lock another version of what only other distributions require: add %s to [tool.pdm.resolution.overrides] of pyproject.toml, then: %s",
				avoided(others, `%s = "!=%s"`), l.relock))
		}
	case Poetry, Pipenv: // neither can constrain what the project does not require
		command := "poetry add"
		if l.Format == Pipenv {
			command = "pipenv install"
		}
		if len(direct) > 0 {
			steps = append(steps, "lock another version: "+add(command, direct))
		}
		if len(others) > 0 {
			steps = append(steps, fmt.Sprintf("lock another version of what only other distributions require (%s can exclude one only as a requirement of the project): %s",
				map[Format]string{Poetry: "Poetry", Pipenv: "Pipenv"}[l.Format], add(command, others)))
		}
	}
	return steps
}

// avoided lists packages in a format of name and version.
func avoided(packages []*Package, format string) string {
	var list []string
	for _, p := range packages {
		list = append(list, fmt.Sprintf(format, p.Name, p.Version))
	}
	return strings.Join(list, ", ")
}

// ownRequirements are the names of what the project requires itself, by no extra
// or group.
func (l *Lock) ownRequirements() map[string]bool {
	own := map[string]bool{}
	if s := l.Stated(); s != nil {
		for _, r := range s.Project {
			own[r.Name] = own[r.Name] || r.Extra == "" && r.Group == ""
		}
		return own
	}
	if l.Format == Pipenv {
		project, err := (&document{path: l.Path}).projectFile("Pipfile")
		for name := range table(project, "packages") {
			own[pep503.Normalize(name)] = err == nil
		}
		return own
	}
	for _, edge := range l.Roots {
		p := &l.Packages[edge.Package]
		if !p.Root {
			own[p.Name] = true
			continue
		}
		for _, e := range p.Dependencies {
			own[l.Packages[e.Package].Name] = true
		}
	}
	return own
}
