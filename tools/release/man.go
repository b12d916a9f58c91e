package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/cli"
)

// completions returns the scripts that shells complete lamella's commands by.
func completions() ([]file, error) {
	var files []file
	for _, script := range [][2]string{
		{"bash", "lamella.bash"}, {"zsh", "_lamella"}, {"fish", "lamella.fish"}, {"powershell", "lamella.ps1"},
	} {
		var out bytes.Buffer
		stdio := cli.Stdio{Out: &out, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }}
		if status := cli.Main(context.Background(), []string{"completion", script[0]}, stdio); status != 0 {
			return nil, fmt.Errorf("lamella completion %s: exit status %d", script[0], status)
		}
		files = append(files, file{"completions/" + script[1], 0o644, out.Bytes()})
	}
	return files, nil
}

// manPages returns a page of section 1 for each command.
func manPages(version string) []file {
	var files []file
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		files = append(files, file{"man/" + name + ".1", 0o644, manPage(cmd, name, version)})
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				add(c)
			}
		}
	}
	add(cli.Commands(io.Discard))
	return files
}

// manPage returns the page of one command, in the man macros.
func manPage(cmd *cobra.Command, name, version string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"lamella %s\" \"lamella\"\n", quoted(strings.ToUpper(name)), version)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	use := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		use = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n", roff(use))
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	b.WriteString(".SH DESCRIPTION\n")
	for paragraph := range strings.SplitSeq(about, "\n\n") {
		if strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n  ") { // laid out by hand
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(paragraph))
		} else {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(paragraph))
		}
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(c.Name()), roff(c.Short))
			}
		}
	}
	writeFlags(&b, "OPTIONS", cmd.LocalNonPersistentFlags())
	writeFlags(&b, "GLOBAL OPTIONS", cmd.Root().PersistentFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	if cmd.HasParent() {
		parent := strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-")
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(parent))
	}
	return []byte(b.String())
}

func writeFlags(b *strings.Builder, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", heading)
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		left := "--" + f.Name
		if f.Shorthand != "" {
			left = "-" + f.Shorthand + ", " + left
		}
		switch value := cli.ValueName(f); {
		case value != "" && f.NoOptDefVal != "":
			left += "[=" + value + "]"
		case value != "":
			left += " " + value
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(left), roff(f.Usage))
	})
}

var escapes = strings.NewReplacer(`\`, `\e`, "-", `\-`)

// roff escapes text so that no line of it is a request.
func roff(text string) string {
	lines := strings.Split(escapes.Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func quoted(text string) string { return `"` + roff(text) + `"` }
