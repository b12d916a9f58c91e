package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
)

func (a *app) uploadCommand() *cobra.Command {
	var in input
	var layerZip bool
	cmd := &cobra.Command{
		Use:   "upload [PROJECT]",
		Short: "Upload the built zip to the destination",
		Long: `Upload the built zip to the destination, unless it is there already. The SHA-256 of the
zip is part of its name there. Prints the URI of the uploaded zip. Use the same flags as
for lamella build, so that lamella can tell whether the zip is up to date.

--layer-zip uploads the zip to layer/layer.zip at the destination instead, where the Python
package aws_lambda_artifact_builder looks for a zip to publish.`,
		Example: `  lamella upload --to s3://bucket/lambda/{layer}
  lamella upload --to out`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			send := a.client().Upload
			if layerZip {
				send = a.client().Stage
			}
			up, err := send(cmd.Context(), layer)
			if err != nil {
				return err
			}
			if !up.Sent {
				a.note("unchanged: the zip is already at the destination")
			}
			return a.print(up.URI+"\n", output.Uploaded{URI: up.URI, SHA256: up.SHA256, Size: up.Size, Sent: up.Sent})
		},
	}
	in.bind(cmd, config.Content, config.Destination)
	hide(cmd, sourceFlags, buildFlags, parameterFlags) // the zip is already built
	reword(cmd, "output", "to write", "to read")
	cmd.Flags().BoolVar(&layerZip, "layer-zip", false, "upload to layer/layer.zip, for aws_lambda_artifact_builder to publish")
	annotate(cmd.Flags(), "layer-zip", annotationGroup, string(config.Destination))
	return cmd
}
