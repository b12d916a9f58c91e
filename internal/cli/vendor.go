package cli

import (
	"github.com/lamella-build/lamella/internal/number"
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/output"
)

func (a *app) vendorCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "vendor DIR [PROJECT]",
		Short: "Download the wheels into a folder for offline builds",
		Long: `Download the wheels and source distributions of all configured layers into the folder DIR,
for a machine that cannot reach a package index. Files already in DIR are kept. Prints the
path of the folder.`,
		Example: `  lamella vendor wheels
  lamella build --offline --find-links wheels
  pip install --no-index --find-links wheels -r requirements.txt`,
		Args:              between(1, 2, "DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args[1:])
			if err != nil {
				return err
			}
			done, err := a.client().Vendor(cmd.Context(), layers, args[0])
			if err != nil {
				return err
			}
			a.note("%s, %d new", number.Count(len(done.Files), "file"), done.Added)
			return a.printResult(escape(done.Dir)+"\n", output.Vendored{Dir: done.Dir, Files: done.Files, Added: done.Added})
		},
	}
	in.bindResolution(cmd)
	in.selects = true
	return cmd
}
