package cli

import (
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// Commands returns the tree of commands, for programs that describe them, such as generators
// of man pages and completion scripts. The commands write to out. To run a command, use
// Main.
func Commands(out io.Writer) *cobra.Command {
	a := &app{
		Stdio:   Stdio{Out: out, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }},
		display: silent{},
	}
	return a.rootCommand()
}

// group is what the help lists below a title.
type group struct {
	title    string
	commands []command
}

// command makes the command called name.
type command struct {
	name string
	make func() *cobra.Command
}

// groups returns all commands, in the order of work.
func (a *app) groups() []group {
	return []group{
		{"Deploy a layer", []command{
			{"init", a.initCommand},
			{"plan", a.planCommand},
			{"deploy", a.deployCommand},
			{"apply", a.applyCommand},
		}},
		{"Run one step of a deploy", []command{
			{"build", a.buildCommand},
			{"package", a.packageCommand},
			{"check", a.checkCommand},
			{"upload", a.uploadCommand},
			{"publish", a.publishCommand},
		}},
		{"Work with published versions", []command{
			{"ls", a.lsCommand},
			{"status", a.statusCommand},
			{"history", a.historyCommand},
			{"show", a.showCommand},
			{"diff", a.diffCommand},
			{"verify", a.verifyCommand},
			{"users", a.usersCommand},
			{"attach", a.attachCommand},
			{"rollback", a.rollbackCommand},
			{"release", a.releaseCommand},
			{"share", a.shareCommand},
			{"prune", a.pruneCommand},
		}},
		{"Inspect the dependencies", []command{
			{"resolve", a.resolveCommand},
			{"tree", a.treeCommand},
			{"why", a.whyCommand},
			{"imports", a.importsCommand},
			{"vendor", a.vendorCommand},
		}},
		{"Other commands", []command{
			{"doctor", a.doctorCommand},
			{"policy", a.policyCommand},
			{"cache", a.cacheCommand},
			{"schema", a.schemaCommand},
			{"completion", a.completionCommand},
			{"version", a.versionCommand},
		}},
	}
}

// rootCommand returns the tree of all commands.
func (a *app) rootCommand() *cobra.Command {
	return a.rootWith(func(string) bool { return true })
}

// rootFor returns the tree of the command that args begin with, alone, or of all commands if
// they begin with something else: to make all takes longer than to compose a small layer.
func (a *app) rootFor(args []string) *cobra.Command {
	for _, g := range a.groups() {
		if len(args) > 0 && slices.ContainsFunc(g.commands, func(c command) bool { return c.name == args[0] }) {
			return a.rootWith(func(name string) bool { return name == args[0] })
		}
	}
	return a.rootCommand()
}

// rootWith returns the tree of the wanted commands.
func (a *app) rootWith(wanted func(name string) bool) *cobra.Command {
	root := a.bareRoot()
	for _, g := range a.groups() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			if wanted(c.name) {
				cmd := c.make()
				cmd.GroupID = g.title
				root.AddCommand(cmd)
			}
		}
	}
	root.SetHelpCommand(a.helpCommand(root))
	root.SetHelpCommandGroupID("Other commands")
	return root
}
