package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
)

func (a *app) buildCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "build [PROJECT]",
		Short: "Make the layer's zip from the lock file",
		Long: `Make the layer's zip from the lock file of PROJECT (a folder, by default the
current one): choose the wheels for the Lambda runtime, fetch what the cache
lacks, compose the zip. Prints the path of the zip.`,
		Example: `  lamella build --runtime python3.13
  lamella build services/web --runtime python3.12 --arch arm64 -o web.zip
  lamella build --exclude boto3+ --exclude '**/tests/**'`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			built, err := a.client().Build(cmd.Context(), layer)
			if err != nil {
				return err
			}
			return a.printBuilt(built)
		},
	}
	in.bind(cmd, config.Content)
	return cmd
}
