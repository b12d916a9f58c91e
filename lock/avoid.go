package lock

import (
	"fmt"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Avoid returns the steps that lock other versions of the given packages with the tool that
// created the lock file. Direct dependencies get new requirements. Transitive dependencies
// get constraints, so that they do not become requirements of the project. Avoid returns
// nil if the tool supports neither.
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
	switch l.Format {
	case UV:
		command, file := "uv add", "pyproject.toml"
		if script := l.Script(); script != "" {
			command, file = "uv add --script "+shell.Quote(script), script
		}
		return l.avoid(direct, command, others, fmt.Sprintf("add %s to constraint-dependencies in [tool.uv] of %s, then: %s",
			avoided(others, `"%s!=%s"`), file, l.relock))
	case PDM:
		return l.avoid(direct, "pdm add", others, fmt.Sprintf("add %s to [tool.pdm.resolution.overrides] of pyproject.toml, then: %s",
			avoided(others, `%s = "!=%s"`), l.relock))
	case Poetry: // like Pipenv, it can exclude a version only in a requirement of the project
		return l.avoid(direct, "poetry add", others, l.avoidCommand("poetry add", others))
	case Pipenv:
		return l.avoid(direct, "pipenv install", others, l.avoidCommand("pipenv install", others))
	}
	return nil
}

// avoid returns the steps for direct dependencies, which command adds to the project, and
// for the others, for which constrain is the instruction.
func (l *Lock) avoid(direct []*Package, command string, others []*Package, constrain string) []string {
	var steps []string
	if len(direct) > 0 {
		what := "another version of "
		if len(direct) > 1 {
			what = "other versions of "
		}
		steps = append(steps, "lock "+what+names(direct)+": "+l.avoidCommand(command, direct))
	}
	if len(others) > 0 {
		what := "another version of " + others[0].Name + ", a transitive dependency"
		if len(others) > 1 {
			what = "other versions of " + names(others) + ", which are transitive dependencies"
		}
		steps = append(steps, "lock "+what+": "+constrain)
	}
	return steps
}

func names(packages []*Package) string {
	var list []string
	for _, p := range packages {
		list = append(list, p.Name)
	}
	return number.And(list)
}

// avoidCommand returns command with a requirement that excludes each package.
func (l *Lock) avoidCommand(command string, packages []*Package) string {
	for _, p := range packages {
		command += " " + shell.Quote(p.Name+"!="+p.Version)
	}
	return in(filepath.Dir(l.Path), command)
}

// avoided returns a list of packages for a sentence, each in a format with name and version.
func avoided(packages []*Package, format string) string {
	var list []string
	for _, p := range packages {
		list = append(list, fmt.Sprintf(format, p.Name, p.Version))
	}
	return number.And(list)
}

// ownRequirements returns the names of the distributions that the project itself
// requires without an extra or group.
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
