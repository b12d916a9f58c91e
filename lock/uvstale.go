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

// uvMetadata holds the requirements of a project when it was locked. It is missing since
// revision 4 of the format, and for packages that are not projects.
type uvMetadata struct {
	RequiresDist   []uvRequirement            `toml:"requires-dist"`
	RequiresDev    map[string][]uvRequirement `toml:"requires-dev"`
	ProvidesExtras []string                   `toml:"provides-extras"`
}

// uvProject is a locked project.
type uvProject struct {
	name     string
	dir      string
	metadata *uvMetadata
}

// staleUV returns the function that compares a uv.lock with the pyproject.toml of its
// projects. It reports only differences that can affect a layer: markers are equal if they
// have the same value for each target. For dependencies in tool.uv.sources, it compares
// only the name.
func staleUV(projects []uvProject, requiresPython pep440.Specifiers) func() ([]string, error) {
	return func() ([]string, error) {
		files, err := projectFiles(projects)
		if err != nil {
			return nil, err
		}
		c := newUVCheck(files, requiresPython)
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

// projectFiles reads the pyproject.toml of each project. The result is nil for a project
// without one.
func projectFiles(projects []uvProject) ([]*pyproject, error) {
	files := make([]*pyproject, len(projects))
	for i, p := range projects {
		file, err := readPyproject(filepath.Join(p.dir, "pyproject.toml"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		files[i] = file
	}
	return files, nil
}

// supports reports whether requires allows a release of t's Python from the assumed one on,
// and sets t to that release, as package resolve does.
func supports(requires pep440.Specifiers, t *target.Target) bool {
	var micro int
	if _, err := fmt.Sscanf(t.FullVersion, fmt.Sprintf("3.%d.%%d", t.Minor), &micro); err != nil {
		return false
	}
	for ; micro <= 99; micro++ {
		release := fmt.Sprintf("3.%d.%d", t.Minor, micro)
		if v, err := pep440.Parse(release); err == nil && requires.Contains(v) {
			t.FullVersion = release
			return true
		}
	}
	return false
}

func newUVCheck(files []*pyproject, requiresPython pep440.Specifiers) *uvCheck {
	c := &uvCheck{sources: map[string]bool{}}
	for _, t := range target.All() {
		if supports(requiresPython, &t) {
			c.environments = append(c.environments, t.Environment())
		}
	}
	for _, file := range files {
		if file == nil {
			continue
		}
		for name := range file.Tool.UV.Sources {
			c.sources[pep503.Normalize(name)] = true
		}
	}
	return c
}

// uvCheck compares projects with their locked requirements.
type uvCheck struct {
	environments []pep508.Environment // of the targets that the lock covers
	sources      map[string]bool      // names in tool.uv.sources
	reasons      []string
}

func (c *uvCheck) report(format string, args ...any) {
	c.reasons = append(c.reasons, secret.Text(fmt.Sprintf(format, args...)))
}

// python compares requires-python with the locked one by the Python versions that they
// allow.
func (c *uvCheck) python(name, text string, locked pep440.Specifiers) {
	now, err := pep440.ParseSpecifiers(text)
	if err != nil || text == "" {
		return
	}
	for minor := range 30 {
		for micro := range 20 {
			v, err := pep440.Parse(fmt.Sprintf("3.%d.%d", minor, micro))
			if err == nil && now.Contains(v) != locked.Contains(v) {
				c.report("%s now requires Python %s, but was locked for %s", name, now, locked)
				return
			}
		}
	}
}

// project compares the requirements, extras, and groups of one project.
func (c *uvCheck) project(p uvProject, file *pyproject) {
	if p.metadata == nil {
		return
	}
	dynamic := file.Project.Dynamic
	if !slices.Contains(dynamic, "dependencies") && !slices.Contains(dynamic, "optional-dependencies") {
		var now []projectRequirement
		for _, text := range file.Project.Dependencies {
			now = append(now, projectRequirement{text: text})
		}
		for extra, list := range file.Project.OptionalDependencies {
			for _, text := range list {
				now = append(now, projectRequirement{text, pep503.Normalize(extra)})
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
			return // left to uv to report
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
		var now []projectRequirement
		for _, text := range groups[name] {
			now = append(now, projectRequirement{text: text})
		}
		c.compare(p.name+" group "+name, now, locked)
	}
}

// names compares the names of the extras or groups with the locked ones.
func (c *uvCheck) names(project, kind string, now, locked []string) {
	for i, name := range now {
		now[i] = pep503.Normalize(name)
	}
	slices.Sort(now)
	slices.Sort(locked)
	if !slices.Equal(slices.Compact(now), locked) {
		c.report("%s now has the %ss %q, but was locked with %q", project, kind, now, locked)
	}
}

// projectRequirement is a requirement in a pyproject.toml, and its extra.
type projectRequirement struct{ text, extra string }

// compare compares the meaning of the current requirements with that of the locked ones.
func (c *uvCheck) compare(project string, current []projectRequirement, list []uvRequirement) {
	for _, r := range list {
		if r.Git+r.Path+r.Directory+r.Editable+r.Virtual != "" {
			c.sources[pep503.Normalize(r.Name)] = true
		}
	}
	now, locked := map[string]string{}, map[string]string{}
	for _, r := range current {
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
			text += " " // without the space, the semicolon would belong to the URL
		}
		if r.Marker != "" {
			text += "; " + r.Marker
		}
		c.note(locked, text, "")
	}
	for _, meaning := range slices.Sorted(maps.Keys(now)) {
		if _, ok := locked[meaning]; !ok {
			c.report("%s now requires %s, which is not in the lock file", project, now[meaning])
		}
	}
	for _, meaning := range slices.Sorted(maps.Keys(locked)) {
		if _, ok := now[meaning]; !ok {
			c.report("%s no longer requires %s", project, locked[meaning])
		}
	}
}

// url returns the URL as it is written in a pyproject.toml.
func (r *uvRequirement) url() string {
	if r.Subdirectory == "" {
		return r.URL
	}
	return r.URL + "#subdirectory=" + r.Subdirectory
}

// note adds a requirement to set by its meaning, unless its marker is never true. extra may
// be "". It leaves invalid requirements to uv.
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

// holds returns a text that lists the environments in which a marker is true, with extra
// active. If extra is "", it does so without extras and with each extra in the marker. ever
// reports whether the marker is true in any of them.
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

// normalURL normalizes a URL for comparison. It removes credentials and the hash, which the
// lock file does not contain.
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

// normalVersions normalizes specifiers for comparison: sorted, without duplicates, and with
// normalized versions. In PEP 440, 3 equals 3.0.0 except with ~=, wildcards, and ===.
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

// releaseZeros matches a normalized version with zeros at the end of its release segment.
var releaseZeros = regexp.MustCompile(`^((?:\d+!)?\d+(?:\.\d+)*?)(?:\.0)+([^.\d].*|\.\D.*|)$`)
