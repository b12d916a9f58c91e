package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// rollbackOptions are the flags of rollback.
type rollbackOptions struct {
	which  string
	yes    bool
	hold   bool
	reason string
}

func (a *app) rollbackCommand() *cobra.Command {
	var in input
	var o rollbackOptions
	cmd := &cobra.Command{
		Use:   "rollback VERSION [PROJECT]",
		Short: "Publish the content of an old version again",
		Long: `Publish the exact bytes of an old version as a new version, and store the old version's
lock file and build options with it. The bytes come from S3 or from Lambda; if neither has
them, the zip is built again from the stored lock file and must have the same hash. If the
latest version has this content already, nothing is published. Prints the ARN.

"previous" stands for the newest version whose content differs from that of the latest.
For several layers, rollback shows a plan, and needs --yes to carry it out.

The next deploy publishes the layer from the project's lock file again. To prevent that,
use --hold: deploy then refuses to publish the layer until you run lamella release.`,
		Example: `  lamella rollback 3
  lamella rollback previous --hold --reason "1.4.2 breaks uploads"
  lamella rollback previous --region 'eu-*' --yes
  lamella rollback 3 --to s3://bucket/lambda/{layer} --json`,
		ValidArgsFunction: completeVersion(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 1)
			if err != nil {
				return err
			}
			if len(which) == 0 {
				return usageError(cmd.Name(), cmd.CommandPath()+" needs VERSION", "list the versions: lamella history", "then add the argument: "+cmd.CommandPath()+" VERSION")
			}
			if o.reason != "" && !o.hold {
				return usageError(cmd.Name(), "--reason needs --hold", "lamella rollback --hold")
			}
			layers, err := a.layers(cmd, &in, project)
			if err != nil {
				return err
			}
			o.which = which[0]
			if len(layers) > 1 && !o.yes {
				return a.planRollback(cmd.Context(), layers, o)
			}
			return a.rollback(cmd.Context(), layers, o)
		},
	}
	in.bindVersions(cmd, "share", "storage", "index-url", "find-links")
	show(cmd, writeFlags, parameterFlags)
	cmd.Flags().BoolVar(&o.yes, "yes", false, "roll back several layers instead of showing the plan")
	cmd.Flags().BoolVar(&o.hold, "hold", false, "keep deploy from publishing the layer until you run lamella release")
	cmd.Flags().StringVar(&o.reason, "reason", "", "reason for the hold, which deploy shows")
	annotate(cmd.Flags(), "reason", annotationValue, "TEXT")
	return cmd
}

// planRollback prints what a rollback would publish.
func (a *app) planRollback(ctx context.Context, layers []lamella.Layer, o rollbackOptions) error {
	plans := deploy.Each(ctx, layers, func(ctx context.Context, l lamella.Layer) (*versions.RollbackPlan, error) {
		return a.client().PlanRollback(ctx, l, o.which)
	})
	changes := 0
	for _, p := range plans {
		if p.Err == nil && !p.Value.Same {
			changes++
		}
	}
	if changes > 0 {
		a.note("nothing was published; %s", a.complete("to publish, run: lamella rollback --yes", ""))
	}
	return printEach(a, plans, report[*versions.RollbackPlan]{
		text: func(_ lamella.Layer, p *versions.RollbackPlan) string {
			if p.Same {
				return fmt.Sprintf("%-14s unchanged: version %d already has the content of version %d\n", "outcome", p.Latest, p.Version)
			}
			return fmt.Sprintf("%-14s publish the content of version %d again, after version %d\n", "outcome", p.Version, p.Latest)
		},
		view: func(_ lamella.Layer, p *versions.RollbackPlan) any { return output.RolledBack{RollbackPlan: *p} },
	})
}

// rollback rolls the layers back, and holds them if that was requested.
func (a *app) rollback(ctx context.Context, layers []lamella.Layer, o rollbackOptions) error {
	outcomes := deploy.Each(ctx, layers, func(ctx context.Context, l lamella.Layer) (*publish.Result, error) {
		which := o.which
		if which == versions.Previous {
			plan, err := a.client().PlanRollback(ctx, l, which)
			if err != nil {
				return nil, err
			}
			which = strconv.FormatInt(plan.Version, 10)
		}
		result, err := a.client().Rollback(ctx, l, which)
		if err != nil || !o.hold {
			return result, err
		}
		return result, a.hold(ctx, l, result, o.reason)
	})
	published := false
	for _, r := range outcomes {
		published = published || r.Err == nil && r.Value.Published
	}
	var deployed []deploy.Deployed
	for _, r := range outcomes {
		d := deploy.Deployed{Layer: r.Layer, Err: r.Err}
		if r.Err == nil {
			d.Result = r.Value
		}
		deployed = append(deployed, d)
	}
	if published && !o.hold {
		a.note("note: the next deploy will publish the layer from the project's lock file again; to prevent that, use --hold")
	}
	return a.printDeployed(deployed)
}

// hold holds a layer at the version that a rollback resulted in.
func (a *app) hold(ctx context.Context, l lamella.Layer, r *publish.Result, reason string) error {
	h, err := a.client().Hold(ctx, l, reason)
	if err != nil {
		return err
	}
	if h.Version != r.Version {
		return &fault.Error{Kind: fault.Destination, Sentinel: store.ErrChanged,
			Message: fmt.Sprintf("another run published version %[2]d of layer %[1]s after version %[3]d, and holds the layer there", l.Name, h.Version, r.Version),
			Hints:   []string{"roll back again: lamella rollback"}}
	}
	a.note("%s is held at version %d; to let deploy publish it again, run: lamella release --layer %s", l, h.Version, shell.Quote(l.Name))
	return nil
}

func (a *app) releaseCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "release [PROJECT]",
		Short: "Let deploy publish a layer again after rollback --hold",
		Long: `Remove the hold that lamella rollback --hold placed on a layer, so that deploy publishes
the layer again. Layers without a hold are left as they are.`,
		Example: `  lamella release
  lamella release --layer web`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			return printEach(a, deploy.Each(cmd.Context(), layers, a.client().Release), report[*publish.Hold]{
				text: func(l lamella.Layer, h *publish.Hold) string {
					if h == nil {
						return l.Name + " is not held\n"
					}
					return strings.TrimSuffix(fmt.Sprintf("%s is released; it was held at version %d: %s", l.Name, h.Version, h.Reason), ": ") + "\n"
				},
				view: func(_ lamella.Layer, h *publish.Hold) any { return output.Released{Hold: h} },
			})
		},
	}
	in.bindVersions(cmd)
	return cmd
}
