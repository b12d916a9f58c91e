package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) pruneCommand() *cobra.Command {
	var (
		in        input
		options   versions.PruneOptions
		olderThan string
		yes       bool
	)
	cmd := &cobra.Command{
		Use:   "prune [PROJECT]",
		Short: "Delete old versions that no function uses",
		Long: `Show which versions would be deleted, and which stay and why; with --yes, delete them.
With both --keep and --older-than, a version goes only if both let it go.

The latest version stays, and every one that a function of the account and region has,
in $LATEST or in any published version; each is looked for again right before it is
deleted. Where functions may not be listed, nothing is deleted. A version that is
shared stays, too, since the functions of other accounts cannot be seen.

Versions go first, then what lay beside them on S3, then zips that no version has and
that are older than a day. Functions that have a deleted version keep it, but can no
longer be updated with it.`,
		Example: `  lamella prune --keep 10
  lamella prune --keep 10 --older-than 90d --yes`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("keep") && options.Keep < 1 {
				return usageError(cmd.Name(), fmt.Errorf("--keep %d: at least the latest version stays", options.Keep), cmd.CommandPath()+" --keep 1")
			}
			if options.OlderThan, err = parseAge(olderThan); err != nil {
				return usageError(cmd.Name(), err, cmd.CommandPath()+" --older-than 90d")
			}
			plan, err := a.client().PlanPrune(cmd.Context(), layer, options)
			if err != nil {
				return err
			}
			if yes {
				if plan, err = plan.Execute(cmd.Context()); err != nil {
					return err
				}
			}
			for _, n := range plan.Notes {
				a.note("note: %s", n)
			}
			a.note("%s", pruneSummary(plan, yes))
			return a.print(pruneText(plan, a.paint()),
				output.Pruned{Done: yes, PrunePlan: *plan})
		},
	}
	in.bindVersions(cmd)
	fs := cmd.Flags()
	fs.IntVar(&options.Keep, "keep", 0, "keep the newest N versions")
	annotate(fs, "keep", annotationValue, "N")
	fs.StringVar(&olderThan, "older-than", "", "keep the versions that are younger: 12h, 90d, 8w")
	annotate(fs, "older-than", annotationValue, "AGE")
	fs.BoolVar(&options.Shared, "shared", false, "delete versions that are shared with other accounts, too")
	fs.BoolVar(&yes, "yes", false, "delete; without it nothing is changed")
	return cmd
}

var age = regexp.MustCompile(`^([0-9]{1,4})([hdw])$`)

// parseAge reads "12h", "90d" or "8w"; "" is 0.
func parseAge(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	m := age.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no age: hours, days and weeks are written 12h, 90d, 8w", s)
	}
	n, _ := strconv.Atoi(m[1])
	if n == 0 {
		return 0, errors.New("an age of 0 would keep nothing: leave --older-than out")
	}
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// pruneText is a line for each version, and one for each object that is not a
// version's.
func pruneText(p *versions.PrunePlan, paint painter) string {
	var b strings.Builder
	for _, v := range p.Delete {
		fmt.Fprintf(&b, "%s\n", paint.red(fmt.Sprintf("− version %d  %s%s", v.Version, v.Created.UTC().Format(time.RFC3339), sizeText(v.Size, false))))
	}
	for _, o := range p.Objects {
		fmt.Fprintf(&b, "%s\n", paint.red("− "+escape(o.URI)+"  "+o.Why))
	}
	for _, k := range p.Keep {
		fmt.Fprintf(&b, "  version %d  stays: %s\n", k.Version, escape(k.Reason))
	}
	return b.String()
}

func pruneSummary(p *versions.PrunePlan, done bool) string {
	counts := fmt.Sprintf("%s and %s", plural(len(p.Delete), "version"), plural(len(p.Objects), "object"))
	switch {
	case done:
		return counts + " deleted"
	case len(p.Delete)+len(p.Objects) == 0:
		return "nothing to delete"
	}
	return counts + " would be deleted: --yes does it"
}
