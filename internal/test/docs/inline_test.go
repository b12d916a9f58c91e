package docs

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/cli"
)

var (
	inline = regexp.MustCompile("`lamella ([^`\n]+)`")
	ofYAML = regexp.MustCompile(`(?m)(?:run|script|command is): (?:.*; )?lamella ([^|;"\n]+)`)
	apart  = regexp.MustCompile(`[|;&>#].*$`)
)

// Command lines in the text, and in the files of CI systems, have commands and flags that
// exist.
func TestInlineCommandsExist(t *testing.T) {
	checked := 0
	eachPage(t, func(page string, content []byte) {
		for _, pattern := range []*regexp.Regexp{inline, ofYAML} {
			for _, match := range pattern.FindAllSubmatch(content, -1) {
				checked++
				line := apart.ReplaceAllString(string(match[1]), "")
				if err := exists(strings.Fields(line)); err != nil {
					t.Errorf("%s: lamella %s: %v", page, line, err)
				}
			}
		}
	})
	if checked < 100 {
		t.Errorf("only %d command lines were found", checked)
	}
	for _, wrong := range []string{"deploi", "deploy --too out", "cache cleen", "history --keep 3"} {
		if exists(strings.Fields(wrong)) == nil {
			t.Errorf("lamella %s is thought to exist", wrong)
		}
	}
}

// exists returns an error if a command or flag among the words is unknown. Values may be
// the names of values, such as N.
func exists(words []string) error {
	if words[0] == "help" {
		words = words[1:]
		if len(words) == 1 && (words[0] == "config" || words[0] == "exit-codes") {
			return nil
		}
	}
	if len(words) == 0 || words[0] == strings.ToUpper(words[0]) && !strings.HasPrefix(words[0], "-") {
		return nil // COMMAND
	}
	cmd, rest, err := cli.Commands(io.Discard).Find(words)
	if err != nil {
		return err
	}
	if cmd.HasSubCommands() && cmd.HasParent() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return errors.New("unknown command " + rest[0])
	}
	return flagsExist(cmd, rest)
}

func flagsExist(cmd *cobra.Command, words []string) error {
	err := cmd.ParseFlags(words)
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknown
	}
	return nil
}
