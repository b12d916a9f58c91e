package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/config"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands in your shell",
		Long: `Print a script that completes lamella's commands, flags and values in a shell:
` + strings.Join(shells, ", ") + `.`,
		Example: `  source <(lamella completion bash)
  lamella completion zsh > "${fpath[1]}/_lamella"
  lamella completion fish > ~/.config/fish/completions/lamella.fish
  lamella completion powershell | Out-String | Invoke-Expression`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := exactly("SHELL")(cmd, args); err != nil {
				return err
			}
			if !slices.Contains(shells, args[0]) {
				return usageError("completion", fmt.Errorf("unknown shell %q", args[0]),
					"lamella completion "+strings.Join(shells, "|"))
			}
			return nil
		},
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			switch root := cmd.Root(); args[0] {
			case "bash":
				err = root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				err = root.GenZshCompletion(a.Out)
			case "fish":
				err = root.GenFishCompletion(a.Out, true)
			case "powershell":
				err = root.GenPowerShellCompletionWithDesc(a.Out)
			}
			return outputFault(err)
		},
	}
}

// fromLock completes names that stand in the project's lock file; without one
// there is nothing to complete.
func fromLock(choose func(*lamella.LockNames) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		layer := lamella.Layer{Project: "."}
		if cmd.Name() == "why" && len(args) > 0 {
			args = args[1:]
		}
		if len(args) > 0 {
			layer.Project = args[0]
		}
		// What is wrong with the settings is told when the command runs.
		file, _ := config.Read(layer.Project)
		env, _ := config.FromEnv(os.LookupEnv)
		settings, _ := config.Merge(env, file)
		layer.Lock, layer.Package = settings.Lock, settings.Package
		for name, value := range map[string]*string{"lock": &layer.Lock, "package": &layer.Package} {
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				*value = f.Value.String()
			}
		}
		names, err := lamella.Names(layer)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return choose(names), cobra.ShellCompDirectiveNoFileComp
	}
}
