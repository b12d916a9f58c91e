package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) shareCommand() *cobra.Command {
	var in input
	var sync, revoke bool
	cmd := &cobra.Command{
		Use:   "share [PROJECT]",
		Short: "Show who may use each version, and share older ones",
		Long: `Show who else may use each version (accounts, organizations, or everyone), and what --sync
would change. deploy shares each new version with the principals in the configuration key
"share"; --sync also shares the older versions with them. Permissions are removed only
with --revoke, and only if lamella added them.`,
		Example: `  lamella share
  lamella share --sync
  lamella share --sync --share 123456789012 --share o-a1b2c3d4e5
  lamella share --sync --revoke                # also remove other permissions that lamella added`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			shares := func(l lamella.Layer) bool { return len(l.Share) > 0 }
			if sync && !slices.ContainsFunc(layers, shares) && !revoke {
				return usageError(cmd.Name(), "no account or organization to share the versions with is configured",
					"share with an account: "+cmd.CommandPath()+" --sync --share 123456789012", `or set the accounts permanently in [tool.lamella]: share = ["123456789012"]`,
					"or stop sharing: "+cmd.CommandPath()+" --sync --revoke")
			}
			return a.share(cmd.Context(), layers, sync, revoke)
		},
	}
	in.bindVersions(cmd, "share")
	show(cmd, writeFlags)
	reword(cmd, "share", "share each new version", "with --sync, share the versions")
	cmd.Flags().BoolVar(&sync, "sync", false, "share every version with the configured principals")
	cmd.Flags().BoolVar(&revoke, "revoke", false, "with --sync, remove permissions that lamella added for anyone else")
	return cmd
}

// share prints who may use the versions of the layers and, with sync, changes that.
func (a *app) share(ctx context.Context, layers []lamella.Layer, sync, revoke bool) error {
	plans := deploy.Each(ctx, layers, func(ctx context.Context, l lamella.Layer) (*versions.SharePlan, error) {
		plan, err := a.client().PlanShare(ctx, l, revoke)
		if err != nil || !sync {
			return plan, err
		}
		return plan, plan.Execute(ctx)
	})
	added, removed := 0, 0
	for _, p := range plans {
		if p.Err == nil {
			grants, revocations := p.Value.Changes()
			added, removed = added+grants, removed+revocations
		}
	}
	if sync {
		a.note("%s, %s", changed(added, "added"), changed(removed, "revoked"))
	} else if added+removed > 0 {
		a.note("nothing was changed; %s", a.complete("to change the permissions, run: lamella share --sync", ""))
	}
	return printEach(a, plans, report[*versions.SharePlan]{
		text: func(_ lamella.Layer, p *versions.SharePlan) string { return shareText(p.Versions, a.paint()) },
		view: func(l lamella.Layer, p *versions.SharePlan) any {
			return output.Shared{Done: sync, Versions: p.Versions}
		},
	})
}

func changed(n int, what string) string { return number.Count(n, "permission") + " " + what }

// shareText returns a line for each version, and a line for each change to it.
func shareText(all []versions.ShareVersion, paint painter) string {
	var b strings.Builder
	for _, v := range all {
		fmt.Fprintf(&b, "version %d  shared with %s\n", v.Version, escape(grantsText(v.Share)))
		for _, p := range v.Grant {
			fmt.Fprintf(&b, "  %s\n", paint.green("+ "+escape(principalsText([]store.Principal{p}))))
		}
		for _, g := range v.Revoke {
			fmt.Fprintf(&b, "  %s\n", paint.red("− "+escape(principalsText([]store.Principal{g.Principal}))))
		}
	}
	return b.String()
}
