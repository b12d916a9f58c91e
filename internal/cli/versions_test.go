package cli

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

func TestParseAge(t *testing.T) {
	for s, want := range map[string]time.Duration{"": 0, "12h": 12 * time.Hour, "90d": 90 * 24 * time.Hour, "8w": 56 * 24 * time.Hour, "9999w": 9999 * 7 * 24 * time.Hour} {
		if got, err := parseAge(s); err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"90", "d", "0d", "-1d", "1.5d", "90 d", "1m", "12345d", "1d2h"} {
		if got, err := parseAge(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestVersionArgs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"app", "3"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const arn = "arn:aws:lambda:eu-central-1:123456789012:layer:web:3"
	cmd := &cobra.Command{Use: "diff"}
	for _, test := range []struct {
		args     []string
		versions []string
		project  []string
	}{
		{nil, nil, nil},
		{[]string{"3"}, []string{"3"}, nil},
		{[]string{"3", "4", "app"}, []string{"3", "4"}, []string{"app"}},
		{[]string{arn, "latest"}, []string{arn, "latest"}, nil},
		{[]string{"app"}, nil, []string{"app"}},
		{[]string{"./3"}, nil, []string{"./3"}},
		{[]string{"-1"}, []string{"-1"}, nil}, // refused later, by its number
	} {
		versions, project, err := versionArgs(cmd, test.args, 2)
		if err != nil || !slices.Equal(versions, test.versions) || !slices.Equal(project, test.project) {
			t.Errorf("%q: %q, %q, %v", test.args, versions, project, err)
		}
	}
	for _, args := range [][]string{{"1", "2", "3"}, {"app", "3"}, {"app", "web"}} {
		if _, _, err := versionArgs(cmd, args, 2); fault.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// Names from policies and functions come from outside.
func TestVersionTextsAreEscaped(t *testing.T) {
	const evil = "\x1b[2J"
	texts := []string{
		shareText([]versions.ShareVersion{{Version: 1, Share: []store.Grant{{Principal: evil}}}}, painter{}),
		pruneText(&versions.PrunePlan{
			Keep:    []versions.Kept{{Version: 1, Reason: evil}},
			Objects: []versions.Garbage{{URI: evil, Why: "unused"}},
		}, painter{}),
		shownText(&versions.Shown{ARN: evil, Description: evil, Packages: []publish.Package{{Name: evil, Version: evil}}, Notes: []string{evil}}, evil),
		differenceText(&versions.Difference{Old: versions.Side{Name: evil, Notes: []string{evil}}, Options: evil}, painter{}),
	}
	for _, text := range texts {
		if slices.Contains([]byte(text), 0x1b) {
			t.Errorf("%q", text)
		}
	}
}
