package oracletest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
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
		{name: "a group in both tables", content: `dependencies = ["alpha<2"]
[project.optional-dependencies]
web = ["theta[b]"]
[dependency-groups]
Dev_Tools = ["testing"]
all = [{include-group = "dev.tools"}, "app[web]"]
[tool.pdm.dev-dependencies]
dev-tools = ["linting"]
docs = ["app[Web]", "iota"]
`, choices: []choice{{}, {groups: []string{"dev-tools"}}, {groups: []string{"all"}}, {only: []string{"dev-tools"}}, {groups: []string{"docs"}}}},
	}
	strategies := some([]string{"inherit_metadata", "inherit_metadata,static_urls", "no_inherit_metadata"})
	for i, strategy := range strategies {
		for k, p := range append(own, projects...) {
			if p.name == "two versions" {
				continue // PDM locks one for each name, unless it is told the targets
			}
			if !testenv.All() && k%len(strategies) != i {
				continue // make test locks each with one of the strategies
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
					selection := pdmSelection(c)
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

// pdmSelection asks PDM for c.
func pdmSelection(c choice) []string {
	selection := append(flags("-G", c.extras), flags("-G", c.groups)...)
	selection = append(selection, flags("-G", c.only)...)
	switch {
	case len(c.only) > 0:
		return append(selection, "--no-default")
	case len(c.groups) == 0:
		return append(selection, "--prod")
	}
	return selection
}

// TestPDMEarlier compares locks of the earlier formats that PDM still reads, made
// out of new ones. make test takes two projects for each of a few formats.
func TestPDMEarlier(t *testing.T) {
	t.Parallel()
	w := newWorkbench(t, "pdm", "PDM_CHECK_UPDATE=false")
	formats := some([]string{"4.0", "4.1", "4.2", "4.3", "4.4"})
	for i, version := range formats {
		for k, p := range projects {
			if p.name == "two versions" || !testenv.All() && k%(2*len(formats)) != i {
				continue
			}
			t.Run(version+"/"+p.name, func(t *testing.T) {
				b := w.project(t)
				b.write("pyproject.toml", p.pyproject()+pdmIndex)
				b.write(".pdm-python", b.python())
				b.run("lock", "-G:all", "-S", "no_inherit_metadata", "-S", "static_urls")
				b.earlierPDM(version)
				checkFresh(b, "pdm.lock")
				for _, c := range some(p.choices) {
					out := b.run(append([]string{"sync", "--dry-run", "--no-self"}, pdmSelection(c)...)...)
					b.compare("pdm.lock", hostTarget(t, b.tool), c.options(), installed(out))
				}
			})
		}
	}
}

var pdmFiles = regexp.MustCompile(`(?ms)^files = (\[\n.*?^\]\n)`)

// earlierPDM turns the lock into one of an earlier format: without targets, the
// strategy in keys of its own and, before 4.3, the files of all packages at the end.
func (b *bench) earlierPDM(version string) {
	b.t.Helper()
	path := filepath.Join(b.dir, "pdm.lock")
	content, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	text := regexp.MustCompile(`(?ms)^\[\[metadata.targets\]\]\n.*?\n\n`).ReplaceAllString(string(content), "\n")
	strategy := "strategy = [\"cross_platform\", \"static_urls\"]\n"
	if version < "4.4" {
		strategy = "cross_platform = true\nstatic_urls = true\n"
	}
	text = regexp.MustCompile(`(?m)^strategy = .*\n`).ReplaceAllString(text, strategy)
	text = regexp.MustCompile(`(?m)^lock_version = .*`).ReplaceAllString(text, `lock_version = "`+version+`"`)
	if version < "4.3" {
		head, packages, _ := strings.Cut(text, "[[package]]")
		blocks := strings.Split("[[package]]"+packages, "\n\n")
		var files strings.Builder
		done := map[string]bool{}
		for i, block := range blocks {
			m := pdmFiles.FindStringSubmatch(block + "\n")
			id := regexp.MustCompile(`name = "(.*)"\nversion = "(.*)"`).FindStringSubmatch(block)
			if m == nil {
				continue
			}
			if key := id[1] + " " + id[2]; !done[key] {
				done[key] = true
				fmt.Fprintf(&files, "%q = %s", key, m[1])
			}
			blocks[i] = strings.TrimSuffix(strings.Replace(block+"\n", m[0], "", 1), "\n")
		}
		text = strings.Join(blocks, "\n\n") + "\n\n" + strings.TrimSpace(head[strings.Index(head, "[metadata]"):]) + "\n\n[metadata.files]\n" + files.String()
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		b.t.Fatal(err)
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
