package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/project"
)

func (a *app) importsCommand() *cobra.Command {
	var in input
	var options project.ImportsOptions
	var python, html string
	var all bool
	cmd := &cobra.Command{
		Use:   "imports MODULE... [ZIP|VERSION] [PROJECT]",
		Short: "Show how long imports take when a function starts",
		Long: `Import each MODULE from the layer as a function would, and show where the time goes: a tree
of modules with their own time, total time, and share of INIT, the phase in which Lambda
starts Python and imports the modules; the time of each distribution; what you would save
by importing a MODULE later; and the cost of distributions that you could leave out.

The layer comes from the project, from a ZIP made by any program, or from a published
VERSION. A PROJECT after the modules must be a path with a slash, such as ./api.

lamella imports runs the layer's code in new processes with only the layer on sys.path and
without credentials or network. Each time is the median of three runs on this machine.
Lambda's processors are slower, but the shares are similar.`,
		Example: `  lamella imports fastapi sqlalchemy --runtime python3.13
  lamella imports pandas layer.zip --runtime python3.13 --html imports.html
  lamella imports fastapi 3 --to s3://bucket/lambda/{layer}`,
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			modules, rest := moduleArgs(args)
			if len(modules) == 0 {
				return usageError(cmd.Name(), cmd.CommandPath()+" needs at least one MODULE", "add the argument: "+cmd.CommandPath()+" MODULE")
			}
			options.Modules, options.Python = modules, strings.Fields(python)
			profile, err := a.measureImports(cmd, &in, rest, html, options)
			if err != nil {
				return err
			}
			if html != "" {
				if err := profile.WriteHTML(html); err != nil {
					return err
				}
				a.note("wrote %s", html)
			}
			return a.print(profileText(profile, all), profile)
		},
	}
	in.bindQuestion(cmd)
	cmd.Flags().StringVar(&html, "html", "", "also write an HTML flame chart to this file")
	annotate(cmd.Flags(), "html", annotationValue, "FILE")
	cmd.Flags().StringVar(&python, "python", "", "command that runs the Python interpreter for the imports; default: a CPython interpreter on this machine")
	annotate(cmd.Flags(), "python", annotationValue, "CMD")
	cmd.Flags().BoolVar(&all, "all", false, "show every module, not only those that take at least 2% of the INIT phase")
	return cmd
}

// measureImports measures the layer that the arguments after the modules select. It first
// checks that the page can be written to html.
func (a *app) measureImports(cmd *cobra.Command, in *input, rest []string, html string, o project.ImportsOptions) (*imports.Profile, error) {
	if cmd.Flags().Changed("html") {
		if err := imports.CheckHTML(html); err != nil {
			return nil, err
		}
	}
	zip, version, project, err := checkArgs(cmd, rest)
	if err != nil {
		return nil, err
	}
	layer, err := a.layer(cmd, in, project)
	if err != nil {
		return nil, err
	}
	switch {
	case zip != "":
		return a.client().ImportsOfZip(cmd.Context(), layer, zip, o)
	case version != "":
		return a.client().ImportsOfVersion(cmd.Context(), layer, version, o)
	}
	return a.client().Imports(cmd.Context(), layer, o)
}

// moduleArgs separates the modules, which come first, from what follows: a version, a zip,
// or a path with a slash.
func moduleArgs(args []string) (modules, rest []string) {
	for i, arg := range args {
		if isVersion(arg) || strings.ContainsAny(arg, `/\`) || arg == "." || arg == ".." || strings.HasSuffix(arg, ".zip") {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

// leastShare is the minimum share of INIT for which a module is shown.
const leastShare = 0.02

// profileText returns a profile as text.
func profileText(p *imports.Profile, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%9s %9s %6s  module\n", "total", "own", "INIT")
	hidden := 0
	var write func(tree []*imports.Module, indent string, above string)
	write = func(tree []*imports.Module, indent, above string) {
		for _, m := range tree {
			if !all && p.Share(m.Total) < leastShare {
				hidden += countModules(m)
				continue
			}
			name := m.Name
			if m.Distribution != above && m.Distribution != "" && m.Distribution != imports.Standard {
				name += "  (" + m.Distribution + ")"
			}
			if m.Failed {
				name += "  failed, but the importing module continues without it"
			}
			fmt.Fprintf(&b, "%9s %9s %6s  %s%s\n", millis(m.Total), millis(m.Own), inPercent(p.Share(m.Total)), indent, name)
			write(m.Imports, indent+"  ", m.Distribution)
		}
	}
	write(p.Tree, "", "")
	if hidden > 0 {
		fmt.Fprintf(&b, "%9s %9s %6s  %s below %s each; --all shows them\n", "", "", "", number.Count(hidden, "module"), inPercent(leastShare))
	}
	b.WriteString(costText(p, all))
	b.WriteString(savingsText(p))
	fmt.Fprintf(&b, "\n%s, Python %s: start %s (Python %s, imports %s; %s", p.Target, p.Interpreter.Version, millis(p.Init()), millis(p.Start), millis(p.Seconds), number.Count(p.Loaded, "module"))
	if p.Memory > 0 {
		fmt.Fprintf(&b, ", %s of memory", formatBytes(p.Memory))
	}
	b.WriteString(")\n")
	return b.String()
}

// costText lists the time that each distribution took by itself.
func costText(p *imports.Profile, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%9s %6s  distribution\n", "own", "INIT")
	for _, c := range p.Cost {
		if !all && p.Share(c.Own) < leastShare {
			continue
		}
		name := c.Distribution
		if name == "" {
			name = "files of no distribution"
		}
		fmt.Fprintf(&b, "%9s %6s  %s (%s)\n", millis(c.Own), inPercent(p.Share(c.Own)), name, number.Count(c.Modules, "module"))
	}
	return b.String()
}

// savingsText describes what would shorten the startup time.
func savingsText(p *imports.Profile) string {
	var b strings.Builder
	if p.Compiled > 0 {
		fmt.Fprintf(&b, "\n%s compiled from source, which happens at each start; to avoid it, build with --bytecode\n", pluralWere(p.Compiled))
	}
	for _, s := range p.Lazy {
		if len(p.Modules) > 1 && p.Share(s.Seconds) >= leastShare {
			fmt.Fprintf(&b, "importing %s later, inside the function that needs it, saves %s (%s)\n", s.Name, millis(s.Seconds), inPercent(p.Share(s.Seconds)))
		}
	}
	for _, s := range p.Exclude {
		fmt.Fprintf(&b, "these imports work without %s; if nothing else needs it, --exclude %[1]s saves %s (%s) and %s\n", s.Name, millis(s.Seconds), inPercent(p.Share(s.Seconds)), formatBytes(s.Bytes))
	}
	for _, r := range p.Refused {
		fmt.Fprintf(&b, "an import tried to connect to %s; these times do not include the connection\n", r)
	}
	if text := b.String(); text != "" && text[0] != '\n' {
		return "\n" + text
	}
	return b.String()
}

func pluralWere(n int) string {
	if n == 1 {
		return "1 module was"
	}
	return number.Count(n, "module") + " were"
}

func countModules(m *imports.Module) int {
	n := 1
	for _, c := range m.Imports {
		n += countModules(c)
	}
	return n
}

func millis(seconds float64) string {
	return fmt.Sprintf("%.1f ms", float64(time.Duration(seconds*float64(time.Second)).Microseconds())/1000)
}

func inPercent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
