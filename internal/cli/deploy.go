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
		Short: "Build, upload and publish the layer if it changed",
		Long: `Do what is needed of build, upload and publish, and nothing when nothing changed.
Prints the ARN of the version that now holds the content, new or not.

Several layers, runtimes, architectures, regions and accounts are done at once, an
ARN a line. One that fails stops no other; the same command again does what is left.`,
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
	cmd.Flags().BoolVar(&attach, "attach", false, `move the functions that "attach" names in the configuration to the new versions`)
	return cmd
}
