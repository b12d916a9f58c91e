package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/project"
)

func (a *app) buildCommand() *cobra.Command {
	var in input
	var unpacked string
	cmd := &cobra.Command{
		Use:   "build [PROJECT]",
		Short: "Make the layer's zip from the lock file",
		Long: `Make the layer's zip from the lock file of PROJECT (a folder, by default the
current one): choose the wheels for the Lambda runtime, fetch what the cache
lacks, compose the zip. Prints the path of the zip.

--unpacked writes a folder instead, with the files that the zip would have: python/, and
bin/ with --scripts. It is for tools that take a folder, such as a makefile of SAM, COPY
of a container image and sam local. A folder that lamella wrote is replaced as a whole,
and one with other files in it is refused.`,
		Example: `  lamella build --runtime python3.13
  lamella build services/web --runtime python3.12 --arch arm64 -o web.zip
  lamella build --exclude boto3+ --exclude '**/tests/**'
  lamella build --unpacked "$(ARTIFACTS_DIR)"    # in a makefile that sam build runs`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("unpacked") && cmd.Flags().Changed("output") {
				return usageError("", "--unpacked cannot be combined with --output",
					"lamella build --unpacked "+shellWord(unpacked), "lamella build --output "+shellWord(in.flags.Output))
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
	cmd.Flags().StringVar(&unpacked, "unpacked", "", "write the layer as this folder instead of a zip")
	annotate(cmd.Flags(), "unpacked", annotationGroup, string(config.Content))
	annotate(cmd.Flags(), "unpacked", annotationValue, "DIR")
	return cmd
}
