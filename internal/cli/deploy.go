package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/config"
)

func (a *app) deployCommand() *cobra.Command {
	var in input
	var attach bool
	cmd := &cobra.Command{
		Use:   "deploy [PROJECT]",
		Short: "Build, upload, and publish the layer if it changed",
		Long: `Build, upload, and publish, skipping whatever is up to date. Prints the ARN of the layer
version that has the built content, whether or not it is new.

All configured layers, runtimes, and architectures are deployed to all configured regions
and accounts in parallel, and deploy prints one ARN per line. If one layer fails, the
others are still deployed. Run the same command again to finish.`,
		Example: `  lamella deploy --runtime python3.13 --to s3://bucket/lambda/{layer}
  lamella deploy --runtime python3.13 --to out    # no AWS account needed
  ARN=$(lamella deploy)                           # with [tool.lamella] in pyproject.toml`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			if err := deploy.CheckApart(layers); err != nil {
				return err
			}
			if err := a.checkGitHub(); err != nil {
				return err
			}
			deployments := a.client().DeployAll(cmd.Context(), layers)
			return a.finishDeploy(deployments, func() {
				if attach {
					a.attachDeployed(cmd.Context(), deployments)
				}
			})
		},
	}
	in.bindWanted(cmd, func(k config.Key) bool { return k.Name != "attach" }, config.Content, config.Destination, config.Version)
	bindShard(cmd, &in.shard)
	cmd.Flags().BoolVar(&attach, "attach", false, `after publishing, move the functions listed in the configuration key "attach" to the new versions`)
	return cmd
}
