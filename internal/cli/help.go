package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/config"
)

// Annotations of flags: the heading under which help shows them, and the name of their
// value.
const (
	annotationGroup = "lamella_group"
	annotationValue = "lamella_value"
	annotationOwn   = "lamella_own" // the command's help always shows the flag, even if it is not common
)

// Widths of help texts, in columns.
const (
	helpWidth  = 100
	helpColumn = 36
)

// help returns the help text of cmd, without the exit statuses. It does not use cobra's
// templates, which would keep every exported method of every type in the binary.
func help(cmd *cobra.Command) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", about, useLine(cmd))
	writeArguments(&b, cmd)
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	writeCommands(&b, cmd)
	if more := listFlags(&b, cmd, isCommon); len(more) > 0 {
		b.WriteString("\nMore flags (see lamella help config):\n")
		for _, line := range wrap(strings.Join(more, ", "), helpWidth-2) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	b.WriteString("\nLearn more:\n")
	topics := [][2]string{}
	if cmd.HasAvailableSubCommands() {
		topics = append(topics, [2]string{cmd.CommandPath() + " COMMAND --help", "help for a command"})
	}
	if cmd == cmd.Root() {
		topics = append(topics, [2]string{"lamella help config", "all settings, as flags and configuration keys"})
	}
	topics = append(topics, [2]string{"lamella help exit-codes", "what each exit status means"})
	width := 25
	for _, topic := range topics {
		width = max(width, len(topic[0]))
	}
	for _, topic := range topics {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, topic[0], topic[1])
	}
	return b.String()
}

// writeCommands writes the subcommands of cmd, under the headings of its groups if it has
// any.
func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	groups := cmd.Groups()
	if len(groups) == 0 {
		groups = []*cobra.Group{{Title: "Commands"}}
	}
	for _, g := range groups {
		fmt.Fprintf(b, "\n%s:\n", g.Title)
		for _, c := range cmd.Commands() {
			if c.GroupID == g.ID && (c.IsAvailableCommand() || c.Name() == "help") {
				fmt.Fprintf(b, "  %-12s %s\n", c.Name(), c.Short)
			}
		}
	}
}

// argumentHelp describes arguments that several commands have.
var argumentHelp = [][2]string{
	{"VERSION", "number or ARN of a version, or latest"},
	{"PROJECT", "folder of the project; default: the nearest project, from the current folder upwards"},
}

// writeArguments writes the descriptions of the arguments of cmd.
func writeArguments(b *strings.Builder, cmd *cobra.Command) {
	for _, argument := range argumentHelp {
		if slices.Contains(strings.FieldsFunc(cmd.Use, func(r rune) bool { return strings.ContainsRune(" [|]", r) }), argument[0]) {
			meaning := argument[1]
			if cmd.Name() == "rollback" && argument[0] == "VERSION" {
				meaning = "number or ARN of an older version, or previous"
			}
			fmt.Fprintf(b, "    %-9s %s\n", argument[0], meaning)
		}
	}
}

// listFlags writes the flags of cmd that shown accepts, and returns the others.
func listFlags(b *strings.Builder, cmd *cobra.Command, shown func(*pflag.Flag) bool) (left []string) {
	for _, section := range flagSections(cmd) {
		heading := "\n" + section.heading + ":\n"
		for _, f := range section.flags {
			if !shown(f) {
				left = append(left, "--"+f.Name)
				continue
			}
			b.WriteString(heading + flagHelp(f))
			heading = ""
		}
	}
	return left
}

// commonFlags are the configuration keys whose flags every help text shows. The others are
// listed by `lamella help config`.
var commonFlags = []string{"lock", "runtime", "arch", "extra", "group", "exclude", "output", "name", "layer", "to", "region", "profile", "share", "force"}

// isCommon reports whether the help of a command shows the flag: it is the command's own
// flag or a common one.
func isCommon(f *pflag.Flag) bool {
	return !isKey(f) || slices.Contains(commonFlags, f.Name) || f.Annotations[annotationOwn] != nil
}

// isKey reports whether a flag is a configuration key.
func isKey(f *pflag.Flag) bool {
	_, ok := config.Lookup(f.Name)
	return ok && f.Annotations[annotationGroup] != nil
}

// configHelp returns the text of `lamella help config`: all flags that are configuration
// keys.
func configHelp() string {
	all := &cobra.Command{}
	isFlag := func(k config.Key) bool { return k.Name != "attach" } // its flag is a switch
	bindKeys(all, &config.Settings{}, isFlag)
	var b strings.Builder
	b.WriteString(`You can set each of these flags on the command line, as an environment variable
(LAMELLA_RUNTIME for --runtime), or as a key in the configuration, which is lamella.toml
or the table [tool.lamella] in pyproject.toml. A flag overrides a variable, and a variable
overrides a key. lamella init --full writes a configuration with every key. The keys of
[[index]], [[layer]], and [[destination]] are described in
https://github.com/lamella-build/lamella/blob/main/docs/configuration.md
`)
	listFlags(&b, all, isKey)
	b.WriteString("\nOnly in the environment and the configuration file:\n")
	for _, k := range config.Keys() {
		if !isFlag(k) {
			b.WriteString(helpLines("      "+k.Env()+", "+k.Name, k.Doc+"; may be a list"))
		}
	}
	b.WriteString("\nOnly in the configuration file:\n")
	for _, t := range config.Tables() {
		b.WriteString(helpLines("      [["+t.Name+"]]", t.Doc))
	}
	return b.String()
}

func useLine(cmd *cobra.Command) string {
	if cmd == cmd.Root() {
		return "lamella COMMAND\n  lamella --version"
	}
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	cmd.Flags().AddFlagSet(cmd.Root().PersistentFlags()) // as a run does; shows [flags]
	return cmd.UseLine()
}

// Headings that only some commands have.
const (
	sharedCacheHeading = "Shared cache"
	whichHeading       = "Which layer" // flags that find a layer that is published
)

// flagSection is a heading in a help text, with the flags below it.
type flagSection struct {
	heading string
	flags   []*pflag.Flag
}

// flagSections returns the flags of cmd in the order in which they were bound: first the
// command's own flags, then the configuration keys by group, and finally the global flags.
func flagSections(cmd *cobra.Command) []flagSection {
	const own, global = "Flags", "Global flags"
	sections := []flagSection{
		{heading: own}, {heading: string(config.Content)}, {heading: whichHeading}, {heading: string(config.Destination)}, {heading: string(config.Version)}, {heading: sharedCacheHeading},
		{heading: global},
	}
	everywhere := cmd.Root().PersistentFlags()
	add := func(f *pflag.Flag) {
		heading := own
		if group := f.Annotations[annotationGroup]; len(group) > 0 {
			heading = group[0]
		} else if everywhere.Lookup(f.Name) == f {
			heading = global
		}
		for i := range sections {
			if sections[i].heading == heading && !f.Hidden {
				sections[i].flags = append(sections[i].flags, f)
			}
		}
	}
	cmd.Flags().SortFlags = false
	local := cmd.LocalNonPersistentFlags()
	local.SortFlags, everywhere.SortFlags = false, false
	local.VisitAll(add)
	everywhere.VisitAll(add)

	var filled []flagSection
	for _, s := range sections {
		if len(s.flags) > 0 {
			filled = append(filled, s)
		}
	}
	return filled
}

// flagHelp returns the lines of help about one flag.
func flagHelp(f *pflag.Flag) string {
	left := "      --" + f.Name
	if f.Shorthand != "" {
		left = "  -" + f.Shorthand + ", --" + f.Name
	}
	switch value := ValueName(f); {
	case value != "" && f.NoOptDefVal != "": // the value is optional
		left += "[=" + value + "]"
	case value != "":
		left += " " + value
	}
	return helpLines(left, f.Usage)
}

// helpLines returns the lines about left, which is a flag or a key, with its usage beside
// it.
func helpLines(left, usage string) string {
	lines := wrap(usage, helpWidth-helpColumn)
	var b strings.Builder
	if len(left) >= helpColumn-1 {
		fmt.Fprintln(&b, left)
	} else {
		fmt.Fprintf(&b, "%-*s%s\n", helpColumn, left, lines[0])
		lines = lines[1:]
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%*s%s\n", helpColumn, "", line)
	}
	return b.String()
}

// ValueName returns the name of the value of f, or "" if f takes no value.
func ValueName(f *pflag.Flag) string {
	if value := f.Annotations[annotationValue]; len(value) > 0 {
		return value[0]
	}
	return ""
}

// wrap breaks text at spaces into lines of at most width bytes. It returns at least one
// line.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
