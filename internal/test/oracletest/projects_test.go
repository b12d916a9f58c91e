package oracletest

import (
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/resolve"
)

// project is a pyproject.toml as the standards have it (PEP 621, PEP 735), less
// what a tool wants in its own table.
type project struct {
	name    string
	python  string // requires-python, ">=3.10,<3.14" if empty
	content string // behind [project] name, version and requires-python
	choices []choice
}

// choice is one way to ask for extras and groups.
type choice struct{ extras, groups, only []string }

func (c choice) options() resolve.Options {
	return resolve.Options{Selection: resolve.Selection{Extras: c.extras, Groups: c.groups, OnlyGroups: c.only}}
}

func (p project) pyproject() string {
	python := p.python
	if python == "" {
		python = ">=3.10,<3.14"
	}
	return "[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \"" + python + "\"\n" + p.content
}

// some returns all of what is to be compared where LAMELLA_TEST=all asks for
// that, else every third and the last.
func some[T any](all []T) []T {
	if testenv.All() || len(all) == 0 {
		return all
	}
	var chosen []T
	for i := 0; i < len(all)-1; i += 3 {
		chosen = append(chosen, all[i])
	}
	return append(chosen, all[len(all)-1])
}

var none = []choice{{}}

// versions are those of what is named by a URL or path.
var versions = map[string]string{"local": "1.0", "direct": "1.0"}

var projects = []project{
	{name: "plain", content: `dependencies = ["beta", "native"]`, choices: none},
	{name: "bounds", content: `dependencies = ["beta>=1,<2", "gamma", "pre"]`, choices: none},
	{name: "markers for other platforms", content: `dependencies = ["epsilon", "winonly; sys_platform == 'win32'", "iota; python_version < '3.12'"]`, choices: none},
	{name: "two versions", content: `dependencies = ["delta==1.0; python_version < '3.12'", "delta==1.1; python_version >= '3.12'"]`, choices: none},
	{name: "versions by Python", content: `dependencies = ["eta"]`, choices: none},
	{name: "extras of dependencies", content: `dependencies = ["gamma[slow]", "theta[all]", "gamma[fast]; platform_machine == 'aarch64'"]`, choices: none},
	{name: "extras", content: `dependencies = ["alpha"]
[project.optional-dependencies]
speed = ["gamma[fast]"]
web = ["theta[b]", "iota; python_version < '3.11'"]
`, choices: []choice{{}, {extras: []string{"speed"}}, {extras: []string{"web"}}, {extras: []string{"speed", "web"}}}},
	{name: "groups", content: `dependencies = ["alpha<2"]
[dependency-groups]
test = ["testing", {include-group = "lint"}]
lint = ["linting", "winonly; sys_platform == 'win32'"]
`, choices: []choice{{}, {groups: []string{"test"}}, {groups: []string{"lint"}}, {only: []string{"lint"}}}},
	{name: "groups with odd names", content: `dependencies = ["alpha<2"]
[project.optional-dependencies]
Web_Stack = ["kappa"]
[dependency-groups]
Dev_Tools = ["testing", {include-group = "more.lint"}]
"More.Lint" = ["linting"]
`, choices: []choice{{}, {groups: []string{"dev-tools"}}, {extras: []string{"web-stack"}}, {only: []string{"more-lint"}}, {groups: []string{"dev-tools"}, extras: []string{"web-stack"}}}},
	{name: "extras and groups", content: `dependencies = ["kappa"]
[project.optional-dependencies]
x = ["theta[a]", "epsilon"]
[dependency-groups]
dev = ["theta[b]", "testing; python_version < '3.12'"]
`, choices: []choice{{}, {extras: []string{"x"}}, {extras: []string{"x"}, groups: []string{"dev"}}, {groups: []string{"dev"}}}},
	{name: "URL", content: `dependencies = ["direct @ FILES/direct-1.0-py3-none-any.whl", "cyc-two"]`, choices: none},
}

// pythons are the targets that a lock is looked at from.
var pythons = []string{"python3.10/x86_64", "python3.11/arm64", "python3.12/x86_64", "python3.13/arm64"}
