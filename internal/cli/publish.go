package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
)

func (a *app) publishCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "publish [PROJECT]",
		Short: "Make a layer version of the zip that upload sent",
		Long: `Make a layer version of the zip that upload sent, if anything changed since the
latest version, and keep the lock file beside it. Without a zip built on this
machine, {home}/layer/layer.zip is taken if it was made from this very lock file.
Prints the ARN of the version that now holds the content, new or not.`,
		Example: `  lamella publish --to s3://bucket/lambda/{layer}
  lamella publish --to s3://bucket/lambda/{layer} --force`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			result, err := a.client().Publish(cmd.Context(), layer)
			if err != nil {
				return err
			}
			return a.printPublished(result)
		},
	}
	in.bind(cmd, config.Content, config.Destination, config.Version)
	return cmd
}
