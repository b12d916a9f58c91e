package cli

import "testing"

// TestRootFor: the names by which commands are made alone are theirs, and whatever else is
// typed has all commands.
func TestRootFor(t *testing.T) {
	a := &app{display: silent{}}
	all := len(a.rootCommand().Commands())
	made := 0
	for _, g := range a.groups() {
		for _, c := range g.commands {
			made++
			if name := c.make().Name(); name != c.name {
				t.Errorf("%s is made as %s", name, c.name)
			}
			alone := a.rootFor([]string{c.name, "x"}).Commands()
			if len(alone) != 1 || alone[0].Name() != c.name || alone[0].GroupID != g.title {
				t.Errorf("%s is not alone in its group", c.name)
			}
		}
	}
	for _, args := range [][]string{nil, {"--json", "build"}, {"biuld"}, {"help", "build"}, {"__complete", "b"}} {
		if n := len(a.rootFor(args).Commands()); n != all || n != made {
			t.Errorf("%q: %d commands of %d", args, n, made)
		}
	}
}
