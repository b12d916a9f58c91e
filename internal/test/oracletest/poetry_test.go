package oracletest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

const poetryIndex = `
[[tool.poetry.source]]
name = "loopback"
url = "INDEX"
priority = "primary"
`

func newPoetry(t *testing.T) *workbench {
	return newWorkbench(t, "poetry", "POETRY_VIRTUALENVS_CREATE=false", "POETRY_KEYRING_ENABLED=false", "POETRY_NO_INTERACTION=1")
}

func TestPoetry(t *testing.T) {
	t.Parallel()
	w := newPoetry(t)
	own := []project{
		{name: "path", content: "dependencies = [\"local\", \"beta\"]\n[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\nlocal = { path = \"lib/local-1.0-py3-none-any.whl\" }\n", choices: none},
		{name: "Poetry's own tables", content: `dependencies = []
[tool.poetry.group.test.dependencies]
testing = "^8.0"
theta = { version = "~1.0", extras = ["a"], markers = "python_version < '3.13'" }
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
kappa = "*"
`, choices: []choice{{}, {groups: []string{"test"}}, {groups: []string{"docs"}}, {groups: []string{"docs", "test"}}, {only: []string{"docs"}}}},
	}
	for i, p := range append(own, projects...) {
		if !testenv.All() && i > len(own) && i%2 != 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			b := w.project(t)
			b.write("pyproject.toml", p.pyproject()+poetryIndex)
			b.run("lock")
			checkFresh(b, "poetry.lock")
			for _, c := range some(p.choices) {
				b.comparePoetry(c)
			}
		})
	}
}

// legacy are projects of Poetry 1, all in its own tables: the part behind
// [tool.poetry]. Their locks have to be right with groups and markers, and
// without.
var legacy = []project{
	{name: "carets and tildes", content: `
[tool.poetry.dependencies]
python = "^3.10"
beta = "^1"
alpha = "~2.0"
delta = ">=1.0 <1.1 || ^1.1"
pre = { version = "^2.0rc1", allow-prereleases = true }
native = "1.*"
`, choices: none},
	{name: "markers", content: `
[tool.poetry.dependencies]
python = ">=3.10,<4.0"
epsilon = "*"
winonly = { version = "*", platform = "win32" }
posixonly = { version = "*", platform = "linux || darwin" }
iota = { version = "*", python = "<3.12" }
kappa = { version = "*", python = "~3.12 || ~3.13" }
maconly = { version = "*", markers = "sys_platform == 'darwin'" }
`, choices: none},
	{name: "multiple constraints", content: `
[tool.poetry.dependencies]
python = "^3.10"
delta = [{ version = "1.0", python = "<3.12" }, { version = "1.1", python = ">=3.12" }]
direct = { url = "FILES/direct-1.0-py3-none-any.whl" }
gamma = "*"
`, choices: none},
	{name: "a version for newer Pythons", content: `
[tool.poetry.dependencies]
python = "^3.10"
eta = [{ version = "^1", python = "<3.12" }, { version = ">=1", python = ">=3.12" }]
delta = ">=1"
`, choices: none},
	{name: "extras", content: `
[tool.poetry.dependencies]
python = "^3.10"
gamma = { version = "*", extras = ["fast"], optional = true }
theta = { version = "*", extras = ["all"] }
epsilon = { version = "*", optional = true }
[tool.poetry.extras]
speed = ["gamma"]
Every_Thing = ["gamma", "epsilon"]
`, choices: []choice{{}, {extras: []string{"speed"}}, {extras: []string{"every-thing"}}}},
	{name: "groups", content: `
[tool.poetry.dependencies]
python = "^3.10"
alpha = "<2"
local = { path = "lib/local-1.0-py3-none-any.whl" }
[tool.poetry.group.test.dependencies]
testing = "*"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
kappa = "*"
[tool.poetry.dev-dependencies]
linting = "^0.9"
`, choices: []choice{{}, {groups: []string{"test"}}, {groups: []string{"docs", "dev"}}, {only: []string{"dev"}}}},
}

// merged are projects whose groups stand in several tables, with their locks in
// the old format, so that the project tells what belongs to which.
var merged = []project{
	{name: "both of Poetry's tables", content: `
[tool.poetry.dependencies]
python = "^3.10"
alpha = "<2"
[tool.poetry.dev-dependencies]
linting = "^0.9"
[tool.poetry.group.Dev.dependencies]
testing = "*"
`, choices: []choice{{}, {groups: []string{"dev"}}, {only: []string{"dev"}}}},
	{name: "the standard table", content: `
[tool.poetry.dependencies]
python = "^3.10"
alpha = "<2"
[dependency-groups]
Test_Tools = ["testing>=8; python_version >= '3'", {include-group = "li.nt"}]
li-nt = ["linting", "theta[a]"]
`, choices: []choice{{}, {groups: []string{"test-tools"}}, {only: []string{"li-nt"}}}},
	{name: "the standard table and Poetry's", content: `
[tool.poetry.dependencies]
python = "^3.10"
alpha = "<2"
[dependency-groups]
dev = ["testing"]
lint = ["kappa"]
[tool.poetry.group.lint]
optional = true
[tool.poetry.group.docs]
include-groups = ["Lint"]
[tool.poetry.group.docs.dependencies]
iota = "*"
`, choices: []choice{{}, {groups: []string{"dev"}}, {only: []string{"docs"}}, {groups: []string{"lint"}}}},
	{name: "one group in the standard table and in Poetry's", content: `
[tool.poetry.dependencies]
python = "^3.10"
alpha = "<2"
[dependency-groups]
dev = ["testing"]
[tool.poetry.dev-dependencies]
testing = { version = "^8", source = "loopback" }
`, choices: []choice{{groups: []string{"dev"}}}},
}

func TestPoetryMergedGroups(t *testing.T) {
	t.Parallel()
	w := newPoetry(t)
	for _, p := range merged {
		t.Run(p.name, func(t *testing.T) {
			b := w.project(t)
			b.write("pyproject.toml", "[tool.poetry]\nname = \"app\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\n"+p.content+poetryIndex)
			b.run("lock")
			checkFresh(b, "poetry.lock")
			for _, c := range p.choices {
				b.comparePoetry(c)
			}
			b.oldFormat()
			for _, c := range p.choices {
				b.comparePoetry(c)
			}
		})
	}
}

func TestPoetryLegacy(t *testing.T) {
	t.Parallel()
	w := newPoetry(t)
	for _, p := range some(legacy) {
		t.Run(p.name, func(t *testing.T) {
			b := w.project(t)
			b.write("pyproject.toml", "[tool.poetry]\nname = \"app\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\n"+p.content+poetryIndex)
			b.run("lock")
			checkFresh(b, "poetry.lock")
			for _, c := range some(p.choices) {
				b.comparePoetry(c)
			}
			b.oldFormat()
			for _, c := range some(p.choices) {
				b.comparePoetry(c)
			}
		})
	}
}

// comparePoetry compares with what Poetry would install for its own Python.
func (b *bench) comparePoetry(c choice) {
	b.t.Helper()
	args := append([]string{"install", "--no-root", "--dry-run"}, flags("--extras", c.extras)...)
	if len(c.only) > 0 {
		args = append(args, flags("--only", c.only)...)
	} else {
		args = append(args, flags("--only", append([]string{"main"}, c.groups...))...)
	}
	b.compare("poetry.lock", hostTarget(b.t, b.tool), c.options(), installed(b.run(args...)))
}

var newKeys = regexp.MustCompile(`(?m)^(groups|markers) = .*\n`)

// oldFormat turns the lock into one of format 2.0, which has neither groups nor
// markers, so that Poetry resolves it anew.
func (b *bench) oldFormat() {
	b.t.Helper()
	path := filepath.Join(b.dir, "poetry.lock")
	content, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	content = newKeys.ReplaceAll(content, nil)
	content = regexp.MustCompile(`lock-version = "2.1"`).ReplaceAll(content, []byte(`lock-version = "2.0"`))
	if err := os.WriteFile(path, content, 0o666); err != nil {
		b.t.Fatal(err)
	}
}
