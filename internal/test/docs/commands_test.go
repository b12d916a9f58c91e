package docs

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

var verbose = flag.Bool("shown", false, "log what each command printed")

// leftOut are the command lines that no test of this package runs, and why.
var leftOut = map[string]string{
	"make demo ":                  "CI runs it: make ci-demo",
	"make test ":                  "it is this test",
	"make release ":               "CI runs it: make ci-snapshot",
	"tools/try-wheel ":            "CI runs it: make ci-snapshot",
	"git tag ":                    "it publishes a release",
	"uv tool install lamella":     "TestFirstLayer runs it",
	"docker run ":                 "it needs Docker and a published image",
	"sha256sum --check ":          "it needs a published release",
	"gh attestation ":             "it needs a published release",
	"tar -xzf lamella_":           "it needs a published release",
	"sudo ":                       "it installs into the system",
	"aws batch ":                  "it is AWS's own program",
	"uv python install ":          "it downloads an interpreter",
	"pip install --no-index ":     "it installs into the Python at hand",
	"lamella check --arch arm64 ": "it needs QEMU and the files of an arm64 system",
	"lamella imports ":            "it times real packages in a Python 3.13; the tests of internal/imports run it",
	"lamella completion zsh ":     "it needs zsh",
	"lamella completion power":    "it needs PowerShell",
	"lamella attach api --alias ": "it watches for ten minutes; TestCanary of internal/test/e2e runs it with a fake clock",
}

// before is put before a command line, which needs it.
var before = map[string]string{
	"lamella init":                        "cp .fresh pyproject.toml; ",
	"lamella check layer.zip ":            "lamella build -q --arch arm64 -o layer.zip; ",
	"lamella upload --to s3":              "lamella build -q; ",
	"lamella status --layer web ":         "lamella deploy -q --region us-east-1; ",
	"lamella cache size --shared ":        "LAMELLA_CACHE=s3://my-bucket/cache ",
	"lamella cache push ":                 "LAMELLA_CACHE=s3://my-bucket/cache ",
	"lamella cache pull ":                 "LAMELLA_CACHE=s3://my-bucket/cache ",
	"lamella cache clean --shared ":       "LAMELLA_CACHE=s3://my-bucket/cache ",
	"lamella policy --bucket":             "LAMELLA_STORAGE=reference ",
	"lamella rollback previous --region ": "LAMELLA_REGION=eu-central-1,us-east-1 ",
	"lamella ls --region ":                "LAMELLA_REGION=eu-central-1,us-east-1 ",
}

// examples are outputs of projects larger than the one here: the commands run, and what
// they print is not compared.
var examples = []string{
	"lamella plan  # bytecode.md",
	"lamella check --runtime python3.13  # check.md",
	"lamella ls  # operate.md",
	"lamella attach 'web-*'  # operate.md",
}

// Every command line of README.md and docs/ runs, in the project and before the AWS of
// [world], and prints what the page shows.
func TestCommandLines(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the pages' commands are of a Unix shell")
	}
	pages, err := filepath.Glob(filepath.Join(testenv.Root(), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	used := map[string]bool{}
	for _, path := range append(pages, filepath.Join(testenv.Root(), "README.md")) {
		page, _ := filepath.Rel(testenv.Root(), path)
		if page == filepath.Join("docs", "first-layer.md") { // of TestFirstLayer
			continue
		}
		all := slices.Concat(sections(t, page), helpExamples(t, page))
		for i := range all {
			all[i].commands = slices.DeleteFunc(all[i].commands, func(c command) bool { return w.leavesOut(t, c, used) })
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			w.play(t, page, all)
		})
	}
	for start := range leftOut {
		if !used[start] {
			t.Errorf("no page has the command line %q", start)
		}
	}
}

// leavesOut reports whether c is one of [leftOut], or needs a program that is not there. It
// notes the former in used.
func (w *world) leavesOut(t *testing.T, c command, used map[string]bool) bool {
	t.Helper()
	for start := range leftOut {
		if strings.HasPrefix(c.text+" ", start) {
			used[start] = true
			return true
		}
	}
	if strings.Contains(c.text, "| jq ") && !hasJQ(t) {
		return true
	}
	return strings.Contains(c.text, "--bytecode") && !w.hasPython(t)
}

// hasJQ reports whether there is a jq.
func hasJQ(t *testing.T) bool {
	t.Helper()
	found := false
	t.Run("jq", func(t *testing.T) {
		testenv.Needs(t, "jq", "jq", "no jq on PATH")
		found = true
	})
	return found
}

// hasPython reports whether there is a python3.13, and puts it on the PATH of the commands.
func (w *world) hasPython(t *testing.T) bool {
	t.Helper()
	link := filepath.Join(w.bin, "python3.13")
	found := false
	t.Run("python3.13", func(t *testing.T) {
		python, err := exec.LookPath(testenv.Interpreter(t, "python3.13"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(python, link); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
		found = true
	})
	return found
}

// helpExamples returns the examples of the help texts, a section for each command.
func helpExamples(t *testing.T, page string) []section {
	t.Helper()
	if filepath.Base(page) != "cli.md" {
		return nil
	}
	content, err := os.ReadFile(filepath.Join(testenv.Root(), page))
	if err != nil {
		t.Fatal(err)
	}
	var all []section
	inside, heading := false, ""
	for i, line := range strings.Split(string(content), "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			heading = strings.TrimPrefix(line, "## ")
		case line == "Examples:":
			inside = true
			all = append(all, section{heading: heading})
		case inside && strings.HasPrefix(line, "  "):
			last := &all[len(all)-1]
			last.commands = append(last.commands, command{line: i + 1, text: strings.TrimSpace(line)})
		default:
			inside = false
		}
	}
	return all
}

// play runs the commands of a page, one after another, and compares what they print.
func (w *world) play(t *testing.T, page string, all []section) {
	t.Helper()
	var commands, prepared []command
	for _, s := range all {
		commands = append(commands, s.commands...)
	}
	if len(commands) == 0 {
		return
	}
	fresh := filepath.Base(page) == "README.md"
	for i, c := range commands {
		for start, first := range before {
			if strings.HasPrefix(c.text, start) {
				c.text = first + c.text
			}
		}
		if i > 0 && !fresh && strings.HasPrefix(commands[i-1].text, "lamella init") && !strings.HasPrefix(commands[i].text, "lamella init") {
			c.text = "cp .configured pyproject.toml; " + c.text
		}
		prepared = append(prepared, c)
	}
	dir, env := w.project(t, fresh)
	for i, r := range run(t, dir, env, prepared) {
		c := commands[i]
		printed := strings.Join(r.output, "\n")
		if *verbose {
			t.Logf("%s:%d: %s\n%s", page, c.line, c.text, printed)
		}
		example := slices.Contains(examples, strings.TrimSpace(strings.Split(c.text, "  #")[0])+"  # "+filepath.Base(page))
		switch {
		case example:
		case r.status != "0":
			t.Errorf("%s:%d: %s\nexit status %s:\n%s", page, c.line, c.text, r.status, printed)
		case strings.Contains(c.text, "| jq ") && strings.TrimSpace(printed) == "null":
			t.Errorf("%s:%d: %s\nno such field", page, c.line, c.text)
		case !shows(r.output, c.output):
			t.Errorf("%s:%d: %s\nprinted:\n%s\nthe page shows:\n%s", page, c.line, c.text, printed, strings.Join(c.output, "\n"))
		}
	}
}

var language = regexp.MustCompile("(?m)^```(\\w*)\n(?s:.*?)^```$")

// A block without a language may be of commands that nothing runs.
func TestEveryBlockHasALanguage(t *testing.T) {
	eachPage(t, func(page string, content []byte) {
		for _, match := range language.FindAllSubmatchIndex(content, -1) {
			if match[2] == match[3] {
				t.Errorf("%s: a block has no language, such as console or text:\n%s", page, content[match[0]:match[1]])
			}
		}
	})
}

// eachPage calls visit for README.md and each page of docs/.
func eachPage(t *testing.T, visit func(page string, content []byte)) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(testenv.Root(), "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(err)
	}
	for _, path := range append(pages, filepath.Join(testenv.Root(), "README.md")) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := filepath.Rel(testenv.Root(), path)
		visit(page, content)
	}
}
