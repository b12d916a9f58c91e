package cli

import (
	"encoding/csv"
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

// complete returns hint with its commands completed, so that it works when pasted. Several
// commands are joined by &&.
func (a *app) complete(hint, message string) string {
	commands := strings.Split(hint, " && ")
	for i, command := range commands {
		commands[i] = a.completeOne(command, message)
	}
	return strings.Join(commands, " && ")
}

// completeOne returns hint with its command completed. A lamella command gets the flags that
// were typed, except for those that it sets itself, and the typed arguments if it has none.
// Flags without a command get the typed command before them, and so does what follows
// "lamella COMMAND". The command is the whole hint, or follows a colon. If it is not the
// typed command, it only gets the flags that say which layer it is about. Secrets are never
// repeated. message is the message of the error: a value in quotation marks in it is invalid
// and is not repeated.
func (a *app) completeOne(hint, message string) string {
	before, command, after := cutCommand(hint)
	raw := shellWords(command)
	if a.commands == nil || len(raw) == 0 || strings.Contains(command, "--help") || strings.Contains(command, ", ") {
		return hint
	}
	typed, rest, unknown := a.typedCommand()
	target := typed
	switch {
	case raw[0] != "lamella":
		if len(readWords(typed, raw).words) > 0 || typed.Name() == "doctor" { // more than flags, or flags of a build
			return hint
		}
	case len(raw) > 1 && raw[1] == "COMMAND":
		raw = raw[2:]
	default:
		var err error
		if target, raw, err = a.commands().Find(raw[1:]); err != nil {
			return hint
		}
	}
	hinted := readWords(target, raw)
	if target.HasSubCommands() || hinted.unknown {
		return hint
	}
	if unknown { // the user probably meant the command in the hint
		typed = target
	}
	given := readWords(typed, rest)
	if unknown && len(given.words) > 0 {
		given.words = given.words[1:]
	}
	given.words = slices.DeleteFunc(given.words, func(word string) bool { return strings.Contains(message, strconv.Quote(unquoted(word))) })
	words := append([]string{target.CommandPath()}, arguments(typed, target, given.words, hinted.words)...)
	for _, f := range given.flags {
		f, right := f.without(message)
		if right && keeps(typed, target, f, hinted) {
			words = append(words, f.String())
		}
	}
	for _, f := range hinted.flags {
		words = append(words, strings.Join(f.raw, " "))
	}
	return before + strings.Join(words, " ") + after
}

// commandAt matches where the command in a hint may begin.
var commandAt = regexp.MustCompile(`(?:^|: )(lamella |--[a-z])`)

// commandEnd matches what follows a command: a comment, a remark, or an alternative.
var commandEnd = regexp.MustCompile(`\s\s+[#(]|, or |; `)

// cutCommand splits a hint around its command, which is "" if there is none.
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

// shellWords splits a command as a shell does, but keeps the quotation marks.
func shellWords(command string) []string { return shellWordAt.FindAllString(command, -1) }

// unquoted returns a word as a program receives it from the shell.
func unquoted(word string) string { return strings.NewReplacer(`'\''`, "'", "'", "").Replace(word) }

// typedCommand returns the command that was typed, and what followed it. unknown is true if
// what followed begins with a command that does not exist.
func (a *app) typedCommand() (cmd *cobra.Command, rest []string, unknown bool) {
	cmd, rest, err := a.commands().Find(a.args)
	words := make([]string, len(rest))
	for i, word := range rest {
		words[i] = shell.Quote(word)
	}
	return cmd, words, err != nil || cmd.HasSubCommands() && len(readWords(cmd, words).words) > 0
}

// commandLine is what follows a command.
type commandLine struct {
	words   []string // words other than flags, quoted for a shell
	flags   []givenFlag
	unknown bool // whether there are flags that the command does not have
}

// givenFlag is a flag on a command line.
type givenFlag struct {
	flag *pflag.Flag
	raw  []string // as typed, in one or two words
}

// adds reports whether the flag is a list to which a hint adds values.
func (g givenFlag) adds() bool {
	return strings.HasSuffix(g.flag.Value.Type(), "Slice") && !slices.Contains(selecting, g.flag.Name)
}

// without returns the flag without those values of a list that message says are wrong, and
// whether any are left.
func (g givenFlag) without(message string) (givenFlag, bool) {
	if g.flag.Name == "zip" && message == g.value()+" does not exist" {
		return g, false
	}
	if !g.adds() {
		return g, true
	}
	values, err := csv.NewReader(strings.NewReader(g.value())).Read()
	if err != nil {
		return g, !names(message, g.flag.Name, g.value())
	}
	right := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return names(message, g.flag.Name, v) })
	if len(right) == len(values) {
		return g, true
	}
	var list strings.Builder
	w := csv.NewWriter(&list)
	_ = w.Write(right) // a strings.Builder takes everything
	w.Flush()
	value := shell.Quote(strings.TrimSuffix(list.String(), "\n"))
	if len(g.raw) == 2 {
		g.raw = []string{g.raw[0], value}
	} else {
		name, _, _ := strings.Cut(g.raw[0], "=")
		g.raw = []string{name + "=" + value}
	}
	return g, len(right) > 0
}

// names reports whether the message of an error says that a value of the flag is wrong: in
// quotation marks or, if it is a path, as it is. A message has a relative path of find-links
// with its folder, and a file URL without its scheme.
func names(message, flag, value string) bool {
	if strings.Contains(message, strconv.Quote(value)) {
		return true
	}
	before := `(^| )`
	switch flag {
	case "outputs":
	case "find-links":
		before, value = `[ /]`, strings.TrimRight(strings.TrimPrefix(value, "file://"), "/")
	default:
		return false
	}
	return value != "" && regexp.MustCompile(before+regexp.QuoteMeta(value)+`($| |: )`).MatchString(message)
}

// value returns the flag's value as the command receives it.
func (g givenFlag) value() string {
	if len(g.raw) == 2 {
		return unquoted(g.raw[1])
	}
	_, value, _ := strings.Cut(unquoted(g.raw[0]), "=")
	return value
}

// String returns the flag as typed, without secrets.
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

// readWords separates the flags of cmd from other words. A flag that cmd does not have is
// parsed like the flag with the most similar name, and left out.
func readWords(cmd *cobra.Command, words []string) commandLine {
	cmd.LocalFlags() // makes cmd.Flags return the flags of all commands
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

// findFlag returns the flag that word names. If there is none, it returns the flag with the
// most similar name, and known is false.
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

// nearestFlag returns the flag of cmd with the most similar name, or "" if none is similar.
func nearestFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return config.Nearest(name, names)
}

// replaced maps each flag to the other flags that it cannot be combined with.
var replaced = map[string][]string{
	"builder":  {"builder-path", "container", "image"},
	"format":   {"json"},
	"json":     {"format", "output"},
	"output":   {"unpacked"},
	"rollback": {"add", "alias", "canary", "for", "min-calls", "promote-untested", "publish", "version"},
	"unpacked": {"output"},
}

// selecting are list flags for which a hint gives the whole list. To other lists, a hint
// adds values.
var selecting = []string{"account", "arch", "bytecode", "layer", "region", "runtime"}

// keeps reports whether to add the typed flag g to a command that is followed by hinted.
func keeps(typed, target *cobra.Command, g givenFlag, hinted commandLine) bool {
	name := g.flag.Name
	if name == "mfa-code" || name == "help" || typed != target && !ofLayer(g.flag, target.Flags().Lookup(name)) {
		return false
	}
	if typed != target && target.Name() == "tree" && name == "exclude" { // tree lists what can be excluded
		return false
	}
	list := g.adds()
	return !slices.ContainsFunc(hinted.flags, func(h givenFlag) bool {
		return h.flag.Name == name && (!list || h.value() == g.value()) || slices.Contains(replaced[h.flag.Name], name)
	})
}

// ofLayer reports whether a flag that two commands share says which layer is meant or what
// is in the layer.
func ofLayer(flag, other *pflag.Flag) bool {
	return other != nil && flag.Name != "force" && (flag.Name == "account" ||
		flag.Annotations[annotationGroup] != nil && other.Annotations[annotationGroup] != nil)
}

// arguments returns the arguments for a hint for target, which are hinted, completed with
// the arguments of the typed command: all of them if it is the same command and the hint has
// none, and otherwise only the project.
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

// beforeProject returns how many arguments precede [PROJECT] in a command's usage, and how
// many of those are required. ok is false if the command has no [PROJECT].
func beforeProject(cmd *cobra.Command) (required, all int, ok bool) {
	uses, ok := strings.CutSuffix(cmd.Use, " [PROJECT]")
	all = strings.Count(uses, " ")
	return all - strings.Count(uses, " ["), all, ok
}
