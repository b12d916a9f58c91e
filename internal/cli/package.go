package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/project"
)

func (a *app) packageCommand() *cobra.Command {
	var flags config.Settings
	cmd := &cobra.Command{
		Use:   "package DIR",
		Short: "Make a layer's zip from any folder",
		Long: `Make a layer's zip from any folder, such as one filled by pip install --target, by
the same rules as build: sorted, with fixed times and modes, so that equal files
give equal bytes. A DIR with a folder python/ in it is taken as the layer's root;
any other goes below python/. Prints the path of the zip. --bytecode needs to know
the --runtime. lamella publish --zip makes a layer version of the zip.

Of the configuration only what flags and the environment say is used.`,
		Example: `  lamella package site-packages -o layer.zip
  lamella publish --zip layer.zip --name web --runtime python3.13 --to s3://bucket/lambda/{layer}
  lamella package build/layer --exclude '**/tests/**'
  lamella package site-packages --bytecode --runtime python3.13`,
		Args:              exactly("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			env, err := config.FromEnv(a.LookupEnv)
			if err != nil {
				return err
			}
			s, _ := config.Merge(config.Source{Settings: flags, Origin: config.Key.Flag}, env)
			o := project.PackageOptions{
				Dir: args[0], Output: s.Output, Exclude: s.Exclude,
				Runtime: s.Runtime.First(), BytecodePython: s.BytecodePython,
			}
			if s.Bytecode != nil && s.Bytecode[0] != "false" {
				o.Bytecode = s.Bytecode
			}
			built, err := a.client().Package(cmd.Context(), o)
			if err != nil {
				return err
			}
			return a.printBuilt(built)
		},
	}
	bindKeys(cmd, &flags, func(k config.Key) bool {
		return slices.Contains([]string{"exclude", "output", "bytecode", "bytecode-python", "runtime"}, k.Name)
	})
	return cmd
}
