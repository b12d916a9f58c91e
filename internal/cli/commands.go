package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// Commands returns the tree of commands, for programs that describe them, such as generators
// of man pages and completion scripts. The commands write to out. To run a command, use
// Main.
func Commands(out io.Writer) *cobra.Command {
	a := &app{
		Stdio:   Stdio{Out: out, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }},
		display: silent{},
	}
	return a.rootCommand()
}
