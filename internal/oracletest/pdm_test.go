package oracletest

import (
	"regexp"
	"strings"
	"testing"

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
	t.Parallel()
	w := newWorkbench(t, "pdm", "PDM_CHECK_UPDATE=false")
	own := []project{
		{name: "path", content: "dependencies = [\"local @ file:///${PROJECT_ROOT}/lib/local-1.0-py3-none-any.whl\", \"beta\"]\n", choices: none},
	}
	for _, strategy := range some([]string{"inherit_metadata", "inherit_metadata,static_urls", "no_inherit_metadata"}) {
		for _, p := range append(own, projects...) {
			if p.name == "two versions" {
				continue // PDM locks one for each name, unless it is told the targets
			}
			t.Run(strategy+"/"+p.name, func(t *testing.T) {
				b := w.project(t)
				b.write("pyproject.toml", p.pyproject()+pdmIndex)
				b.write(".pdm-python", b.python())
				var args []string
				for flag := range strings.SplitSeq(strategy, ",") {
					args = append(args, "-S", flag)
				}
				b.run(append([]string{"lock", "-G:all"}, args...)...)
				checkFresh(b, "pdm.lock")
				for _, c := range some(p.choices) {
					selection := append(flags("-G", c.extras), flags("-G", c.groups)...)
					selection = append(selection, flags("-G", c.only)...)
					switch {
					case len(c.only) > 0:
						selection = append(selection, "--no-default")
					case len(c.groups) == 0:
						selection = append(selection, "--prod")
					}
					if strategy == "no_inherit_metadata" { // which PDM does not export
						out := b.run(append([]string{"sync", "--dry-run", "--no-self"}, selection...)...)
						b.compare("pdm.lock", hostTarget(t, b.tool), c.options(), installed(out))
						continue
					}
					all := targets(t, pythons...)
					want := pins(t, b.run(append([]string{"export", "-f", "requirements", "--no-hashes"}, selection...)...), all)
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
