package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/runtimes"
)

// module is a top-level module or package in the layer.
type module struct {
	name    string
	path    string // relative to the root, such as "numpy/__init__.py" or "six.py"
	owner   string // "" for a file that belongs to no distribution
	regular bool   // a module, or a package with __init__, and not just a folder
}

// findModules lists the top-level names that Python finds in the layer.
func (c *content) findModules() {
	c.modules = map[string]*module{}
	for i := range c.entries {
		e := &c.entries[i]
		rest, _, ok := c.inRoot(e.Name)
		if !ok || !isModule(rest) {
			continue
		}
		name, _, nested := strings.Cut(rest, "/")
		stem, _, _ := strings.Cut(name, ".")
		if nested {
			stem = name
		}
		if !isIdentifier(stem) {
			continue
		}
		inner := rest[len(name):]
		regular := !nested || strings.HasPrefix(inner, "/__init__.") && strings.Count(inner, "/") == 1
		if m := c.modules[stem]; m == nil || regular && !m.regular {
			c.modules[stem] = &module{stem, rest, e.Owner, regular}
		}
	}
}

// isModule reports whether Python can import a file.
func isModule(name string) bool {
	switch path.Ext(name) {
	case ".py", ".so":
		return true
	case ".pyc": // without its source; files in __pycache__ need their source
		return path.Base(path.Dir(name)) != "__pycache__"
	}
	return false
}

// isIdentifier reports whether an import statement can contain name (ASCII only).
func isIdentifier(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// fatal are the standard modules whose old backports break the code that imports them. Other
// backports (argparse, dataclasses, concurrent.futures, ipaddress) silently replace the
// standard modules.
var fatal = map[string]bool{"typing": true, "pathlib": true}

// names reports modules with the same name as a module that exists outside the layer.
func (c *content) names() []Finding {
	var found []Finding
	for _, m := range c.sortedModules() {
		if !m.regular { // a folder without __init__.py comes after all regular packages
			continue
		}
		if f := c.standard(m); f.Code != "" {
			found = append(found, f)
		} else if f := c.runtimes(m); f.Code != "" {
			found = append(found, f)
		}
	}
	return found
}

func (c *content) sortedModules() []*module {
	var all []*module
	for _, name := range slices.Sorted(maps.Keys(c.modules)) {
		all = append(all, c.modules[name])
	}
	return all
}

// by returns the distribution of a module, or its file.
func (m *module) by() string {
	if m.owner != "" {
		return m.owner
	}
	return m.path
}

// origin says where the module comes from.
func (m *module) origin() string {
	if m.owner != "" {
		return "from the distribution " + m.owner
	}
	return "in " + m.path
}

// standard checks a module against the standard library.
func (c *content) standard(m *module) Finding {
	f := Finding{Code: ShadowsStandard, Subject: m.name, Who: []string{m.by()}, Details: []string{m.path}}
	hint := fmt.Sprintf("rename %s, or exclude it: --exclude './%s'", m.path, topPattern(m))
	if m.owner != "" {
		hint = fmt.Sprintf("Python already includes the module %s, so remove %s from the project's dependencies, or exclude it: --exclude %[2]s", m.name, m.owner)
	}
	switch runtimes.Module(c.target.Minor, m.name) {
	case runtimes.Ignored:
		f.Severity = Note
		f.Message = fmt.Sprintf("the module %s %s is never imported because %s loads its own before the layer", m.name, m.origin(), c.target.Runtime)
	case runtimes.Replaces:
		f.Severity, f.Hint = Warning, hint
		f.Message = fmt.Sprintf("the module %s %s shadows the standard library's module of that name for everything in the function", m.name, m.origin())
		if fatal[m.name] {
			f.Severity = Error
			f.Message = fmt.Sprintf("the module %s %s shadows the standard library's module of that name, so everything that imports %[1]s breaks", m.name, m.origin())
		}
	default:
		return Finding{}
	}
	return f
}

// topPattern returns a pattern that excludes the module.
func topPattern(m *module) string {
	if folder, _, nested := strings.Cut(m.path, "/"); nested {
		return folder + "/**"
	}
	return m.path
}

// runtimes checks a module against what the runtime contains besides the standard library.
func (c *content) runtimes(m *module) Finding {
	f := Finding{Code: ShadowsRuntime, Severity: Note, Subject: m.name, Who: []string{m.by()}, Details: []string{m.path}}
	if m.name == "lambda_function" {
		f.Code, f.Severity = HiddenByFunction, Warning
		f.Message = "the layer's lambda_function is never imported by functions that have a module with this name, because /var/task comes first"
		f.Hint = fmt.Sprintf("exclude it: --exclude './%s'", topPattern(m))
		return f
	}
	for _, p := range runtimes.SDK() {
		if p.RuntimeWins && slices.Contains(p.Modules, m.name) {
			f.Message = fmt.Sprintf("the module %s %s is never imported because the runtime loads its own before the layer", m.name, m.origin())
			f.Hint = "exclude it: --exclude " + p.Name
			return f
		}
	}
	return Finding{}
}
