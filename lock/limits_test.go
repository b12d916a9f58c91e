package lock

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// What is within a limit is read, and one more is refused.
func TestLimits(t *testing.T) {
	const (
		uv     = "version = 1\nrequires-python = \">=3.8\"\n"
		uvHead = uv + "[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\n"
		uvP    = "[[package]]\nname = \"p\"\nversion = \"%d\"\nsource = { registry = \"https://index.example/simple\" }\n"
		poetry = "[[package]]\nname = \"p\"\nversion = \"1\"\nfiles = []\ngroups = [%s]\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.8\"\n"
		pdm    = "[metadata]\ngroups = [\"default\"]\nstrategy = [\"cross_platform\"%s]\nlock_version = \"4.5.0\"\n"
		pylock = "lock-version = \"1.0\"\ncreated-by = \"x\"\n"
	)
	list := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "\"e%d\",", i)
		}
		return b.String()
	}
	versions := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		file string
		most int // that is read
		text func(n int) string
	}{
		"packages": {"uv.lock", maxPackages, func(n int) string { return uv + versions(n, uvP) }},
		"packages, flat": {"pylock.toml", maxPackages, func(n int) string {
			return pylock + versions(n, "[[packages]]\nname = \"p%d\"\nversion = \"1\"\nsdist = {name = \"p.zip\", path = \"x\", hashes = {sha256 = \"0\"}}\n")
		}},
		"extras of the project": {"uv.lock", maxNames, func(n int) string { return uvHead + "[package.metadata]\nprovides-extras = [" + list(n) + "]\n" }},
		"extras of a dependency": {"uv.lock", maxNames, func(n int) string {
			return uvHead + "dependencies = [{ name = \"p\", extra = [" + list(n) + "] }]\n" + fmt.Sprintf(uvP, 1)
		}},
		"inline tables": {"uv.lock", maxInline, func(n int) string {
			return uvHead + "dependencies = [" + strings.Repeat("{ name = \"p\" },\n", n-2) + "]\n" + fmt.Sprintf(uvP, 1)
		}},
		"requirements times versions": {"uv.lock", maxEdges / 1000, func(n int) string {
			return uv + "[manifest]\nrequirements = [" + strings.Repeat("{ name = \"p\" },\n", n) + "]\n" + versions(1000, uvP)
		}},
		"groups of a package": {"poetry.lock", maxNames, func(n int) string { return fmt.Sprintf(poetry, list(n)) }},
		"requirements of a package": {"pdm.lock", maxNames - 4, func(n int) string {
			return fmt.Sprintf(pdm, ", \"inherit_metadata\"") + "[[package]]\nname = \"p\"\nversion = \"1\"\ngroups = [\"default\"]\nfiles = []\ndependencies = [" + list(n) + "]\n"
		}},
		"extras": {"pylock.toml", maxNames, func(n int) string { return pylock + "extras = [" + list(n) + "]\npackages = []\n" }},
		"groups": {"pylock.toml", maxNames, func(n int) string { return pylock + "dependency-groups = [" + list(n) + "]\npackages = []\n" }},
		"sources": {"Pipfile.lock", maxSources, func(n int) string {
			return "{\"_meta\": {\"pipfile-spec\": 6, \"sources\": [{}" + strings.Repeat(",\n{}", n-1) + "]}, \"default\": {}}"
		}},
		"extras of a requirement": {"requirements.txt", maxNames, func(n int) string {
			return "a[" + strings.TrimSuffix(strings.ReplaceAll(list(n), "\"", ""), ",") + "]==1\n"
		}},
	} {
		for over := range 2 {
			_, err := Parse(filepath.Join(t.TempDir(), c.file), []byte(c.text(c.most+over)))
			if (err != nil) != (over == 1) {
				t.Errorf("%s: %s with %d: %.200v", c.file, name, c.most+over, err)
			}
			if err != nil && (catalogue.KindOf(err) != fault.Lock || !strings.Contains(err.Error(), "lamella")) {
				t.Errorf("%s: %s: %.200v", c.file, name, err)
			}
		}
	}
}

// A package is found under its normalized name, however the key is written, and the first of
// several keys counts.
func TestByName(t *testing.T) {
	table := map[string]int{"a-b": 1, "A_B": 2, "C_d": 3, "c.D": 4}
	var keys map[string]string
	for name, want := range map[string]int{"a-b": 1, "c-d": 3, "e": 0} {
		if got := byName(table, &keys, name); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// Lines are counted from where the last search ended, or from the beginning.
func TestPipfileLine(t *testing.T) {
	r := &pipfileReader{text: []byte("a\nb\nc\nd")}
	for _, c := range [][2]int{{0, 1}, {2, 2}, {6, 4}, {3, 2}, {4, 3}, {99, 4}, {1, 1}} {
		if got := r.line(c[0]); got != c[1] {
			t.Errorf("%d: line %d", c[0], got)
		}
	}
}

// The members of an object are those that encoding/json finds.
func TestMembers(t *testing.T) {
	text := "\n{ \"a\" : {\"x\": [1, \"]}\", {}]}, \"b\\\"\\\\\":[ ] ,\"c\":-1.5e3,\"\\u00e4\": true\t,\"e\":\"}\\\\\" , \"f\" :null}\n"
	want := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	r := &pipfileReader{text: []byte(text)}
	got, err := r.members(r.text, 0)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, m := range got {
		if string(m.value) != string(want[m.name]) || text[m.start:m.start+len(m.value)] != string(m.value) || text[m.at-1] != '"' {
			t.Errorf("%+v, want %s", m, want[m.name])
		}
	}
	for _, empty := range []string{"{}", " { } "} {
		if got, err := r.members([]byte(empty), 0); err != nil || len(got) != 0 {
			t.Errorf("%q: %+v, %v", empty, got, err)
		}
	}
}
