package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// What slim leaves out of real distributions, none of their modules misses.
func TestAwkwardDistributionsSlim(t *testing.T) {
	testenv.Heavy(t)
	for _, name := range []string{"python3.11/x86_64", "python3.13/x86_64"} {
		t.Run(name, func(t *testing.T) {
			to := parse(t, name)
			l := compose(t, fetch(t, "awkward-"+strings.ReplaceAll(name, "/", "-"), to))
			kept, left, err := slim.Select(t.Context(), l.Entries, slim.Options{Presets: slim.Presets()})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range left {
				t.Logf("%s: %d files, %d bytes", p.Preset, p.Files, p.Bytes)
				if p.Files == 0 {
					t.Errorf("%s left out nothing of %d files", p.Preset, len(l.Entries))
				}
			}
			it, err := probe.Ask(t.Context(), testenv.InterpreterFor(t, to.Runtime, to.Architecture), to)
			if err != nil {
				t.Fatal(err)
			}
			l.Entries = kept
			r := &check.Report{}
			if err := check.Import(t.Context(), r, l, to, it, check.ImportOptions{Probe: probe.Options{Timeout: 5 * time.Minute}}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d modules", len(r.Imports))
			for _, f := range r.Findings {
				if f.Severity != check.Note {
					t.Errorf("%s\n%s", f.Message, strings.Join(f.Details, "\n"))
				}
			}
		})
	}
}
