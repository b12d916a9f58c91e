package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) diffCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "diff [OLD [NEW]] [PROJECT]",
		Short: "Compare two versions, or a version and the project",
		Long: `Show which distributions were added (+), removed (−), and changed (~) between the versions
OLD and NEW. The default for NEW is the project's current lock file; the default for OLD
is the latest version. A version is a number, an ARN, or latest.`,
		Example: `  lamella diff 3 4
  lamella diff 3             # version 3 and the project
  lamella diff               # the latest version and the project`,
		ValidArgsFunction: completeVersion(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 2)
			if err != nil {
				return err
			}
			before, after := first(which), ""
			if len(which) == 2 {
				after = which[1]
			}
			in.target = after == "" // the project is resolved for a target
			layers, err := a.layers(cmd, &in, project)
			if err != nil {
				return err
			}
			differences := deploy.Each(cmd.Context(), layers, func(ctx context.Context, l lamella.Layer) (*versions.Difference, error) {
				return a.client().Diff(ctx, l, before, after)
			})
			return printEach(a, differences, report[*versions.Difference]{
				text: func(_ lamella.Layer, d *versions.Difference) string { return differenceText(d, a.paint()) },
				view: func(l lamella.Layer, d *versions.Difference) any {
					return d
				},
			})
		},
	}
	in.bind(cmd, config.Content, config.Destination)
	hide(cmd, buildFlags, writeFlags, parameterFlags, []string{"output"})
	reword(cmd, "runtime", "required unless configured", "required to compare with the project, unless configured")
	in.bindSelection(cmd)
	return cmd
}

// differenceText describes a difference as text.
func differenceText(d *versions.Difference, paint painter) string {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-14s %s\n", name, escape(value)) }
	row("from", sideText(d.Old))
	row("to", sideText(d.New))
	switch {
	case d.Same:
		row("outcome", "the same content")
	case len(d.Changes) == 0:
		row("outcome", "the same distributions, other content")
	case len(d.Changes) == 1:
		row("outcome", "1 distribution differs")
	default:
		row("outcome", number.Count(len(d.Changes), "distribution")+" differ")
	}
	if d.Old.Target != d.New.Target && d.Old.Target != "" {
		row("target", d.Old.Target+" → "+d.New.Target)
	}
	if d.Options != "" {
		row("options", d.Options)
	}
	if d.Old.Unzipped > 0 && d.New.Unzipped > 0 {
		row("unzipped", formatBytes(d.New.Unzipped)+sizeText(d.New.Unzipped-d.Old.Unzipped, true))
	}
	for _, n := range append(append([]string{}, d.Old.Notes...), d.New.Notes...) {
		row("note", n)
	}
	if len(d.Changes) > 0 {
		b.WriteByte('\n')
		b.WriteString(changesText(d.Changes, paint))
	}
	if len(d.Files) > 0 {
		const most = 20
		fmt.Fprintf(&b, "\n%s\n", number.Count(len(d.Files), "file"))
		for _, f := range d.Files[:min(len(d.Files), most)] {
			fmt.Fprintf(&b, "  %s %s\n", f[:1], escape(f[1:]))
		}
		if n := len(d.Files) - most; n > 0 {
			fmt.Fprintf(&b, "  … and %d more; lamella diff --json lists all\n", n)
		}
	}
	return b.String()
}

func sideText(s versions.Side) string {
	if s.Target == "" {
		return s.Name
	}
	return fmt.Sprintf("%s, %s, %s", s.Name, s.Target, number.Count(len(s.Packages), "distribution"))
}
