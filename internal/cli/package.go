package cli

import (
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/project"
)

func (a *app) packageCommand() *cobra.Command {
	var flags config.Settings
	cmd := &cobra.Command{
		Use:   "package DIR",
		Short: "Build a layer's zip from any folder",
		Long: `Build a layer's zip from any folder, such as one that pip install --target filled.
The rules are those of lamella build: entries are sorted and have fixed times and modes,
so the same files always give the same bytes. If DIR contains a folder python/, DIR
becomes the root of the layer; otherwise its files go below python/. --bytecode needs
--runtime.

Without --output, the zip is DIR.zip beside DIR, so the zip of the current folder is in its
parent folder. Prints the path of the zip, which lamella publish --zip can publish. A
warning names files that may hold secrets, such as .env and .git; --exclude leaves them out.

Settings come from flags and the environment. The project's configuration is not read.`,
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
				Dir: args[0], Output: s.Output, Exclude: s.Exclude, Slim: s.Slim, Strip: s.Strip != nil && *s.Strip,
				Runtime: s.Runtime.First(), BytecodePython: s.BytecodePython,
			}
			if s.Bytecode != nil && s.Bytecode[0] != "false" {
				o.Bytecode = s.Bytecode
			}
			built, err := a.client().Package(cmd.Context(), o)
			if err != nil {
				return err
			}
			if here, err := filepath.Abs("."); err == nil && s.Output == "" {
				if inside, err := filepath.Rel(here, built.Path); err != nil || !filepath.IsLocal(inside) {
					a.note("note: the zip was written to %s, next to the packaged folder; to write it elsewhere, use -o FILE", filepath.Dir(built.Path))
				}
			}
			return a.printBuilt(built)
		},
	}
	bindKeys(cmd, &flags, func(k config.Key) bool {
		return slices.Contains([]string{"exclude", "slim", "strip", "output", "bytecode", "bytecode-python", "runtime"}, k.Name)
	})
	cmd.Flags().Lookup("exclude").Usage = "leave out files below python/ that match this pattern (boto3, **/tests/**); may be repeated"
	annotate(cmd.Flags(), "exclude", annotationValue, "PATTERN")
	annotate(cmd.Flags(), "bytecode", annotationOwn, "")
	cmd.Flags().Lookup("output").Usage = "zip file to write; default: DIR.zip beside DIR"
	cmd.Flags().Lookup("runtime").Usage = "Lambda runtime to compile bytecode for; required by --bytecode"
	return cmd
}
