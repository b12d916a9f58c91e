// Package cli is the command line of lamella. Each command has its own file, with three
// layers: parse (turn flags, environment, and configuration into a value), run (call the
// library), and render (print the result as text or JSON).
//
// The rules for output:
//
//   - stdout contains only the result: a path, an ARN, or a table. With --json, it contains
//     one JSON object, even if there is an error. Package output defines its types.
//   - Everything else goes to stderr: progress, notes, errors, and hints.
//   - Control characters in text that comes from outside (file names, messages from
//     servers) are escaped before the text reaches a terminal.
//   - The exit status says who can fix a failure; see exit.go.
package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shard"
	"github.com/lamella-build/lamella/spec"
)

// Stdio is the part of the process that the command line can access.
type Stdio struct {
	Out, Err  io.Writer
	LookupEnv func(string) (string, bool) // such as os.LookupEnv
}

func (s Stdio) getenv(name string) string {
	value, _ := s.LookupEnv(name)
	return value
}

// Main runs the command line args, which do not include the program's name, and returns the
// exit status. If ctx ends, the command stops, and the status is that of an interruption.
func Main(ctx context.Context, args []string, stdio Stdio) int {
	a := &app{Stdio: stdio, display: silent{}, args: args}
	a.commands = sync.OnceValue(func() *cobra.Command {
		tree := Commands(io.Discard)
		tree.InitDefaultHelpCmd() // as if it were run
		return tree
	})
	root := a.rootFor(args)
	root.SetArgs(append([]string{}, args...)) // never nil, which would make cobra use os.Args
	err := root.ExecuteContext(ctx)
	a.display.Close()
	if err == nil {
		return statusOK
	}
	if errors.Is(err, errPending) {
		return statusPending
	}
	if ctx.Err() != nil {
		err = errInterrupted
	}
	err = a.explainUsage(err)
	a.printError(err)
	if _, shown := errors.AsType[errInResult](err); !shown && (a.json || slices.Contains(args, "--json")) { // the flags may not have been parsed
		a.json = true
		_ = a.printDocument(err, "", a.failed(err))
	}
	return a.statusOf(err)
}

// app is one run of the command line.
type app struct {
	Stdio
	args                 []string              // as typed
	commands             func() *cobra.Command // the tree of all commands, none of which was run; nil if hints stay as they are
	json, quiet, verbose bool
	offline              bool
	mfaCode              string
	progress             string // how to show progress: "auto" or "json"
	display              display
	library              *lamella.Client // made by [app.client]
	shard                shard.Shard     // part of the layers that this run handles
	about                []output.Row    // layers that the command is about, once they are known
	noted                map[string]bool // lock files that [app.noteUnknown] has already mentioned
}

// failed returns the document for a command that failed before it had a result.
func (a *app) failed(err error) output.Document {
	if len(a.about) != 1 {
		return output.Document{}
	}
	layer := a.about[0]
	layer.Result, layer.Error = nil, a.failure(err)
	return output.Document{Layers: []output.Row{layer}}
}

// client returns the client that runs the library's operations. There is only one, so that
// they share what they know about accounts.
func (a *app) client() *lamella.Client {
	if a.library == nil {
		e := a.env()
		a.library = &lamella.Client{Getenv: e.Getenv, Events: e.Events, Version: e.Version, Offline: e.Offline, Shards: e.Shards}
	}
	return a.library
}

func (a *app) env() spec.Env {
	return spec.Env{Getenv: a.getenv, Events: a.display.Event, Version: version().Version, Offline: a.offline, Shards: a.shard.N}
}

// bareRoot returns the root command without the others.
func (a *app) bareRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "lamella",
		Short: "Turn a Python project's lock file into an AWS Lambda layer",
		Long: `lamella turns a Python project's lock file into an AWS Lambda layer. A build is as fast as
a file copy and byte-for-byte identical on every machine, and a layer is published only
when its content changes. lamella runs no Python, pip, or Docker unless you ask it to.

Settings come from flags, environment variables (LAMELLA_RUNTIME for --runtime), and the
configuration, in that order of precedence. The configuration is lamella.toml or the
table [tool.lamella] in pyproject.toml.`,
		Example: `  lamella init
  lamella plan --runtime python3.13 --to s3://bucket/lambda/{layer}
  lamella deploy --runtime python3.13 --to s3://bucket/lambda/{layer}`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// explainUsage writes the message about an unknown command.
		DisableSuggestions: true,
		CompletionOptions:  cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.show(cmd)
		},
	}
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { io.WriteString(a.Out, help(cmd)) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { _, err := io.WriteString(a.Err, help(cmd)); return err })
	root.SetFlagErrorFunc(a.explainFlag)

	showVersion := root.Flags().Bool("version", false, "print lamella's version")
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *showVersion && len(args) == 0 {
			return a.versionCommand().RunE(cmd, args)
		}
		return cmd.Help()
	}

	a.bindCommonFlags(root.PersistentFlags())
	cobra.EnableCommandSorting = false // help lists the commands in the order in which they are used
	return root
}

// show opens the display for cmd.
func (a *app) show(cmd *cobra.Command) error {
	switch {
	case a.quiet && a.verbose:
		return usageError("", "--quiet cannot be combined with --verbose")
	case a.progress != "auto" && a.progress != "json":
		return &fault.Error{Kind: fault.Usage, Subject: "--progress", Message: "invalid --progress: unknown mode " + strconv.Quote(a.progress),
			Hints: []string{"choose one of: auto, json"}}
	case a.progress == "json" && !a.quiet:
		a.display = newJSONLines(a.Err, a.verbose)
	default:
		a.display = newDisplay(a.Stdio, a.quiet, a.verbose)
	}
	a.askMFA(cmd)
	return nil
}

func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show help for a command or topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch strings.Join(args, " ") {
			case "config":
				return a.writeText(configHelp())
			case "exit-codes":
				return a.writeText(exitStatusHelp())
			}
			about, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			return about.Help()
		},
	}
}

// bindCommonFlags adds the flags that every command has.
func (a *app) bindCommonFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&a.json, "json", false, "print the result or the error as one JSON object")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print only the result and errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "print each request, decision, and cache hit")
	flags.StringVar(&a.progress, "progress", "auto", "progress on stderr: auto, or json for one JSON object per line")
	annotate(flags, "progress", annotationValue, "MODE")
	flags.StringVar(&a.mfaCode, "mfa-code", "", "MFA code for the AWS profile; default: prompt on the terminal")
	annotate(flags, "mfa-code", annotationValue, "CODE")
	flags.BoolVar(&a.offline, "offline", false, "contact no package index; use only the cache and local folders")
	flags.BoolP("help", "h", false, "show help")
}

// explainUsage replaces cobra's message about an unknown command with our own.
func (a *app) explainUsage(err error) error {
	rest, ok := strings.CutPrefix(err.Error(), "unknown command ")
	if !ok || errors.As(err, new(*fault.Error)) {
		return err
	}
	quoted, _ := strconv.QuotedPrefix(rest)
	word, _ := strconv.Unquote(quoted)
	return unknownCommand(a.commands(), word)
}
