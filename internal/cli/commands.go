package cli

import (
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Commands returns the tree of commands, for programs that describe them: man
// pages and completion scripts. The commands write to out; to run one, use Main.
func Commands(out io.Writer) *cobra.Command {
	a := &app{
		Stdio:   Stdio{Out: out, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }},
		display: silent{},
	}
	return a.rootCommand()
}

// ValueName returns what help calls the value of f, "" if f takes none.
func ValueName(f *pflag.Flag) string { return valueName(f) }
