package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
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
