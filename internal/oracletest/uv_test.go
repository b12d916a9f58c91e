package oracletest

import (
	"testing"
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
