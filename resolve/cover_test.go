package resolve

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// TestLaterRelease: Lambda installs bug-fix releases by itself. A lock file for a later one
// than is assumed covers the runtime, and its markers are evaluated for that release.
func TestLaterRelease(t *testing.T) {
	python := targetOf(t, "python3.12/x86_64")
	if python.FullVersion != "3.12.2" {
		t.Fatalf("the versions in this test are chosen for 3.12.2, not %s", python.FullVersion)
	}
	for requires, want := range map[string]string{
		">=3.12":            "old",
		">=3.12.2":          "old",
		"==3.12.*":          "old",
		"<3.13":             "old",
		">=3.12.4":          "old 3.12.4",
		">=3.12.5":          "new 3.12.5",
		"~=3.12.8":          "new 3.12.8",
		"==3.12.9":          "new 3.12.9",
		">=3.12.7,<3.13":    "new 3.12.7",
		">3.12.3":           "old 3.12.4",
		"!=3.12.2,>=3.11":   "old 3.12.3",
		">=3.12,<3.12.2":    "",
		">=3.13":            "",
		"<3.12":             "",
		"==3.11.9":          "",
		">=3.12.12,<3.12.9": "",
	} {
		content := strings.Replace(uvLock("", "dependencies = [\n { name = \"old\", marker = \"python_full_version < '3.12.5'\" },\n { name = \"new\", marker = \"python_full_version >= '3.12.5'\" },\n]",
			pure("old", "1"), pure("new", "1")), ">=3.9", requires, 1)
		l := read(t, "uv.lock", content)
		r, err := Resolve(t.Context(), l, python, Options{}, nil)
		if want == "" {
			if err == nil {
				t.Errorf("%s: covered", requires)
				continue
			}
			wantFault(t, err, fault.Lock, "covers only Python", "3.12.2")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", requires, err)
			continue
		}
		name, release, noted := strings.Cut(want, " ")
		if len(r.Distributions) != 1 || r.Distributions[0].Name != name || r.Target != python {
			t.Errorf("%s: %s for %+v", requires, describe(r), r.Target)
		}
		if notes := strings.Join(r.Notes, "\n"); noted != strings.Contains(notes, "at least Python "+release) || !noted && notes != "" {
			t.Errorf("%s: notes %q", requires, notes)
		}
		if x, err := Explain(l, python, Options{}); err != nil || x.Target.FullVersion != max("3.12.2", release) {
			t.Errorf("%s: explained for %+v, %v", requires, x, err)
		}
	}
	// A package in a pylock.toml has its own requires-python.
	for requires, ok := range map[string]bool{">=3.12.7": true, "==3.12.9": true, "!=3.12.2": true, "<3.12.2": false, ">=3.13.1": false} {
		l := read(t, "pylock.toml", pylockHead+pylockPackage("a", "1", "requires-python = \""+requires+"\"\n"))
		if _, err := Resolve(t.Context(), l, python, Options{}, nil); (err == nil) != ok {
			t.Errorf("a package for %s: %v", requires, err)
		}
	}
}
