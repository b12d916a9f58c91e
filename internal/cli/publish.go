package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/publish"
)

func (a *app) publishCommand() *cobra.Command {
	var in input
	var zip string
	cmd := &cobra.Command{
		Use:   "publish [PROJECT]",
		Short: "Publish the uploaded zip as a layer version",
		Long: `Publish the built zip, which lamella upload has uploaded, as a new layer version if
anything has changed since the latest version, and store the lock file next to the zip. If
this machine has no built zip, publish uses layer/layer.zip at the destination, provided it
was built from this lock file. Prints the ARN of the layer version that has the content of
the zip, whether or not it is new. Use the same flags as for lamella build, so that lamella can tell
whether the zip is up to date.

--zip publishes a layer that another program made: a zip, byte for byte, or a folder, from
which lamella builds the zip. No lock file is read. A version is published if the files
differ from those of the latest version; their order, times, and compression do not matter.
A list of the files is stored in place of the lock file.`,
		Example: `  lamella publish --to s3://bucket/lambda/{layer}
  lamella publish --to s3://bucket/lambda/{layer} --force
  lamella publish --zip layer.zip --name web --runtime python3.13 --to s3://bucket/lambda/{layer}`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("zip") {
				if err := checkZipFlags(cmd); err != nil {
					return err
				}
			}
			layer, err := a.layer(cmd, &in, args)
			if err != nil {
				return err
			}
			var result *publish.Result
			if cmd.Flags().Changed("zip") {
				result, err = a.client().PublishZip(cmd.Context(), layer, zip)
			} else {
				result, err = a.client().Publish(cmd.Context(), layer)
			}
			if err != nil {
				return err
			}
			return a.printPublished(result)
		},
	}
	in.bind(cmd, config.Content, config.Destination, config.Version)
	reword(cmd, "output", "to write", "to read")
	hide(cmd, sourceFlags, buildFlags) // the zip is already built
	hide(cmd, []string{"attach"})      // no function is moved
	cmd.Flags().StringVar(&zip, "zip", "", "publish this zip or folder, made by any program, instead of the built zip")
	annotate(cmd.Flags(), "zip", annotationGroup, string(config.Content))
	annotate(cmd.Flags(), "zip", annotationValue, "FILE|DIR")
	return cmd
}

// checkZipFlags rejects flags that say how to build a layer if another program has built it.
func checkZipFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		group := f.Annotations[annotationGroup]
		if err == nil && len(group) > 0 && group[0] == string(config.Content) && !slices.Contains([]string{"zip", "runtime", "arch"}, f.Name) {
			err = usageError(f.Name, fmt.Sprintf("--%s cannot be combined with --zip, which publishes a layer that is already built", f.Name),
				"remove --"+f.Name, "or make another zip first: lamella package DIR -o NEW.zip")
		}
	})
	return err
}
