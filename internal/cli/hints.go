package cli

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/shell"
)

// complete returns hint with its commands completed, so that it works as pasted; several
// are joined by &&.
func (a *app) complete(hint, message string) string {
	commands := strings.Split(hint, " && ")
	for i, command := range commands {
		commands[i] = a.completeOne(command, message)
	}
	return strings.Join(commands, " && ")
}

// completeOne returns hint with its command completed: a
// command of lamella gets the flags that were typed and that it does not set itself, and
// the arguments if it has none; flags alone get the typed command before them, and so
// does what follows "lamella COMMAND". The command is all of hint, or follows a colon.
// Another command than the typed one gets only the flags that say which layer it is
// about. Secrets are never repeated. message is the error's: a value in quotation marks
// there is wrong, and is not repeated.
func (a *app) completeOne(hint, message string) string {
	before, command, after := cutCommand(hint)
	raw := shellWords(command)
	if a.root == nil || len(raw) == 0 || strings.Contains(command, "--help") || strings.Contains(command, ", ") {
		return hint
	}
	typed, rest, unknown := a.typedCommand()
	target := typed
	switch {
	case raw[0] != "lamella":
		if len(readWords(typed, raw).words) > 0 || typed.Name() == "doctor" { // not flags alone, or those of a build
			return hint
		}
	case len(raw) > 1 && raw[1] == "COMMAND":
		raw = raw[2:]
	default:
		var err error
		if target, raw, err = a.root.Find(raw[1:]); err != nil {
			return hint
		}
	}
	hinted := readWords(target, raw)
	if target.HasSubCommands() || hinted.unknown {
		return hint
	}
	if unknown { // it was to be the hinted one
		typed = target
	}
	given := readWords(typed, rest)
	if unknown && len(given.words) > 0 {
		given.words = given.words[1:]
	}
	given.words = slices.DeleteFunc(given.words, func(word string) bool { return strings.Contains(message, strconv.Quote(unquoted(word))) })
	words := append([]string{target.CommandPath()}, arguments(typed, target, given.words, hinted.words)...)
	for _, f := range given.flags {
		if keeps(typed, target, f, hinted, message) {
			words = append(words, f.String())
		}
	}
	for _, f := range hinted.flags {
		words = append(words, strings.Join(f.raw, " "))
	}
	return before + strings.Join(words, " ") + after
}

// commandAt finds where the command of a hint may begin.
var commandAt = regexp.MustCompile(`(?:^|: )(lamella |--[a-z])`)

// commandEnd finds what follows a command: a comment, a remark or an alternative.
var commandEnd = regexp.MustCompile(`\s\s+[#(]|, or |; `)

// cutCommand cuts a hint around its command, which is "" if there is none.
func cutCommand(hint string) (before, command, after string) {
	at := commandAt.FindStringSubmatchIndex(hint)
	if at == nil {
		return hint, "", ""
	}
	before, command = hint[:at[2]], hint[at[2]:]
	if end := commandEnd.FindStringIndex(command); end != nil {
		command, after = command[:end[0]], command[end[0]:]
	}
	return before, command, after
}

var shellWordAt = regexp.MustCompile(`(?:[^\s'"]|'[^']*'|"[^"]*")+`)

// shellWords splits a command as a shell does, and leaves the quotation marks.
func shellWords(command string) []string { return shellWordAt.FindAllString(command, -1) }

// unquoted is a word as a program gets it.
func unquoted(word string) string { return strings.NewReplacer(`'\''`, "'", "'", "").Replace(word) }

// typedCommand returns the command that was typed and what followed it. unknown is set if
// what followed begins with a command that does not exist.
func (a *app) typedCommand() (cmd *cobra.Command, rest []string, unknown bool) {
	cmd, rest, err := a.root.Find(a.args)
	words := make([]string, len(rest))
	for i, word := range rest {
		words[i] = shell.Quote(word)
	}
	return cmd, words, err != nil || cmd.HasSubCommands() && len(readWords(cmd, words).words) > 0
}

// commandLine is what follows a command.
type commandLine struct {
	words   []string // that are no flags, quoted for a shell
	flags   []givenFlag
	unknown bool // there are flags that the command does not have
}

// givenFlag is a flag of a command line.
type givenFlag struct {
	flag *pflag.Flag
	raw  []string // as typed, one or two words
}

// value is the flag's value as the command gets it.
func (g givenFlag) value() string {
	if len(g.raw) == 2 {
		return unquoted(g.raw[1])
	}
	_, value, _ := strings.Cut(unquoted(g.raw[0]), "=")
	return value
}

// String is the flag as typed, without secrets.
func (g givenFlag) String() string {
	value := shell.Quote(secret.Strip(g.value()))
	if len(g.raw) == 2 {
		return g.raw[0] + " " + value
	}
	name, _, ok := strings.Cut(unquoted(g.raw[0]), "=")
	if !ok {
		return shell.Quote(secret.Text(name))
	}
	return name + "=" + value
}

// readWords tells the flags of cmd from other words. A flag that cmd does not have is
// read like the one that it resembles, and left out.
func readWords(cmd *cobra.Command, words []string) commandLine {
	cmd.LocalFlags() // has cmd.Flags know the flags of all commands
	var line commandLine
	for i := 0; i < len(words); i++ {
		word := unquoted(words[i])
		if word == "--" {
			line.words = append(line.words, words[i+1:]...)
			return line
		}
		if !strings.HasPrefix(word, "-") || word == "-" {
			line.words = append(line.words, words[i])
			continue
		}
		flag, known := findFlag(cmd, word)
		g := givenFlag{flag: flag, raw: words[i : i+1]}
		inline := strings.Contains(word, "=") || !strings.HasPrefix(word, "--") && len(word) > 2
		if flag != nil && flag.NoOptDefVal == "" && !inline && i+1 < len(words) {
			g.raw = words[i : i+2]
			i++
		}
		if line.unknown = line.unknown || !known; known {
			line.flags = append(line.flags, g)
		}
	}
	return line
}

// findFlag returns the flag that word names, or, if there is none, the nearest.
func findFlag(cmd *cobra.Command, word string) (flag *pflag.Flag, known bool) {
	name, long := strings.CutPrefix(word, "--")
	if !long {
		flag = cmd.Flags().ShorthandLookup(word[1:2])
		return flag, flag != nil
	}
	name, _, _ = strings.Cut(name, "=")
	if flag = cmd.Flags().Lookup(name); flag != nil {
		return flag, true
	}
	return cmd.Flags().Lookup(nearestFlag(cmd, name)), false
}

// nearestFlag returns the flag of cmd with the most similar name, "" if none is similar.
func nearestFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return config.Nearest(name, names)
}

// replaced are, for each flag, the others that it cannot be combined with.
var replaced = map[string][]string{
	"builder":  {"builder-path", "container", "image"},
	"format":   {"json"},
	"json":     {"format", "output"},
	"output":   {"unpacked"},
	"rollback": {"add", "alias", "canary", "for", "min-calls", "promote-untested", "publish", "version"},
	"unpacked": {"output"},
}

// selecting are flags with a list of which a hint names all. It adds to other lists.
var selecting = []string{"account", "arch", "bytecode", "layer", "region", "runtime"}

// keeps reports whether the typed flag g belongs into a command that hinted follows.
func keeps(typed, target *cobra.Command, g givenFlag, hinted commandLine, message string) bool {
	name := g.flag.Name
	if name == "mfa-code" || name == "help" || typed != target && !ofLayer(g.flag, target.Flags().Lookup(name)) {
		return false
	}
	if typed != target && target.Name() == "tree" && name == "exclude" { // it lists what can be excluded
		return false
	}
	list := strings.HasSuffix(g.flag.Value.Type(), "Slice") && !slices.Contains(selecting, name)
	if list && strings.Contains(message, strconv.Quote(g.value())) {
		return false
	}
	return !slices.ContainsFunc(hinted.flags, func(h givenFlag) bool {
		return h.flag.Name == name && (!list || h.value() == g.value()) || slices.Contains(replaced[h.flag.Name], name)
	})
}

// ofLayer reports a flag that two commands have, and that says which layer is meant or
// what is in it.
func ofLayer(flag, other *pflag.Flag) bool {
	return other != nil && flag.Name != "force" && (flag.Name == "account" ||
		flag.Annotations[annotationGroup] != nil && other.Annotations[annotationGroup] != nil)
}

// arguments are those of a hint for target, hinted, completed by those of the typed
// command: by all if it is the same and the hint has none, else by the project.
func arguments(typed, target *cobra.Command, given, hinted []string) []string {
	if typed == target && len(hinted) == 0 {
		return given
	}
	_, before, ok := beforeProject(target)
	required, own, takes := beforeProject(typed)
	if !ok || !takes || len(hinted) > before || len(given) <= required {
		return hinted
	}
	last := given[len(given)-1]
	if info, err := os.Stat(unquoted(last)); len(given) > own || err == nil && info.IsDir() {
		return append(slices.Clone(hinted), last)
	}
	return hinted
}

// beforeProject is how many arguments there are before a command's [PROJECT], and how
// many of them are required.
func beforeProject(cmd *cobra.Command) (required, all int, ok bool) {
	uses, ok := strings.CutSuffix(cmd.Use, " [PROJECT]")
	all = strings.Count(uses, " ")
	return all - strings.Count(uses, " ["), all, ok
}
