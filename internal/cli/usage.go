package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/project"
)

// usageError returns the error for an invalid command line. message is a whole sentence, and
// hints say what to type instead.
func usageError(subject, message string, hints ...string) error {
	return &fault.Error{Kind: fault.Usage, Subject: subject, Message: message, Hints: hints}
}

// unknownCommand returns the error that says that cmd has no subcommand word.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := "list the commands: " + cmd.CommandPath() + " --help"
	if nearest := config.Nearest(word, names); nearest != "" {
		hint = "did you mean: " + cmd.CommandPath() + " " + nearest
	}
	return usageError("", fmt.Sprintf("unknown command %q", word), hint)
}

// explainFlag turns pflag's error about a flag of cmd into an error with a hint.
func (a *app) explainFlag(cmd *cobra.Command, err error) error {
	hint := "list the flags: " + cmd.CommandPath() + " --help"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if nearest := nearestFlag(cmd, unknown.GetSpecifiedName()); nearest != "" {
			hint = "did you mean: " + cmd.CommandPath() + " --" + nearest + a.typedValue("--"+unknown.GetSpecifiedName(), cmd.Flags().Lookup(nearest))
		}
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		hint = "add the value: " + cmd.CommandPath() + " --" + missing.GetFlag().Name + " " + ValueName(missing.GetFlag())
	}
	if _, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		hint = "read about the flag: " + cmd.CommandPath() + " --help"
	}
	return usageError(strings.TrimPrefix(cmd.CommandPath(), "lamella "), flagMessage(cmd, err), hint)
}

// typedValue returns what was typed as the value of flag after a misspelled name, including
// the separator, or "".
func (a *app) typedValue(misspelled string, flag *pflag.Flag) string {
	for i, word := range a.args {
		name, value, joined := strings.Cut(word, "=")
		switch {
		case name != misspelled:
		case joined:
			return "=" + shell.Quote(secret.Strip(value))
		case flag.NoOptDefVal == "" && i+1 < len(a.args):
			return " " + shell.Quote(secret.Strip(a.args[i+1]))
		}
	}
	return ""
}

// flagMessage describes what is wrong with a flag of cmd.
func flagMessage(cmd *cobra.Command, err error) string {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return fmt.Sprintf("%s has no flag %s%s", cmd.CommandPath(), dashes, unknown.GetSpecifiedName())
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Sprintf("--%s needs a value", missing.GetFlag().Name)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		reason := invalid.Unwrap()
		if number, ok := errors.AsType[*strconv.NumError](reason); ok {
			reason = number.Err
		}
		return fmt.Sprintf("invalid value %q for --%s: %s", invalid.GetValue(), invalid.GetFlag().Name, reason)
	}
	return err.Error()
}

// atMost accepts up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usageError(cmd.Name(), fmt.Sprintf("unexpected argument %q", args[n]), append(engineHint(cmd, args, "write the container engine after an equals sign"), "see the usage: "+cmd.CommandPath()+" --help")...)
	}
}

// engineHint tells a user who typed "--container podman" that the engine needs an equals
// sign, because the flag's value is optional.
func engineHint(cmd *cobra.Command, args []string, do string) []string {
	for _, arg := range args {
		if slices.Contains(project.Engines(), arg) {
			return []string{do + ": " + cmd.CommandPath() + " . --container=" + arg}
		}
	}
	return nil
}

// exactly accepts one argument, which help texts call what.
func exactly(what string) cobra.PositionalArgs { return between(1, 1, what) }

// between accepts from least to most arguments. Help texts call the first one what.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return usageError(cmd.Name(), cmd.CommandPath()+" needs "+what, "add the argument: "+cmd.CommandPath()+" "+what)
		}
		return atMost(most)(cmd, args)
	}
}
