package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/versions"
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
			layers, err := a.layers(cmd, &in, project)
			if err != nil {
				return err
			}
			return printEach(a, a.client().VerifyAll(cmd.Context(), layers, first(which), download), report[*versions.Verified]{
				text: func(l lamella.Layer, v *versions.Verified) string {
					a.noteVerified(l, v, len(layers) > 1)
					return v.SHA256 + "\n"
				},
				view: func(l lamella.Layer, v *versions.Verified) any {
					return v
				},
			})
		},
	}
	in.bindVersions(cmd, "index-url", "find-links")
	cmd.Flags().BoolVar(&download, "download", false, "fetch the zip from Lambda and hash it, instead of taking Lambda's word for its digest")
	return cmd
}

// noteVerified says on stderr what was compared, and of which layer if there are several.
func (a *app) noteVerified(l lamella.Layer, v *versions.Verified, several bool) {
	of := ""
	if several {
		of = l.String() + ": "
	}
	for _, n := range v.Notes {
		a.note("note: %s%s", of, n)
	}
	compared := "a zip with the sha256 that Lambda states"
	if v.Downloaded {
		compared = "the zip that Lambda serves, byte for byte"
	}
	a.note("%sversion %d is reproducible: %s makes %s (%s)", of, v.Version, v.From, compared, formatBytes(v.Size))
}
