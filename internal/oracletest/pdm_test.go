package oracletest

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/testindex"
	"github.com/lamella-build/lamella/pypa/pep503"
)

const pdmIndex = `
[tool.pdm]
distribution = false
[[tool.pdm.source]]
name = "pypi"
url = "INDEX"
verify_ssl = false
`

func TestPDM(t *testing.T) {
	pdm := tool(t, "pdm")
	own := []project{
		{name: "path", content: "dependencies = [\"local @ file:///${PROJECT_ROOT}/lib/local-1.0-py3-none-any.whl\", \"beta\"]\n", choices: none},
	}
	for _, strategy := range []string{"inherit_metadata", "inherit_metadata,static_urls"} {
		for _, p := range append(own, projects...) {
			if p.name == "two versions" {
				continue // PDM locks one for each name, unless it is told the targets
			}
			t.Run(strategy+"/"+p.name, func(t *testing.T) {
				b := newWorkbench(t)
				testindex.MakeWheel(t, b.dir+"/lib", "local", "1.0", "py3-none-any", nil)
				b.write("pyproject.toml", p.pyproject()+pdmIndex)
				b.run(pdm, "use", "-f", filepath.Join(filepath.Dir(pdm), "python"))
				var args []string
				for flag := range strings.SplitSeq(strategy, ",") {
					args = append(args, "-S", flag)
				}
				b.run(pdm, append([]string{"lock", "-G:all"}, args...)...)
				checkFresh(b, "pdm.lock")
				for _, c := range p.choices {
					selection := append(flags("-G", c.extras), flags("-G", c.groups)...)
					selection = append(selection, flags("-G", c.only)...)
					switch {
					case len(c.only) > 0:
						selection = append(selection, "--no-default")
					case len(c.groups) == 0:
						selection = append(selection, "--prod")
					}
					all := targets(t, pythons...)
					want := b.pins(b.run(pdm, append([]string{"export", "-f", "requirements", "--no-hashes"}, selection...)...), all, versions)
					for i, tt := range all {
						b.compare("pdm.lock", tt, c.options(), want[i])
					}
				}
			})
		}
	}
}

var installs = regexp.MustCompile(`^\W*(?:Installing )?([\w.-]+) \(?(\d[^\s()]*)`)

// installed reads what a dry run would install.
func installed(out string) []string {
	var pins []string
	for line := range strings.Lines(out) {
		if m := installs.FindStringSubmatch(line); m != nil && !strings.Contains(line, "Skipped") {
			pins = append(pins, pep503.Normalize(m[1])+"=="+m[2])
		}
	}
	return pins
}
