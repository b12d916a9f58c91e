package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) verifyCommand() *cobra.Command {
	var in input
	var download bool
	cmd := &cobra.Command{
		Use:   "verify [VERSION] [PROJECT]",
		Short: "Check that a version can be rebuilt byte for byte",
		Long: `Build the zip of a published version (default: the latest) again from the lock file and the
options stored with it, and compare its SHA-256 with the hash that Lambda reports or, with
--download, with the hash of the published zip. Wheels from the cache are hashed before
use. If the zips differ, verify names the first entry that differs. Prints the SHA-256.`,
		Example: `  lamella verify
  lamella verify 3 --download`,
		ValidArgsFunction: completeVersion(1),
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
	cmd.Flags().BoolVar(&download, "download", false, "download the zip from Lambda and hash it, instead of trusting the hash that Lambda reports")
	return cmd
}

// noteVerified prints to stderr what was compared and, if there are several layers, for
// which layer.
func (a *app) noteVerified(l lamella.Layer, v *versions.Verified, several bool) {
	of := ""
	if several {
		of = l.String() + ": "
	}
	for _, n := range v.Notes {
		a.note("note: %s%s", of, n)
	}
	if v.From == publish.ContentsName { // another program made the zip
		whose := "the SHA-256 of the zip matches the one that Lambda reports, and the zip"
		if v.Downloaded {
			whose = "the zip downloaded from Lambda"
		}
		a.note("%sversion %d is unchanged: %s contains exactly the files listed in %s (%s)", of, v.Version, whose, v.From, formatBytes(v.Size))
		return
	}
	compared := "a zip with the SHA-256 that Lambda reports"
	if v.Downloaded {
		compared = "the same bytes as the zip downloaded from Lambda"
	}
	a.note("%sversion %d is reproducible: building from %s gives %s (%s)", of, v.Version, v.From, compared, formatBytes(v.Size))
}
