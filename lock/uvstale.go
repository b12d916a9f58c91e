package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// uvMetadata is what a project required when it was locked. From revision 4 of
// the format on, and for other packages, it is absent.
type uvMetadata struct {
	RequiresDist   []uvRequirement            `toml:"requires-dist"`
	RequiresDev    map[string][]uvRequirement `toml:"requires-dev"`
	ProvidesExtras []string                   `toml:"provides-extras"`
}

// uvProject is a project of the lock, for its check.
type uvProject struct {
	name     string
	dir      string
	metadata *uvMetadata
}

// staleUV returns the check of the lock against its projects' pyproject.toml.
// It compares as far as a layer can tell the difference: a marker by what it
// comes to for each target. Where tool.uv.sources says where a dependency is
// from, only its name.
func staleUV(projects []uvProject, requiresPython pep440.Specifiers) func() ([]string, error) { //nolint:gocognit // a list of what is compared
	return func() ([]string, error) {
		c := uvCheck{sources: map[string]bool{}}
		for _, t := range target.All() {
			if v, err := pep440.Parse(t.FullVersion); err == nil && requiresPython.Contains(v) {
				c.environments = append(c.environments, t.Environment())
			}
		}
		var files []*pyproject
		for _, p := range projects {
			file, err := readPyproject(filepath.Join(p.dir, "pyproject.toml"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			files = append(files, file)
			if file != nil {
				for name := range file.Tool.UV.Sources {
					c.sources[pep503.Normalize(name)] = true
				}
			}
		}
		for i, p := range projects {
			if files[i] != nil {
				c.project(p, files[i])
			}
		}
		if len(projects) == 1 && files[0] != nil {
			c.python(projects[0].name, files[0].Project.RequiresPython, requiresPython)
		}
		return c.reasons, nil
	}
}

// uvCheck compares projects with what was locked.
type uvCheck struct {
	environments []pep508.Environment // of the targets that the lock covers
	sources      map[string]bool      // names that tool.uv.sources has
	reasons      []string
}

func (c *uvCheck) say(format string, args ...any) {
	c.reasons = append(c.reasons, secret.Text(fmt.Sprintf(format, args...)))
}

// python compares requires-python, by the versions that there can be.
func (c *uvCheck) python(name, text string, locked pep440.Specifiers) {
	now, err := pep440.ParseSpecifiers(text)
	if err != nil || text == "" {
		return
	}
	for minor := range 30 {
		for micro := range 20 {
			v, err := pep440.Parse(fmt.Sprintf("3.%d.%d", minor, micro))
			if err == nil && now.Contains(v) != locked.Contains(v) {
				c.say("%s requires Python %s, and was locked for %s", name, now, locked)
				return
			}
		}
	}
}

// project compares the requirements, extras and groups of one project.
func (c *uvCheck) project(p uvProject, file *pyproject) {
	if p.metadata == nil {
		return
	}
	dynamic := file.Project.Dynamic
	if !slices.Contains(dynamic, "dependencies") && !slices.Contains(dynamic, "optional-dependencies") {
		var now []uvAsked
		for _, text := range file.Project.Dependencies {
			now = append(now, uvAsked{text: text})
		}
		for extra, list := range file.Project.OptionalDependencies {
			for _, text := range list {
				now = append(now, uvAsked{text, pep503.Normalize(extra)})
			}
		}
		c.compare(p.name, now, p.metadata.RequiresDist)
		if p.metadata.ProvidesExtras != nil {
			c.names(p.name, "extra", slices.Collect(maps.Keys(file.Project.OptionalDependencies)), p.metadata.ProvidesExtras)
		}
	}
	if p.metadata.RequiresDev == nil && file.DependencyGroups == nil && file.Tool.UV.DevDependencies == nil {
		return
	}
	groups := map[string][]string{}
	if file.Tool.UV.DevDependencies != nil {
		groups["dev"] = file.Tool.UV.DevDependencies
	}
	for name := range file.DependencyGroups {
		list, err := file.group(name, nil)
		if err != nil {
			return // uv says what is wrong with it
		}
		name = pep503.Normalize(name)
		groups[name] = append(slices.Clone(groups[name]), list...)
	}
	c.names(p.name, "group", slices.Collect(maps.Keys(groups)), slices.Collect(maps.Keys(p.metadata.RequiresDev)))
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		locked, ok := p.metadata.RequiresDev[name]
		if !ok {
			continue
		}
		var now []uvAsked
		for _, text := range groups[name] {
			now = append(now, uvAsked{text: text})
		}
		c.compare(p.name+" group "+name, now, locked)
	}
}

// names compares the names of extras or groups.
func (c *uvCheck) names(project, kind string, now, locked []string) {
	for i, name := range now {
		now[i] = pep503.Normalize(name)
	}
	slices.Sort(now)
	slices.Sort(locked)
	if !slices.Equal(slices.Compact(now), locked) {
		c.say("%s has the %ss %q, and was locked with %q", project, kind, now, locked)
	}
}

// uvAsked is a requirement, and the extra that it is for.
type uvAsked struct{ text, extra string }

// compare compares requirements, by their meanings, with those locked.
func (c *uvCheck) compare(project string, asked []uvAsked, list []uvRequirement) {
	for _, r := range list {
		if r.Git+r.Path+r.Directory+r.Editable+r.Virtual != "" {
			c.sources[pep503.Normalize(r.Name)] = true
		}
	}
	now, locked := map[string]string{}, map[string]string{}
	for _, r := range asked {
		c.note(now, r.text, r.extra)
	}
	for _, r := range list {
		text := r.Name
		if len(r.Extras) > 0 {
			text += "[" + strings.Join(r.Extras, ",") + "]"
		}
		text += r.Specifier
		if r.URL != "" {
			text += " @ " + r.url()
		}
		if r.Marker != "" && r.URL != "" {
			text += " " // else the semicolon is the URL's
		}
		if r.Marker != "" {
			text += "; " + r.Marker
		}
		c.note(locked, text, "")
	}
	for _, meaning := range slices.Sorted(maps.Keys(now)) {
		if _, ok := locked[meaning]; !ok {
			c.say("%s requires %s, and was locked without", project, now[meaning])
		}
	}
	for _, meaning := range slices.Sorted(maps.Keys(locked)) {
		if _, ok := now[meaning]; !ok {
			c.say("%s was locked with %s, and no longer requires it", project, locked[meaning])
		}
	}
}

// url is the URL as a project file writes it.
func (r *uvRequirement) url() string {
	if r.Subdirectory == "" {
		return r.URL
	}
	return r.URL + "#subdirectory=" + r.Subdirectory
}

// note adds a requirement, of an extra or not, by its meaning, unless it never
// holds. One that cannot be parsed is left to uv.
func (c *uvCheck) note(set map[string]string, text, extra string) {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return
	}
	name := pep503.Normalize(r.Name)
	if c.sources[name] {
		set[name] = text
		return
	}
	holds, ever := c.holds(r.Marker, extra)
	if ever {
		set[fmt.Sprint(name, r.Extras, normalVersions(r.Specifiers), normalURL(r.URL), holds)] = text
	}
}

// holds tells in which environments a requirement holds: without extras, or
// with one of those that its marker names.
func (c *uvCheck) holds(m pep508.Marker, extra string) (holds string, ever bool) {
	extras := []string{extra}
	if extra == "" {
		for _, match := range markerExtra.FindAllStringSubmatch(m.String(), -1) {
			extras = append(extras, match[1])
		}
	}
	found := map[string]bool{}
	for _, active := range extras {
		row := active + ":"
		any := false
		for _, env := range c.environments {
			env.Extra = map[string]bool{}
			if active != "" {
				env.Extra[active] = true
			}
			ok, err := m.Evaluate(env)
			row += fmt.Sprint(ok && err == nil, " ")
			any = any || ok && err == nil
		}
		if any {
			found[row] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), ";"), len(found) > 0
}

var markerExtra = regexp.MustCompile(`extra == "([^"]*)"`)

// normalURL writes a URL so that equal texts lead to the same file: without
// credentials and hash, which are not kept in the lock.
func normalURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	fragment, _ := url.ParseQuery(u.Fragment)
	subdirectory := fragment.Get("subdirectory")
	host := strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"http": ":80", "https": ":443"} {
		if u.Scheme == scheme {
			host = strings.TrimSuffix(host, port)
		}
	}
	return fmt.Sprint(u.Scheme, "://", host, u.JoinPath().Path, "?", u.RawQuery, "#", strings.Trim(subdirectory, "/"))
}

// normalVersions writes specifiers so that equal texts are equal sets: sorted,
// each once, with the versions in normal form. As PEP 440 compares, 3 is 3.0.0;
// only ~=, a wildcard and === go by how many numbers are written.
func normalVersions(s pep440.Specifiers) string {
	var clauses []string
	for clause := range strings.SplitSeq(s.String(), ",") {
		text := strings.TrimLeft(clause, "~=!<>")
		op := strings.TrimSuffix(clause, text)
		if v, err := pep440.Parse(text); err == nil && op != "===" {
			text = v.String()
			if op != "~=" {
				text = releaseZeros.ReplaceAllString(text, "$1$2")
			}
		}
		clauses = append(clauses, op+text)
	}
	slices.Sort(clauses)
	return strings.Join(slices.Compact(clauses), ",")
}

// releaseZeros are the zeros at the end of a normal version's release segment.
var releaseZeros = regexp.MustCompile(`^((?:\d+!)?\d+(?:\.\d+)*?)(?:\.0)+([^.\d].*|\.\D.*|)$`)
