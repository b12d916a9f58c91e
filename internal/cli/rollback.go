package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *app) rollbackCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "rollback VERSION [PROJECT]",
		Short: "Publish an old version's content again as a new version",
		Long: `Publish the very bytes of an old version again, as a new version, with the lock file
and the record of the old one. The bytes are the zip on S3, or what Lambda serves, or
made again from the stored lock file and compared. When the latest version has this
content already, nothing is published. Prints the ARN. The next deploy publishes what
the project's lock file says.`,
		Example: `  lamella rollback 3
  lamella rollback 3 --to s3://bucket/lambda/{layer} --json`,
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 1)
			if err != nil {
				return err
			}
			if len(which) == 0 {
				return usageError(cmd.Name(), errors.New("VERSION is missing"), "lamella history", cmd.CommandPath()+" VERSION")
			}
			layer, err := a.layer(cmd, &in, project)
			if err != nil {
				return err
			}
			result, err := a.client().Rollback(cmd.Context(), layer, which[0])
			if err != nil {
				return err
			}
			return a.printPublished(result)
		},
	}
	in.bindVersions(cmd, "share", "storage", "index-url", "find-links")
	return cmd
}
