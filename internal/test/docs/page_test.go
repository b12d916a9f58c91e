package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// command is a command line of a page, and the lines that the page shows below it.
type command struct {
	line   int
	text   string
	output []string
}

// section is what a page says below one heading.
type section struct {
	heading  string
	commands []command
}

var (
	fence  = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	header = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// sections returns the sections of a page that have command lines: those behind "$ " in
// blocks of the console, and all lines of blocks of the shell.
func sections(t *testing.T, page string) []section {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testenv.Root(), page))
	if err != nil {
		t.Fatal(err)
	}
	var all []section
	for _, at := range fence.FindAllSubmatchIndex(content, -1) {
		language, block := string(content[at[2]:at[3]]), string(content[at[4]:at[5]])
		line := 1 + bytes.Count(content[:at[4]], []byte("\n"))
		heading := ""
		for _, h := range header.FindAllSubmatch(content[:at[0]], -1) {
			heading = string(h[1])
		}
		commands := parse(block, line, language == "sh")
		if len(commands) == 0 {
			continue
		}
		if len(all) == 0 || all[len(all)-1].heading != heading {
			all = append(all, section{heading: heading})
		}
		last := &all[len(all)-1]
		last.commands = append(last.commands, commands...)
	}
	return all
}

// parse returns the commands of a block. A backslash at the end of a line continues it.
func parse(block string, line int, shell bool) []command {
	var commands []command
	continued := false
	for text := range strings.Lines(block) {
		text = strings.TrimSuffix(text, "\n")
		typed, isCommand := strings.CutPrefix(text, "$ ")
		switch {
		case continued:
			commands[len(commands)-1].text += "\n" + text
		case isCommand:
			commands = append(commands, command{line: line, text: typed})
		case shell && text != "" && !strings.HasPrefix(text, "#"):
			commands = append(commands, command{line: line, text: text})
		case len(commands) > 0:
			commands[len(commands)-1].output = append(commands[len(commands)-1].output, text)
		}
		continued = (isCommand || shell || continued) && strings.HasSuffix(text, `\`)
		line++
	}
	return commands
}

// result is what a command did.
type result struct {
	status string
	output []string
}

// run runs commands one after another in one shell.
func run(t *testing.T, dir string, env []string, commands []command) []result {
	t.Helper()
	var script strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&script, "{ %s\n} 2>&1 </dev/null; printf '\\n\\036%%d\\n' $?\n", c.text)
	}
	shell := exec.Command("bash", "-c", script.String())
	shell.Dir, shell.Env, shell.Stderr = dir, env, os.Stderr
	out, err := shell.Output()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	var results []result
	for part := range strings.SplitSeq(string(out), "\n\036") {
		if len(results) > 0 {
			results[len(results)-1].status, part, _ = strings.Cut(part, "\n")
		}
		results = append(results, result{output: strings.Split(strings.TrimRight(part, "\n"), "\n")})
	}
	results = results[:len(results)-1]
	if len(results) != len(commands) {
		t.Fatalf("%d of %d commands ran:\n%s", len(results), len(commands), out)
	}
	return results
}

// varying are the parts of an output that differ from run to run.
var varying = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\bv?\d+\.\d+\.\d+\S*`), "VERSION"},
	{regexp.MustCompile(`\bgo\S+ \w+/\w+$`), "PLATFORM"},
	{regexp.MustCompile(`\b\d+(\.\d+)? (ms|s)\b`), "TIME"},
	{regexp.MustCompile(`\b[\d,.]+ ([kM]?B)\b`), "SIZE"},
}

func steady(line string) string {
	for _, v := range varying {
		line = v.pattern.ReplaceAllString(line, v.by)
	}
	return strings.TrimRight(line, " ")
}

// shows reports whether the wanted lines are among the printed ones, in this order.
func shows(printed, wanted []string) bool {
	at := 0
	for _, want := range wanted {
		if want == "" || strings.TrimSpace(want) == "…" {
			continue
		}
		for at < len(printed) && steady(printed[at]) != steady(want) {
			at++
		}
		if at == len(printed) {
			return false
		}
		at++
	}
	return true
}
