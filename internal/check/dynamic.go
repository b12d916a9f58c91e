package check

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// ImportOptions says which modules to import, and how.
type ImportOptions struct {
	Options
	Modules []string // more modules, such as "scipy.stats", in addition to the top-level modules
	Probe   probe.Options
}

// Import unpacks the layer, imports every top-level module in an interpreter, and adds the
// findings to the report that [Static] made.
func Import(ctx context.Context, r *Report, l Layer, t target.Target, it probe.Interpreter, o ImportOptions) error {
	c := &content{target: t, excluded: o.Excluded}
	c.entries = slices.Clone(l.Entries)
	if err := c.readDistributions(); err != nil {
		return err
	}
	root, remove, err := Unpack(ctx, l.Entries)
	if err != nil {
		return err
	}
	defer remove()
	modules := c.importable()
	names := slices.Compact(slices.Sorted(slices.Values(append(keys(modules), o.Modules...))))
	results, err := probe.Import(ctx, it, probe.Layer{Root: root, Target: t}, names, o.Probe)
	if err != nil {
		return err
	}
	r.Interpreter, r.Imports, r.ImportsSkipped = &it, results, ""
	j := &judge{content: c, owners: modules, report: r, emulated: it.Emulated, works: map[string]bool{}}
	for _, result := range results {
		j.works[j.owner(result.Module)] = j.works[j.owner(result.Module)] || result.Status == probe.Imported
	}
	for i := range results {
		if after := j.dependents(results[i]); len(after) > 0 {
			o.Probe.After = after
			again, err := probe.Import(ctx, it, probe.Layer{Root: root, Target: t}, []string{results[i].Module}, o.Probe)
			if err != nil {
				return err
			}
			if again[0].Status == probe.Imported {
				results[i] = again[0]
			}
		}
	}
	for i := range results {
		hide(&results[i], root)
		if f := j.judge(results[i]); f.Code != "" {
			r.Add(f)
		}
	}
	return nil
}

// hide replaces the folder to which the layer was unpacked with the layer's folder in
// Lambda.
func hide(r *probe.Result, root string) {
	r.Exception = strings.ReplaceAll(r.Exception, root, "/opt")
	for _, lines := range [][]string{r.Traceback, r.Output} {
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], root, "/opt")
		}
	}
}

// keys returns the keys of a map.
func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// notImported are top-level folders that contain no modules for a function, or no modules
// that a function would import.
var notImported = map[string]bool{"bin": true, "share": true, "etc": true, "include": true, "lib": true, "doc": true, "docs": true,
	"test": true, "tests": true, "testing": true, "example": true, "examples": true, "benchmark": true, "benchmarks": true, "scripts": true}

// importable returns the top-level modules, with the distribution of each. For a namespace
// package, it returns the regular packages in it. For each folder and distribution, it
// returns only one of the modules, because there can be hundreds of similar ones.
func (c *content) importable() map[string]string {
	packages := map[string]bool{} // folders that contain __init__
	for i := range c.entries {
		if rest, _, ok := c.inRoot(c.entries[i].Name); ok && strings.HasPrefix(path.Base(rest), "__init__.") && isModule(rest) {
			packages[path.Dir(rest)] = true
		}
	}
	modules, loose := map[string]string{}, map[string]bool{}
	for i := range c.entries {
		e := &c.entries[i]
		rest, _, ok := c.inRoot(e.Name)
		if !ok || !isModule(rest) {
			continue
		}
		name := importName(rest, packages)
		if at := strings.LastIndex(name, "."); at >= 0 && !packages[strings.ReplaceAll(name, ".", "/")] {
			folder := e.Owner + ":" + name[:at]
			if loose[folder] {
				continue
			}
			loose[folder] = true
		}
		if name != "" {
			if _, there := modules[name]; !there || e.Owner != "" {
				modules[name] = e.Owner
			}
		}
	}
	return modules
}

// tagged matches the file name of an extension module with a tag.
var tagged = regexp.MustCompile(`^[A-Za-z_0-9]+\.(cpython-[^.]+|abi3)\.so$`)

// importName returns the name under which the first regular package on the path to a file,
// or the file itself, is imported. It returns "" if neither is imported.
func importName(file string, packages map[string]bool) string {
	parts := strings.Split(file, "/")
	if len(parts) > 1 && notImported[parts[0]] {
		return ""
	}
	for i, part := range parts[:len(parts)-1] {
		if !isIdentifier(part) {
			return ""
		}
		if packages[strings.Join(parts[:i+1], "/")] {
			return strings.Join(parts[:i+1], ".")
		}
	}
	base := parts[len(parts)-1]
	stem, _, _ := strings.Cut(base, ".")
	plain := path.Ext(base) == ".so" && !tagged.MatchString(base)
	if !isIdentifier(stem) || stem == "__init__" || stem == "__main__" || plain && (len(parts) > 1 || strings.HasPrefix(stem, "lib")) {
		return ""
	}
	return strings.Join(append(parts[:len(parts)-1], stem), ".")
}

// judge turns results into findings.
type judge struct {
	*content
	report   *Report
	owners   map[string]string // module → distribution
	works    map[string]bool   // distributions from which a module was imported
	emulated bool
}

// owner returns the distribution of a module, or the module if that is not known.
func (j *judge) owner(module string) string {
	for name := module; name != ""; {
		if owner := j.owners[name]; owner != "" {
			return owner
		}
		at := strings.LastIndex(name, ".")
		if at < 0 {
			break
		}
		name = name[:at]
	}
	return module
}

// dependents returns modules of the distributions that require the distribution of a module
// whose import failed. The module may be meant to be imported only by them, as with
// psycopg_binary.
func (j *judge) dependents(r probe.Result) []string {
	if r.Status != probe.Failed || r.Missing != "" {
		return nil
	}
	owner := j.owner(r.Module)
	var after []string
	for _, d := range j.distributions {
		requires := slices.ContainsFunc(d.requires, func(text string) bool {
			required, err := pep508.ParseRequirement(text)
			return err == nil && pep503.Normalize(required.Name) == owner
		})
		for module, of := range j.owners {
			if requires && of == d.name && of != owner {
				after = append(after, module)
			}
		}
	}
	slices.Sort(after)
	return after
}

// slow is the processor time from which a start may be too long: Lambda ends it after 10 s
// and starts again.
const slow = 10 // seconds

func (j *judge) judge(r probe.Result) Finding {
	f := Finding{Severity: Error, Subject: r.Module, Who: []string{j.owner(r.Module)}, Details: append(slices.Clone(r.Traceback), r.Output...)}
	switch {
	case r.Status == probe.TimedOut:
		f.Code, f.Message = ImportTimeout, fmt.Sprintf("%s cannot be imported: %s", r.Module, r.Exception)
		f.Hint = j.leaveOut(r.Module)
	case r.Status == probe.Exited, r.Status == probe.Crashed:
		f.Code, f.Message = ImportCrashed, fmt.Sprintf("%s ends the process when it is imported: %s", r.Module, r.Exception)
		f.Hint = j.leaveOut(r.Module)
	case r.Status == probe.Failed:
		return j.failed(f, r)
	case len(r.Connections) > 0:
		f.Code, f.Severity, f.Details = ImportNeedsNetwork, Warning, nil
		f.Message = fmt.Sprintf("%s opens connections when it is imported, to %s", r.Module, strings.Join(r.Connections, ", "))
	case r.CPUSeconds > slow && !j.emulated:
		f.Code, f.Severity, f.Details = ImportSlow, Warning, nil
		f.Message = fmt.Sprintf("%s takes %.1f s to import, but Lambda stops a function that takes more than %d s to start", r.Module, r.CPUSeconds, slow)
		f.Hint = "check what takes the time: lamella imports " + r.Module
	case len(r.Threads) > 0:
		f.Code, f.Severity, f.Details = ImportSideEffect, Note, nil
		f.Message = fmt.Sprintf("%s starts threads when it is imported: %s", r.Module, strings.Join(r.Threads, ", "))
	case len(r.Output) > 0:
		f.Code, f.Severity = ImportSideEffect, Note
		f.Message = fmt.Sprintf("%s prints when it is imported: %s", r.Module, r.Output[0])
	default:
		return Finding{}
	}
	return f
}

func (j *judge) leaveOut(module string) string {
	return fmt.Sprintf("lock another version of %s, or exclude it: --exclude %[1]s", j.owner(module))
}

// Messages of the dynamic loader.
var (
	noLibrary = regexp.MustCompile(`(\S+\.so\S*): cannot open shared object file`)
	noVersion = regexp.MustCompile("version [`']([A-Za-z_0-9.]+)' not found")
)

// failed returns the finding for an import that raised an exception.
func (j *judge) failed(f Finding, r probe.Result) Finding {
	f.Code, f.Message = ImportFailed, fmt.Sprintf("%s cannot be imported: %s", r.Module, r.Exception)
	f.Hint = j.leaveOut(r.Module)
	unknown := func(why string) Finding {
		f.Code, f.Severity, f.Message, f.Hint = ImportUnknown, Note, fmt.Sprintf("%s could not be imported here: %s", r.Module, why), ""
		return f
	}
	if m := noLibrary.FindStringSubmatch(r.Exception); m != nil {
		library := path.Base(m[1])
		if runtimes.Library(j.target, library) == runtimes.There {
			return unknown("this machine has no " + library + ", which Lambda has")
		}
		f.Hint = libraryHint(library, f.Who)
		return f
	}
	if m := noVersion.FindStringSubmatch(r.Exception); m != nil {
		if v, ok := parseSymbol(m[1]); ok {
			if sure, _ := runtimes.Symbols(j.target, v.family); sure != "" && !v.newer(sure) {
				return unknown("this machine's libraries are older than Lambda's and lack " + m[1])
			}
		}
		return f
	}
	if len(r.Connections) > 0 {
		f.Code, f.Severity = ImportNeedsNetwork, Warning
		f.Message = fmt.Sprintf("%s cannot be imported without a connection to %s", r.Module, strings.Join(r.Connections, ", "))
		f.Hint = "make sure that the function can reach it at startup, or import the module later"
		return f
	}
	if r.Missing != "" {
		return j.missing(f, r, unknown)
	}
	return f
}

// missing returns the finding for an import that failed because a module is missing.
func (j *judge) missing(f Finding, r probe.Result, unknown func(string) Finding) Finding {
	top, _, _ := strings.Cut(r.Missing, ".")
	for _, p := range runtimes.SDK() {
		if slices.Contains(p.Modules, top) {
			return unknown("it needs " + top + ", which the runtime provides but this interpreter lacks")
		}
	}
	if name := j.excludedModule(j.owner(r.Module), top); name != "" {
		f.Severity = Warning
		f.Hint = fmt.Sprintf("remove %s from exclude, unless the function or another layer has it", name)
		return f
	}
	f.Hint = fmt.Sprintf("add the distribution that contains the module %s to the project's dependencies, and lock again", r.Missing)
	if j.works[j.owner(r.Module)] && j.owner(r.Module) != r.Module {
		// The rest of the distribution works: this part needs an optional module.
		f.Severity = Note
		f.Message = fmt.Sprintf("%s cannot be imported without the module %s, which is not in the layer; the rest of %s can be imported", r.Module, r.Missing, j.owner(r.Module))
	}
	return f
}

// excludedModule returns the distribution of a module that owner needs, if the distribution
// was left out on purpose. It returns "" if that is not known.
func (j *judge) excludedModule(owner, top string) string {
	for _, name := range j.excluded {
		if strings.EqualFold(strings.ReplaceAll(name, "-", "_"), top) {
			return name
		}
	}
	// The distribution may have another name than its module, such as PyYAML for yaml. In that
	// case, it is the only excluded distribution that owner requires.
	found := ""
	for _, f := range j.report.Findings {
		if f.Code != MissingRequirement || f.Severity != Warning || !slices.Contains(f.Who, owner) {
			continue
		}
		if found != "" {
			return ""
		}
		found = f.Subject
	}
	return found
}
