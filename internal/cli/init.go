package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/target"
)

func (a *app) initCommand() *cobra.Command {
	var sample, schema bool
	cmd := &cobra.Command{
		Use:   "init [PROJECT]",
		Short: "Write a commented sample configuration",
		Long: `Write a commented sample configuration: [tool.lamella] behind what the project's
pyproject.toml has already, or a new lamella.toml where there is none. Nothing that
exists is rewritten. Prints the path of the file.`,
		Example: `  lamella init
  lamella init --print
  lamella init --schema > lamella.schema.json`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			project := "."
			if len(args) > 0 {
				project = args[0]
			}
			if schema && sample {
				return usageError("init", errors.New("--print and --schema exclude each other"))
			}
			if schema {
				_, err := a.Out.Write([]byte(config.Schema()))
				return outputFault(err)
			}
			if err := checkProject(cmd, project); err != nil {
				return err
			}
			runtime := config.ReadProject(project).SuggestRuntime(target.Runtimes())
			if sample {
				_, err := a.Out.Write([]byte(config.Sample("[tool.lamella]", runtime)))
				return outputFault(err)
			}
			path, err := config.Init(project, runtime)
			if err != nil {
				return err
			}
			return a.print(path+"\n", output.Initialised{Schema: output.Schema, Path: path})
		},
	}
	cmd.Flags().BoolVar(&sample, "print", false, "print the sample instead of writing it")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of [tool.lamella] instead")
	return cmd
}
