package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/project"
)

func (a *app) buildCommand() *cobra.Command {
	var in input
	var unpacked string
	cmd := &cobra.Command{
		Use:   "build [PROJECT]",
		Short: "Build the layer's zip from the lock file",
		Long: `Build the layer's zip from the project's lock file: select the wheels for the Lambda
runtime, download those that are not cached, and compose the zip. Prints the path of the
zip.

--unpacked writes a folder with the layer's files instead: python/ and, with --scripts,
bin/. Use it with tools that expect a folder, such as a SAM makefile, sam local, or COPY in
a Dockerfile. A folder with only files that lamella wrote is replaced; if it contains any
other file, build fails.`,
		Example: `  lamella build --runtime python3.13
  lamella build services/web --runtime python3.12 --arch arm64 -o web.zip
  lamella build --exclude boto3+ --exclude '**/tests/**'
  lamella build --unpacked dist/layer     # a folder, for SAM or a container image`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("unpacked") && cmd.Flags().Changed("output") {
				return usageError("", "--unpacked cannot be combined with --output",
					"lamella build --unpacked "+shell.Quote(unpacked), "lamella build --output "+shell.Quote(in.flags.Output))
			}
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			var built *project.Zip
			if cmd.Flags().Changed("unpacked") {
				built, err = a.client().Unpack(cmd.Context(), layer, unpacked)
			} else {
				built, err = a.client().Build(cmd.Context(), layer)
			}
			if err != nil {
				return err
			}
			return a.printBuilt(built)
		},
	}
	in.bind(cmd, config.Content)
	cmd.Flags().StringVar(&unpacked, "unpacked", "", "write the layer to this folder instead of a zip")
	annotate(cmd.Flags(), "unpacked", annotationGroup, string(config.Content))
	annotate(cmd.Flags(), "unpacked", annotationValue, "DIR")
	return cmd
}
