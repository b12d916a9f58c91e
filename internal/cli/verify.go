package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) verifyCommand() *cobra.Command {
	var in input
	var download bool
	cmd := &cobra.Command{
		Use:   "verify [VERSION] [PROJECT]",
		Short: "Check that a version is what its lock file makes, to the byte",
		Long: `Make the zip of a published version again, the latest if none is named, from the lock
file and the options stored beside it, and compare its SHA-256 with the one that Lambda
states, or, with --download, with that of the zip that Lambda serves. Wheels in the
cache are hashed before they are used. If the two zips differ, their entries are
compared, and the first that differs is named. Prints the SHA-256.`,
		Example: `  lamella verify
  lamella verify 3 --download`,
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 1)
			if err != nil {
				return err
			}
			layer, err := a.layer(cmd, &in, project)
			if err != nil {
				return err
			}
			v, err := a.client().Verify(cmd.Context(), layer, first(which), download)
			if err != nil {
				return err
			}
			for _, n := range v.Notes {
				a.note("note: %s", n)
			}
			compared := "a zip with the sha256 that Lambda states"
			if v.Downloaded {
				compared = "the zip that Lambda serves, byte for byte"
			}
			a.note("version %d is reproducible: %s makes %s (%s)", v.Version, v.From, compared, formatBytes(v.Size))
			return a.print(v.SHA256+"\n", v)
		},
	}
	in.bindVersions(cmd, "index-url", "find-links")
	cmd.Flags().BoolVar(&download, "download", false, "fetch the zip from Lambda and hash it, instead of taking Lambda's word for its digest")
	return cmd
}
