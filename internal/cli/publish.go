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
		Short: "Make a layer version of the zip that upload sent",
		Long: `Make a layer version of the zip that upload sent, if anything changed since the
latest version, and keep the lock file beside it. Without a zip built on this
machine, {home}/layer/layer.zip is taken if it was made from this very lock file.
Prints the ARN of the version that now holds the content, new or not.

--zip publishes a layer that something else made: a zip, byte for byte, or a folder, of
which lamella makes the zip. No lock file is read. A version is published if the layer's
files differ from those of the latest version; the order, the times and the compression
of a zip do not matter. The list of the files is stored instead of a lock file.`,
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
	cmd.Flags().StringVar(&zip, "zip", "", "publish this zip or folder, made by any program, instead of what build made")
	annotate(cmd.Flags(), "zip", annotationGroup, string(config.Content))
	annotate(cmd.Flags(), "zip", annotationValue, "FILE|DIR")
	return cmd
}

// checkZipFlags refuses flags that say how a layer is built, where it was built by
// something else.
func checkZipFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		group := f.Annotations[annotationGroup]
		if err == nil && len(group) > 0 && group[0] == string(config.Content) && !slices.Contains([]string{"zip", "runtime", "arch"}, f.Name) {
			err = usageError(f.Name, fmt.Sprintf("--%s cannot be combined with --zip, which publishes a layer that is already built", f.Name),
				"leave out --"+f.Name, "or make another zip first: lamella package DIR -o layer.zip")
		}
	})
	return err
}
