package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a shell completion script",
		Long: `Print a script that completes lamella's commands, flags, and values in your shell.
SHELL is one of: ` + strings.Join(shells, ", ") + `.

The flag --json affects only errors.`,
		Example: `  source <(lamella completion bash)
  lamella completion zsh > "${fpath[1]}/_lamella"
  lamella completion fish > ~/.config/fish/completions/lamella.fish
  lamella completion powershell | Out-String | Invoke-Expression`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := exactly("SHELL")(cmd, args); err != nil {
				return err
			}
			if !slices.Contains(shells, args[0]) {
				return usageError("completion", fmt.Sprintf("unknown shell %q", args[0]),
					"choose one of: "+strings.Join(shells, ", "))
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

// fromLock completes names from the project's lock file.
func fromLock(choose func(*lock.Names) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		layer := lamella.Layer{Project: "."}
		if cmd.Name() == "why" && len(args) > 0 {
			args = args[1:]
		}
		if len(args) > 0 {
			layer.Project = args[0]
		}
		// The command itself reports errors in the settings.
		file, _ := config.Read(layer.Project)
		env, _ := config.FromEnv(os.LookupEnv)
		settings, _ := config.Merge(env, file)
		layer.Lock, layer.Package = settings.Lock, settings.Package
		for name, value := range map[string]*string{"lock": &layer.Lock, "package": &layer.Package} {
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				*value = f.Value.String()
			}
		}
		if layer.Lock == "" {
			layer.Lock, _ = lock.Find(layer.Folder(), target.Target{})
		}
		l, err := lock.Read(layer.Lock)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return choose(l.Names(layer.Package)), cobra.ShellCompDirectiveNoFileComp
	}
}
