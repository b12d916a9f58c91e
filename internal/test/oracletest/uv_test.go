package oracletest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/lock"
)

const uvIndex = `
[[tool.uv.index]]
url = "INDEX"
default = true
`

func TestUV(t *testing.T) {
	t.Parallel()
	w := newWorkbench(t, "uv")
	own := []project{
		{name: "path", content: "dependencies = [\"local\", \"beta\"]\n[tool.uv.sources]\nlocal = { path = \"lib/local-1.0-py3-none-any.whl\" }\n", choices: none},
		{name: "conflicting extras", content: `[project.optional-dependencies]
old = ["alpha<2"]
new = ["alpha>=2", "theta[a]"]
[tool.uv]
conflicts = [[{ extra = "old" }, { extra = "new" }]]
`, choices: []choice{{}, {extras: []string{"old"}}, {extras: []string{"new"}}}},
	}
	for _, p := range append(own, projects...) {
		t.Run(p.name, func(t *testing.T) {
			b := w.project(t)
			b.write("pyproject.toml", p.pyproject()+uvIndex)
			b.run("lock")
			checkFresh(b, "uv.lock")
			for _, c := range p.choices {
				args := []string{"export", "--frozen", "--no-default-groups", "--no-emit-project", "--no-hashes", "--no-header", "--no-annotate"}
				args = append(args, flags("--extra", c.extras)...)
				args = append(args, flags("--group", c.groups)...)
				args = append(args, flags("--only-group", c.only)...)
				all := targets(t, pythons...)
				want := pins(t, b.run(args...), all)
				for i, tt := range all {
					b.compare("uv.lock", tt, c.options(), want[i])
				}
			}
		})
	}
}

// flags repeats a flag for each value.
func flags(flag string, values []string) []string {
	var args []string
	for _, value := range values {
		args = append(args, flag, value)
	}
	return args
}

// TestUVStale changes what a project requires, and compares what `uv lock
// --check` says of the lock with what lamella says. Lamella alone passes over
// what makes no difference to a layer: markers that hold for the same targets.
func TestUVStale(t *testing.T) {
	t.Parallel()
	w := newWorkbench(t, "uv")
	const content = `dependencies = ["alpha>=1.0.0,<3", "beta~=1.0", "delta==1.*", "pre==1.0.post1", "theta[a,b]>=1; python_version>='3.8'", "direct @ FILES/direct-1.0-py3-none-any.whl"]
[dependency-groups]
test = ["testing>=8", {include-group = "li.nt"}]
Li_nt = ["linting<1.0"]
dev = ["kappa"]
[tool.uv]
dev-dependencies = ["iota>0.9"]
`
	b := w.project(t)
	write := func(from, to string) {
		b.write("pyproject.toml", project{content: strings.Replace(content, from, to, 1)}.pyproject()+uvIndex)
	}
	write("", "")
	b.run("lock")
	for _, change := range []struct{ from, to string }{
		{"", ""},
		{">=1.0.0,<3", ">=1.0.0,<3.0.0"},
		{">=1.0.0,<3", "< 3.0 , >= 1"},
		{">=1.0.0,<3", ">=1.0.0,<3,>=1"},
		{">=1.0.0,<3", ">=1.0.0,<3.0.1"},
		{">=1.0.0,<3", "<3"},
		{">=1.0.0,<3", ">=0!1.0,<3"},
		{">=1.0.0,<3", ">=1.0.0,<1!3"},
		{">=1.0.0,<3", ">=v1.0.0,<3"},
		{">=1.0.0,<3", ">=1.0.0.0rc0,<3"},
		{">=1.0.0,<3", ">1.0.0,<3"},
		{"~=1.0", "~=1.0.0"},
		{"==1.*", "==1.0.*"},
		{"==1.*", "==1"},
		{"==1.0.post1", "==1.0.0-1"},
		{"==1.0.post1", "===1.0.post1"},
		{"theta[a,b]", "Theta[ b , a ]"},
		{"theta[a,b]", "theta[a]"},
		{"python_version>='3.8'", "'3.8' <= python_version"},
		{"python_version>='3.8'", "python_full_version >= '3.8.0'"},
		{"; python_version>='3.8'", ""},
		{"; python_version>='3.8'", "; python_version < '3.12'"},
		{"direct @ FILES/direct-1.0", "direct@FILES/direct-1.0"},
		{"direct @ FILES/direct-1.0", "direct @ FILES/./direct-1.0"},
		{"direct-1.0-py3-none-any.whl", "direct-1.0-py3-none-any.whl?x=1"},
		{"direct-1.0-py3-none-any.whl", "direct-1.0-py3-none-any.whl#egg=direct"},
		{"direct @ FILES/direct-1.0-py3-none-any.whl", "direct"},
		{`"testing>=8", {include-group = "li.nt"}`, `{include-group = "LI-NT"}, "testing>=8.0"`},
		{`, {include-group = "li.nt"}`, ""},
		{`["kappa"]`, `["kappa", "iota>0.9"]`},
		{`["iota>0.9"]`, "[]"},
		{`["iota>0.9"]`, `["iota>0.9.0"]`},
		{`["kappa"]`, `["kappa", {include-group = "li-nt"}]`},
		{`"testing>=8", {`, `"testing>=8", {include-group = "dev"}, {`},
	} {
		write(change.from, change.to)
		out, err := b.try(b.dir, "lock", "--check")
		fresh := err == nil
		l, err := lock.Read(filepath.Join(b.dir, "uv.lock"))
		if err != nil {
			t.Fatal(err)
		}
		stale, err := l.Stale()
		if err != nil {
			t.Fatal(err)
		}
		if (stale == nil) != fresh {
			t.Errorf("%q → %q: uv takes it for fresh: %v; lamella: %v\n%s", change.from, change.to, fresh, stale, out)
		}
	}
}
