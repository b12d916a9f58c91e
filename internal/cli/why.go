package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

func (a *app) whyCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "why DIST [PROJECT]",
		Short: "Show why a distribution is in the layer, and which file was selected",
		Long: `Show the paths from the project to a distribution, with their markers. Then show which of
its files was selected for the Lambda runtime, and why each of the others was not. For a
distribution that is in the lock file but not in the layer, show why it was left out.
Layers with the same answer are shown once.`,
		Example: `  lamella why numpy --runtime python3.13
  lamella why colorama --json | jq '.layers[].distributions[].required_by'`,
		Args:              between(1, 2, "DIST"),
		ValidArgsFunction: completeDist,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args[1:])
			if err != nil {
				return err
			}
			outcomes := answerEach(cmd.Context(), layers, func(ctx context.Context, l lamella.Layer) (*resolve.Explained, error) {
				e, err := a.client().Why(ctx, l, args[0])
				if err == nil && len(e.Packages) == 0 {
					err = a.notLocked(e, args[0])
				}
				return e, err
			})
			for _, o := range outcomes {
				if o.Err == nil {
					a.noteUnknown(o.Value.Lock, o.Value.Unknown)
				}
			}
			return printAnswers(a, outcomes, report[*resolve.Explained]{
				text: func(_ lamella.Layer, e *resolve.Explained) string { return whyText(e, a.paint()) },
				view: func(_ lamella.Layer, e *resolve.Explained) any { return whyView(e) },
			})
		},
	}
	in.bindResolution(cmd)
	in.selects = true
	return cmd
}

// notLocked returns the error that says that the lock file has no distribution called word,
// and suggests others.
func (a *app) notLocked(e *resolve.Explained, word string) error {
	wrong := &fault.Error{Kind: fault.Usage, Subject: word, Message: fmt.Sprintf("%s has no distribution %q", e.Lock, word)}
	for _, name := range nearNames(e.Name, e.Known) {
		wrong.Hints = append(wrong.Hints, "did you mean: lamella why "+shell.Quote(name))
	}
	if wrong.Hints == nil {
		wrong.Hints = []string{"list the distributions: lamella tree"}
	}
	return wrong
}

// nearNames returns the known names that word may have been meant to be: first the names
// with the most similar spelling, and then names that contain word.
func nearNames(word string, known []string) []string {
	const enough = 3
	var near []string
	if nearest := config.Nearest(word, known); nearest != "" {
		near = append(near, nearest)
	}
	for _, name := range known {
		if len(near) < enough && strings.Contains(name, word) && !slices.Contains(near, name) {
			near = append(near, name)
		}
	}
	return near
}

// whyView returns an explanation in printable form.
func whyView(e *resolve.Explained) output.Why {
	view := output.Why{Name: e.Name}
	for _, p := range e.Packages {
		v := output.WhyPackage{Version: p.Version, Where: p.Where, Selected: p.Selected, Excluded: p.Excluded}
		for _, r := range p.RequiredBy {
			v.RequiredBy = append(v.RequiredBy, output.WhyRequirer{State: stateName(r.State), Path: r.Path})
		}
		for _, c := range p.Files {
			v.Files = append(v.Files, output.WhyFile{File: c.File.Name, Chosen: c.Chosen, Fits: c.Fits, Reason: c.Reason, Size: c.File.Size})
		}
		if p.Refused != nil {
			v.Refused = p.Refused.Error()
		}
		view.Packages = append(view.Packages, v)
	}
	return view
}

func stateName(s resolve.EdgeState) string {
	switch s {
	case resolve.MarkerFails:
		return "marker-fails"
	case resolve.NotReached:
		return "not-reached"
	case resolve.NotSelected:
		return "not-asked"
	case resolve.OtherVersion:
		return "other-version"
	}
	return "holds"
}

// completeDist completes DIST, and then PROJECT.
func completeDist(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return fromLock(func(n *lock.Names) []string { return n.Distributions })(cmd, args, word)
	}
	return completeFolder(cmd, args[1:], word)
}
