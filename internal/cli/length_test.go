package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// A help text fits two screens.
func TestHelpIsShort(t *testing.T) {
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		limit := 80
		if cmd.Name() == "deploy" {
			limit = 70
		}
		if lines := strings.Count(help(cmd), "\n"); lines > limit {
			t.Errorf("%s --help has %d lines, more than %d", cmd.CommandPath(), lines, limit)
		}
		for _, c := range cmd.Commands() {
			check(c)
		}
	}
	check((&app{display: silent{}}).rootCommand())
}

// A distribution with as many wheels as numpy has is explained within a screen: the chosen
// file and all that fit are there, then the nearest.
func TestWhyIsShort(t *testing.T) {
	const fitting, others = 3, 57
	all := func() (files []resolve.Choice) {
		for i := range fitting {
			files = append(files, resolve.Choice{File: lock.File{Name: fmt.Sprintf("fits-%d.whl", i)}, Fits: true, Reason: "fits, but ranks lower"})
		}
		for i := range others {
			files = append(files, resolve.Choice{File: lock.File{Name: fmt.Sprintf("other-%02d.whl", i)}, Reason: "is for another system"})
		}
		return files
	}
	selected := all()
	selected[0].Chosen, selected[0].Reason = true, ""
	for _, test := range []struct {
		name       string
		p          resolve.ExplainedPackage
		has, lacks string
		also       string
	}{
		{"in the layer", resolve.ExplainedPackage{Selected: true, Files: selected}, "other-00.whl", "other-05.whl", fmt.Sprint(others - few)},
		{"cannot be installed", resolve.ExplainedPackage{Selected: true, Refused: fmt.Errorf("no wheel fits"), Files: all()[fitting:]}, "other-04.whl", "other-05.whl", fmt.Sprint(others - few)},
		{"not in the layer", resolve.ExplainedPackage{Files: all()}, "fits-2.whl", "other-00.whl", fmt.Sprint(others)},
		{"few files", resolve.ExplainedPackage{Selected: true, Files: selected[:fitting+few]}, "other-04.whl", "--json", "fits-0.whl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := whyText(&resolve.Explained{Name: "numpy", Packages: []resolve.ExplainedPackage{test.p}}, painter{})
			if lines := strings.Count(text, "\n"); lines > 15 {
				t.Errorf("%d lines", lines)
			}
			if !strings.Contains(text, test.has) || strings.Contains(text, test.lacks) || !strings.Contains(text, test.also) {
				t.Errorf("%s", text)
			}
			if test.p.Selected && test.p.Refused == nil && !strings.Contains(text, "fits-1.whl") {
				t.Errorf("a file that fits is missing:\n%s", text)
			}
		})
	}
}
