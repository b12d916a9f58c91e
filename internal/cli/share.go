package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) shareCommand() *cobra.Command {
	var in input
	var sync, revoke bool
	cmd := &cobra.Command{
		Use:   "share [PROJECT]",
		Short: "Show who may use each version, and share old ones",
		Long: `Show for each version who may use it beside its own account, and what --sync would
change. Every new version is shared by deploy with the principals that "share" names
in the configuration; --sync shares the older ones with them, too. Nothing is taken
back without --revoke, and never what another tool granted.`,
		Example: `  lamella share
  lamella share --sync
  lamella share --sync --share 123456789012 --share o-a1b2c3d4e5
  lamella share --sync --revoke                # also take back from all others`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			if sync && len(layer.Share) == 0 && !revoke {
				return usageError(cmd.Name(), errors.New("nobody is named to share the versions with"),
					cmd.CommandPath()+" --sync --share 123456789012", `to keep it: share = ["123456789012"] in [tool.lamella]`,
					"to share with nobody: "+cmd.CommandPath()+" --sync --revoke")
			}
			plan, err := a.client().PlanShare(cmd.Context(), layer, revoke)
			if err != nil {
				return err
			}
			added, removed := plan.Changes()
			if sync {
				if err := plan.Execute(cmd.Context()); err != nil {
					return err
				}
				a.note("%s, %s", changed(added, "added"), changed(removed, "revoked"))
			} else if added+removed > 0 {
				a.note("nothing is changed yet: --sync does it")
			}
			return a.print(shareText(plan.Versions, a.paint()), output.Shared{Done: sync, Versions: plan.Versions})
		},
	}
	in.bindVersions(cmd, "share")
	cmd.Flags().BoolVar(&sync, "sync", false, "share every version with the principals that are configured")
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take back what lamella granted to others")
	return cmd
}

func changed(n int, what string) string { return plural(n, "permission") + " " + what }

// shareText is a line for each version, and one for each change of it.
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
