package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/internal/strip"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// What slim leaves out of real distributions and strip removes, none of their modules misses.
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
			stripped, err := strip.Strip(t.Context(), kept, strip.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer stripped.Close()
			t.Logf("strip: %d files, %d bytes, kept %q", stripped.Files, stripped.Bytes, stripped.Kept)
			if stripped.Files == 0 || len(stripped.Kept) > 0 {
				t.Errorf("strip changed %d files and left %d", stripped.Files, len(stripped.Kept))
			}
			l.Entries = stripped.Entries
			r, err := check.Static(t.Context(), l, to, check.Options{})
			if err != nil {
				t.Fatal(err)
			}
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
