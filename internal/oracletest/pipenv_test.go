package oracletest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/testenv"
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
