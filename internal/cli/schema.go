package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [RESULT]",
		Short: "Print the JSON Schema of a --json result",
		Long: `Print the JSON Schema (draft 2020-12) of a command's --json result. Without RESULT, list
the names of all results: one per command, such as deploy or cache-size, and "error", which
a command prints if it fails before it has found the layers to work on.

The flag --json affects only the errors of lamella schema itself.`,
		Example: `  lamella schema
  lamella schema deploy > deploy.schema.json`,
		Args: atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return output.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.writeText(strings.Join(output.Names(), "\n") + "\n")
			}
			if schema := output.Schema(args[0]); schema != nil {
				return a.writeText(string(schema))
			}
			wrong := &fault.Error{Kind: fault.Usage, Subject: args[0], Message: fmt.Sprintf("no result is named %q", args[0]),
				Hints: []string{"list all results: lamella schema"}}
			if nearest := config.Nearest(args[0], output.Names()); nearest != "" {
				wrong.Hints = slices.Insert(wrong.Hints, 0, "did you mean: lamella schema "+nearest)
			}
			return wrong
		},
	}
}
