package oracletest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/lock"
)

const pipfileIndex = `[[source]]
name = "pypi"
url = "INDEX"
verify_ssl = false

`

// pipfiles are the parts of a Pipfile behind its sources.
var pipfiles = []project{
	{name: "plain", content: "[packages]\nbeta = \"*\"\nnative = \"==1.0\"\n", choices: none},
	{name: "bounds", content: "[packages]\nbeta = \">=1,<2\"\ngamma = \"*\"\n", choices: none},
	{name: "markers", content: "[packages]\nepsilon = \"*\"\nwinonly = { version = \"*\", markers = \"sys_platform == 'win32'\" }\nalpha = { version = \"*\", markers = \"python_version >= '3'\" }\n", choices: none},
	{name: "extras of dependencies", content: "[packages]\ntheta = { version = \"*\", extras = [\"all\"] }\ngamma = { extras = [\"fast\"], version = \"==1.0\" }\n", choices: none},
	{name: "development", content: "[packages]\nalpha = \"<2\"\n[dev-packages]\ntesting = \"*\"\nlinting = \"*\"\n", choices: []choice{{}, {groups: []string{"dev"}}}},
	{name: "a category", content: "[packages]\nalpha = \"*\"\n[docs]\nkappa = \"*\"\n", choices: []choice{{}, {groups: []string{"docs"}}, {only: []string{"docs"}}}},
	{name: "URL", content: "[packages]\ndirect = { file = \"FILES/direct-1.0-py3-none-any.whl\" }\n", choices: none},
	{name: "path", content: "[packages]\nlocal = { path = \"./lib/local-1.0-py3-none-any.whl\" }\nbeta = \"*\"\n", choices: none},
	{name: "a cycle and odd names", content: "[packages]\n\"Cyc.One\" = \"*\"\nLam_bda-pkg = \"~=3.0\"\n", choices: none},
}

func TestPipenv(t *testing.T) {
	python := filepath.Join(filepath.Dir(testenv.Tool(t, "pipenv")), "python")
	t.Parallel()
	w := newWorkbench(t, "pipenv", "PIPENV_NOSPIN=1", "PIPENV_YES=1", "PIPENV_IGNORE_VIRTUALENVS=1",
		"PIPENV_RESOLVER_PARENT_PYTHON=1", // resolve in the same process
		"PIPENV_PYTHON="+python)
	for _, p := range some(pipfiles) {
		t.Run(p.name, func(t *testing.T) {
			b := w.project(t)
			b.write("Pipfile", pipfileIndex+p.content)
			b.run("lock", "--categories", categories(p))
			checkFresh(b, "Pipfile.lock")
			for _, c := range some(p.choices) {
				all := targets(t, pythons...)
				args := []string{"requirements"}
				switch {
				case len(c.only) > 0:
					args = append(args, "--categories", strings.Join(c.only, " "))
				case len(c.groups) > 0:
					args = append(args, "--categories", strings.ReplaceAll("packages "+strings.Join(c.groups, " "), " dev", " dev-packages"))
				}
				want := pins(t, b.run(args...), all)
				o := c.options()
				o.AllowUnhashed = true // Pipenv states no hash of a file by its URL
				for i, tt := range all {
					b.compare("Pipfile.lock", tt, o, want[i])
				}
				original := b.groupMarkers()
				for i, tt := range all {
					b.compare("Pipfile.lock", tt, o, want[i])
				}
				b.write("Pipfile.lock", original)
			}
		})
	}
}

// categories names the sections of a Pipfile.
func categories(p project) string {
	names := []string{"packages"}
	for _, name := range []string{"dev-packages", "docs"} {
		if strings.Contains(p.content, "["+name+"]") {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// groupMarkers adds to every marker of the lock what Pipenv keeps of a
// pylock.toml, and passes over when it installs. It returns the lock as it was.
func (b *bench) groupMarkers() (original string) {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.dir, "Pipfile.lock"))
	var lock map[string]map[string]any
	if err == nil {
		err = json.Unmarshal(content, &lock)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	for name, section := range lock {
		if name == "_meta" {
			continue
		}
		for _, value := range section {
			entry := value.(map[string]any)
			switch before := entry["markers"]; {
			case before == nil:
				entry["markers"] = "'dev' in dependency_groups"
			default:
				entry["markers"] = fmt.Sprintf("('docs' in dependency_groups or 'dev' in dependency_groups) and (%s)", before)
			}
		}
	}
	changed, err := json.Marshal(lock)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("Pipfile.lock", string(changed))
	return string(content)
}

// TestPipenvPylock compares the pylock.toml that Pipenv makes of its lock with
// that lock.
func TestPipenvPylock(t *testing.T) {
	python := filepath.Join(filepath.Dir(testenv.Tool(t, "pipenv")), "python")
	t.Parallel()
	w := newWorkbench(t, "pipenv", "PIPENV_NOSPIN=1", "PIPENV_YES=1", "PIPENV_IGNORE_VIRTUALENVS=1",
		"PIPENV_RESOLVER_PARENT_PYTHON=1", "PIPENV_PYTHON="+python)
	b := w.project(t)
	b.write("Pipfile", pipfileIndex+"[packages]\nalpha = \"<2\"\nepsilon = \"*\"\n[dev-packages]\ntesting = \"*\"\nlinting = \"*\"\n")
	b.run("lock")
	b.generatePylock()
	for _, c := range []choice{{}, {groups: []string{"dev"}}} {
		for _, tt := range targets(t, pythons...) {
			want, err := b.resolve("Pipfile.lock", tt, c.options())
			if err != nil {
				t.Fatal(err)
			}
			b.compare("pylock.toml", tt, c.options(), want)
		}
	}
}

// generatePylock makes pylock.toml of Pipfile.lock. Pipenv gives the index five
// seconds for each page and asks once. Where no answer came, as on a busy machine,
// it fails, or leaves the files of a package out and ends well.
func (b *bench) generatePylock() {
	b.t.Helper()
	said := ""
	for range 5 {
		var err error
		if said, err = b.try(b.dir, "pylock", "--generate"); err != nil {
			continue
		}
		l, err := lock.Read(filepath.Join(b.dir, "pylock.toml"))
		if err != nil {
			b.t.Fatal(err)
		}
		if !slices.ContainsFunc(l.Packages, func(p lock.Package) bool { return len(p.Files) == 0 }) {
			return
		}
	}
	b.t.Fatalf("Pipenv made no complete pylock.toml, five times: %s", said)
}
