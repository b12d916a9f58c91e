package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/versions"
)

// pruneOptions are the flags of prune.
type pruneOptions struct {
	versions.PruneOptions
	olderThan         string
	yes               bool
	byRuntime, byArch bool // --runtime or --arch was typed
}

func (a *app) pruneCommand() *cobra.Command {
	var in input
	var o pruneOptions
	cmd := &cobra.Command{
		Use:   "prune [PROJECT]",
		Short: "Delete old versions that no function uses",
		Long: `Delete old versions of the layer: those that are not among the newest (--keep) and that
exceed a given age (--older-than). At least one of these two flags is required. Without
--yes, show which versions would be deleted, and why the others are kept.

prune never deletes the latest version, or a version that $LATEST or any published version
of a function uses, in any configured account; it checks again right before each deletion.
It deletes nothing in an account whose functions it is not allowed to list. prune cannot
see the functions of other accounts, so it keeps a version that is shared with another
account, an organization, or everyone, unless you use --shared. A function in another
account that uses a deleted version keeps running, but cannot be updated until it uses a
different version.

--runtime and --arch choose a layer, not versions of it: prune refuses to delete versions
for other runtimes or architectures if you use these flags.

prune deletes versions first, then their files on S3, then zips older than a day that
belong to no version.`,
		Example: `  lamella prune --keep 10
  lamella prune --keep 10 --older-than 90d --yes`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("keep") && o.Keep < 1 {
				return usageError(cmd.Name(), fmt.Sprintf("--keep must be at least 1, not %d", o.Keep), cmd.CommandPath()+" --keep 1")
			}
			if o.OlderThan, err = parseAge(o.olderThan); err != nil {
				return usageError(cmd.Name(), err.Error(), cmd.CommandPath()+" --older-than 90d")
			}
			configured, err := a.configured(cmd, &in, args)
			if err != nil {
				return err
			}
			o.byRuntime, o.byArch = cmd.Flags().Changed("runtime"), cmd.Flags().Changed("arch")
			return a.prune(cmd.Context(), layers, configured, o)
		},
	}
	in.bindVersions(cmd)
	show(cmd, writeFlags) // for the lease
	o.bind(cmd)
	return cmd
}

// bind adds the flags of prune to cmd.
func (o *pruneOptions) bind(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.IntVar(&o.Keep, "keep", 0, "keep the newest N versions")
	annotate(fs, "keep", annotationValue, "N")
	fs.StringVar(&o.olderThan, "older-than", "", "delete only versions older than this, such as 12h, 90d, or 8w")
	annotate(fs, "older-than", annotationValue, "AGE")
	fs.IntVar(&o.KeepRollback, "keep-rollback", 0, "keep the newest N versions whose content differs from the latest, for rollbacks")
	annotate(fs, "keep-rollback", annotationValue, "N")
	fs.BoolVar(&o.Shared, "shared", false, "also delete versions that are shared with other accounts, an organization, or everyone")
	fs.BoolVar(&o.yes, "yes", false, "delete the versions instead of showing which would be deleted")
}

// prune prints what would be deleted from the layers and, with o.yes, deletes it. It also
// checks the functions in the accounts that the other configured layers are deployed to.
func (a *app) prune(ctx context.Context, layers, configured []lamella.Layer, o pruneOptions) error {
	plans := a.client().PlanPruneAll(ctx, layers, configured, o.PruneOptions)
	for i, p := range plans {
		if err := o.checkTarget(p.Layer, p.Value); err != nil {
			plans[i].Value, plans[i].Err = nil, err
		}
	}
	if o.yes {
		planned := map[string]*versions.PrunePlan{}
		for _, p := range plans {
			planned[layerKey(p.Layer)] = p.Value
		}
		executed := deploy.Each(ctx, layers, func(ctx context.Context, l lamella.Layer) (*versions.PrunePlan, error) {
			if p := planned[layerKey(l)]; p != nil {
				return p.Execute(ctx)
			}
			return nil, nil
		})
		for i, p := range plans {
			if p.Err == nil {
				plans[i] = executed[i]
			}
		}
	}
	gone, objects := 0, 0
	for _, p := range plans {
		if p.Value == nil {
			continue
		}
		for _, n := range p.Value.Notes {
			a.note("note: %s", n)
		}
		gone, objects = gone+len(p.Value.Delete), objects+len(p.Value.Objects)
	}
	a.note("%s", a.complete(pruneSummary(gone, objects, o.yes), ""))
	return printEach(a, plans, report[*versions.PrunePlan]{
		text: func(_ lamella.Layer, p *versions.PrunePlan) string { return pruneText(p, a.paint()) },
		view: func(l lamella.Layer, p *versions.PrunePlan) any {
			return output.Pruned{Done: o.yes, PrunePlan: *p}
		},
	})
}

// checkTarget returns an error if --runtime or --arch was typed and p would delete a version
// for another runtime or architecture than that of l: the flag may have been meant to
// protect it. A version that is declared compatible with nothing can be for any target.
func (o pruneOptions) checkTarget(l lamella.Layer, p *versions.PrunePlan) error {
	if p == nil {
		return nil
	}
	for _, v := range p.Delete {
		flag, of := "", []string(nil)
		switch {
		case o.byRuntime && len(v.Runtimes) > 0 && !slices.Contains(v.Runtimes, l.Runtime):
			flag, of = "--runtime", v.Runtimes
		case o.byArch && len(v.Architectures) > 0 && !slices.Contains(v.Architectures, l.Arch()):
			flag, of = "--arch", v.Architectures
		default:
			continue
		}
		return &fault.Error{Kind: fault.Usage, Subject: l.Name,
			Message: fmt.Sprintf("%s does not limit what prune deletes: prune would also delete version %d of layer %s, which is for %s", flag, v.Version, l.Name, strings.Join(of, ", ")),
			Hints:   []string{"to prune the layer's versions for all runtimes and architectures, use --layer or --name instead of --runtime and --arch"}}
	}
	return nil
}

var age = regexp.MustCompile(`^([0-9]{1,4})([hdw])$`)

// parseAge parses an age such as "12h", "90d", or "8w". It returns 0 for "".
func parseAge(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	m := age.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("invalid --older-than: %q is not a number of hours, days, or weeks, such as 12h, 90d, or 8w", s)
	}
	n, _ := strconv.Atoi(m[1])
	if n == 0 {
		return 0, errors.New("--older-than must be more than 0")
	}
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// pruneText returns a line for each version, and a line for each object that does not belong
// to a version.
func pruneText(p *versions.PrunePlan, paint painter) string {
	var b strings.Builder
	for _, v := range p.Delete {
		fmt.Fprintf(&b, "%s\n", paint.red(fmt.Sprintf("− version %d  %s%s", v.Version, v.Created.UTC().Format(time.RFC3339), sizeText(v.Size, false))))
	}
	for _, o := range p.Objects {
		fmt.Fprintf(&b, "%s\n", paint.red("− "+escape(o.URI)+"  "+o.Why))
	}
	for _, k := range p.Keep {
		fmt.Fprintf(&b, "  version %d  kept: %s\n", k.Version, escape(k.Reason))
	}
	return b.String()
}

func pruneSummary(gone, objects int, done bool) string {
	counts := fmt.Sprintf("%s and %s", number.Count(gone, "version"), number.Count(objects, "object"))
	switch {
	case done:
		return counts + " deleted"
	case gone+objects == 0:
		return "nothing to delete"
	}
	return "nothing was deleted; to delete " + counts + ", run: lamella prune --yes"
}
