package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/config"
)

func (a *app) deployCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "deploy [PROJECT]",
		Short: "Build, upload and publish the layer if it changed",
		Long: `Do what is needed of build, upload and publish, and nothing when nothing changed.
Prints the ARN of the version that now holds the content, new or not.`,
		Example: `  lamella deploy --runtime python3.13 --home s3://bucket/lambda/{layer}
  lamella deploy --runtime python3.13 --to out    # no AWS account needed
  ARN=$(lamella deploy)                           # with [tool.lamella] in pyproject.toml`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			result, err := lamella.Deploy(cmd.Context(), layer, a.env())
			if err != nil {
				return err
			}
			return a.printPublished(result)
		},
	}
	in.bind(cmd, config.Content, config.Destination, config.Version)
	return cmd
}
