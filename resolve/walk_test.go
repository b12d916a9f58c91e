package resolve

import (
	"context"
	"fmt"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

func TestWalk(t *testing.T) {
	const conflicts = "conflicts = [[{ package = \"app\", extra = \"cpu\" }, { package = \"app\", extra = \"gpu\" }, { package = \"app\", group = \"old\" }]]\n"
	torch := func(version string) string {
		return pure("torch", version)
	}
	torchDep := func(version, marker string) string {
		return fmt.Sprintf("{ name = \"torch\", version = %q, source = { registry = \"https://index.example/simple\" }, marker = %q },", version, marker)
	}
	forked := uvLock(conflicts, "dependencies = [\n"+
		torchDep("1", "extra == 'extra-3-app-cpu'")+"\n"+torchDep("2", "extra == 'extra-3-app-gpu'")+"\n"+
		torchDep("3", "extra != 'extra-3-app-cpu' and extra != 'extra-3-app-gpu' and extra != 'group-3-app-old'")+"\n"+
		torchDep("4", "extra == 'group-3-app-old'")+"\n]\n"+
		"[package.optional-dependencies]\ncpu = [{ name = \"mid\" }]\ngpu = []\nboth = [{ name = \"app\", extra = [\"cpu\", \"gpu\"] }]\n"+
		"[package.dev-dependencies]\nold = []\n[package.metadata]\nprovides-extras = [\"cpu\", \"gpu\", \"both\"]\n[package.metadata.requires-dev]\nold = []\n",
		torch("1"), torch("2"), torch("3"), torch("4"), pure("mid", "1"))
	for _, c := range []struct {
		name, target, content string
		options               Options
		want                  string
	}{
		{name: "graph with a cycle and extras", content: uvLock("", `dependencies = [{ name = "a", extra = ["x"] }, { name = "app", extra = ["self"] }]
[package.optional-dependencies]
self = [{ name = "d" }]
other = [{ name = "unused" }]`,
			pure("a", "1", `dependencies = [{ name = "b" }]`, "[package.optional-dependencies]", `x = [{ name = "c" }]`, `y = [{ name = "unused" }]`),
			pure("b", "1", `dependencies = [{ name = "a" }, { name = "c" }]`), pure("c", "1"), pure("d", "1"), pure("unused", "1")),
			want: "a 1 (* b), b 1 (a), c 1 (a b), d 1 (*)"},
		{name: "markers", content: uvLock("", `dependencies = [{ name = "a", marker = "sys_platform == 'win32'" }, { name = "b", marker = "python_full_version < '3.14'" }, { name = "c", marker = "platform_machine == 'aarch64'" }]`,
			pure("a", "1"), pure("b", "1"), pure("c", "1")), target: "python3.13/arm64", want: "b 1 (*), c 1 (*)"},
		{name: "no groups by default", content: uvLock("", "[package.dev-dependencies]\ndev = [{ name = \"a\" }]", pure("a", "1")), want: ""},
		{name: "a group", content: uvLock("", "[package.dev-dependencies]\nDev-x = [{ name = \"a\" }]\ndev-x = [{ name = \"a\" }]", pure("a", "1")), options: Options{Selection: Selection{Groups: []string{"DEV_x"}}}, want: "a 1 (*)"},
		{name: "an extra", content: uvLock("", "[package.optional-dependencies]\nfast-er = [{ name = \"a\" }]", pure("a", "1")), options: Options{Selection: Selection{Extras: []string{"fast_ER"}}}, want: "a 1 (*)"},
		{name: "virtual members' dependencies stay", content: uvLock("", `dependencies = [{ name = "ghost" }]`,
			"[[package]]\nname = \"ghost\"\nsource = { virtual = \"ghost\" }\ndependencies = [{ name = \"a\" }]\n", pure("a", "1")), want: "a 1 (ghost)"},
		{name: "conflict, nothing active", content: forked, want: "torch 3 (*)"},
		{name: "conflict, one extra", content: forked, options: Options{Selection: Selection{Extras: []string{"cpu"}}}, want: "mid 1 (*), torch 1 (*)"},
		{name: "conflict, other extra", content: forked, options: Options{Selection: Selection{Extras: []string{"gpu"}}}, want: "torch 2 (*)"},
		{name: "conflict, group", content: forked, options: Options{Selection: Selection{Groups: []string{"old"}}}, want: "torch 4 (*)"},
		// The edge to mid[new] is found after the one to lib, whose marker it turns off.
		{name: "an extra activated later", content: uvLock("conflicts = [[{ package = \"mid\", extra = \"new\" }, { package = \"mid\", extra = \"old\" }]]\n",
			`dependencies = [{ name = "lib", marker = "extra != 'extra-3-mid-new'" }, { name = "mid", extra = ["new"] }]`,
			pure("lib", "1", `dependencies = [{ name = "mid", extra = ["old"] }]`), pure("mid", "1", "[package.optional-dependencies]", "new = []", "old = []")),
			want: "mid 1 (*)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.target == "" {
				c.target = "python3.13/x86_64"
			}
			r, err := Resolve(context.Background(), read(t, "uv.lock", c.content), targetOf(t, c.target), c.options, nil)
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			if got := describe(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	_, err := Resolve(context.Background(), read(t, "uv.lock", forked), targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Extras: []string{"both"}}}, nil)
	wantFault(t, err, fault.Lock, "app[cpu] and app[gpu]", "--extra")
}
