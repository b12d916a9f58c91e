package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/policy"
)

// reference is docs/cli.md: the help text of every command.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Command line\n\nThis page contains the help of every command, as printed by `lamella COMMAND --help`. " +
		"You can also set flags in the\nenvironment and in the project's configuration; see [configuration.md](configuration.md).\n" +
		"`go test ./internal/cli -update` generates this page.\n")
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s```\n", cmd.CommandPath(), printed(append(strings.Fields(cmd.CommandPath())[1:], "--help")...))
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				add(c)
			}
		}
	}
	add(root)
	fmt.Fprintf(&b, "\n## lamella help config\n\n```text\n%s```\n", printed("help", "config"))
	fmt.Fprintf(&b, "\n## Exit status\n\nAll commands use the same exit statuses, except `lamella status` and `lamella plan --detailed-exitcode`, where 2 means that something differs, and 1 also covers usage errors. [errors.md](errors.md) explains how to resolve each error.\n\n| status | meaning |\n|---|---|\n")
	for _, s := range exitStatuses() {
		fmt.Fprintf(&b, "| %d | %s |\n", s.status, s.meaning)
	}
	return b.String()
}

// printed returns what lamella prints for args.
func printed(args ...string) string {
	var out bytes.Buffer
	Main(context.Background(), args, Stdio{Out: &out, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }})
	return out.String()
}

func TestReferenceIsFresh(t *testing.T) {
	a := &app{display: silent{}}
	want := reference(a.rootCommand())
	path := filepath.Join("..", "..", "docs", "cli.md")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run: go test ./internal/cli -update", path)
	}
}

// Every key is a flag of every command about a layer, explained by the key's own
// words; deploy hides none.
func TestFlagsFollowKeys(t *testing.T) {
	root := (&app{display: silent{}}).rootCommand()
	for _, name := range []string{"build", "upload", "publish", "deploy", "plan", "history"} {
		cmd, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range config.Keys() {
			if name == "deploy" && k.Name == "attach" { // there it is a switch: whether to attach
				continue
			}
			f := cmd.Flags().Lookup(k.Name)
			if name == "plan" && k.Name == "output" { // it writes no zip: this is the plan's file
				continue
			}
			if f == nil || f.Hidden && name == "deploy" {
				t.Errorf("%s has no flag %s", name, k.Flag())
				continue
			}
			doc := k.Usage()
			switch k.Name {
			case "runtime":
				doc = strings.Replace(doc, "required", "required unless configured", 1)
			case "region": // which can be a pattern
				doc = "AWS region of the destination, or a pattern"
			}
			if k.Name == "output" && (name == "upload" || name == "publish") { // which read the zip
				doc = strings.Replace(doc, "to write", "to read", 1)
			}
			if name == "history" && (k.Name == "runtime" || k.Name == "arch") { // which builds nothing
				doc = "only "
			}
			if !strings.HasPrefix(f.Usage, doc) || ValueName(f) != k.Value {
				t.Errorf("help of %s: %s %s", k.Flag(), ValueName(f), f.Usage)
			}
		}
	}
}

// The help of a command shows the flags about S3 objects and the parameter only if the
// command's policy permits it to use them.
func TestFlagsFollowPolicy(t *testing.T) {
	root := (&app{display: silent{}}).rootCommand()
	place := policy.Place{Region: "eu-central-1", Account: "123456789012", Layer: "web", Bucket: "bucket",
		KMSKey: "arn:aws:kms:eu-central-1:123456789012:key/1", Parameter: "/web", ACL: true}
	for name, verb := range policyVerbs {
		cmd, _, err := root.Find([]string{name})
		if err != nil || cmd.Flags().Lookup("kms-key") == nil { // hold and apply
			continue
		}
		permitted := string(policy.For([]policy.Place{place}, verb).JSON())
		writes := name != "verify" && name != "release" // they share a policy with commands that write
		for flag, action := range map[string]string{"kms-key": "kms:GenerateDataKey", "sse": "kms:GenerateDataKey", "acl": "s3:PutObjectAcl"} {
			if want := writes && strings.Contains(permitted, action); want == cmd.Flags().Lookup(flag).Hidden {
				t.Errorf("help of %s shows --%s: %t, want %t", name, flag, !want, want)
			}
		}
		if !cmd.Flags().Lookup("ssm-parameter").Hidden && !strings.Contains(permitted, "ssm:GetParameter") {
			t.Errorf("help of %s shows --ssm-parameter", name)
		}
	}
}

// The help of a command that builds nothing shows no flags about building.
func TestHelpShowsOnlyFlagsWithEffect(t *testing.T) {
	root := (&app{display: silent{}}).rootCommand()
	for name, idle := range map[string][][]string{
		"resolve": {fileFlags, buildFlags, placeFlags}, "tree": {fileFlags, buildFlags, placeFlags}, "why": {fileFlags, buildFlags, placeFlags},
		"vendor": {fileFlags, buildFlags, placeFlags}, "diff": {buildFlags}, "doctor": {buildFlags, {"image"}}, "check": {{"check"}}, "imports": {{"check"}},
		"upload": {sourceFlags, buildFlags}, "publish": {sourceFlags, buildFlags, {"attach"}}, "plan": {{"attach"}},
	} {
		cmd, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range slices.Concat(idle...) {
			if strings.Contains(help(cmd), "--"+flag+",") || strings.Contains(help(cmd), "--"+flag+" ") || !cmd.Flags().Lookup(flag).Hidden {
				t.Errorf("help of %s shows --%s, which has no effect there", name, flag)
			}
		}
	}
}

// docs/errors.md has the table of exit statuses, and a section about each kind.
func TestErrorsAreDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, s := range exitStatuses() {
		if row := fmt.Sprintf("| %d | `%s` | %s |\n", s.status, s.name, s.meaning); !strings.Contains(text, row) {
			t.Errorf("docs/errors.md lacks the row\n%s", row)
		}
		if heading := fmt.Sprintf("\n## %d, %s", s.status, s.name); s.status != statusOK && !strings.Contains(text, heading) {
			t.Errorf("docs/errors.md lacks the section%s", heading)
		}
	}
}

// Every kind of fault has a row in the table, and no two share one.
func TestExitStatuses(t *testing.T) {
	seen := map[int]bool{}
	for kind := fault.Other; kind <= fault.Machine; kind++ {
		err := &fault.Error{Kind: kind}
		if seen[statusOf(err)] || kindName(err) == "" {
			t.Errorf("kind %d has the status %d, called %q", kind, statusOf(err), kindName(err))
		}
		seen[statusOf(err)] = true
	}
}
