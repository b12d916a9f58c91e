package oracletest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

//go:embed pylock_select.py
var selectScript string

// selection is what packaging selects from a pylock.toml: "name hash" each,
// the hash "build" for what is no wheel; or why it does not.
type selection struct {
	Files   []string `json:"files"`
	Error   string   `json:"error"`
	Invalid string   `json:"invalid"` // the export is none
}

// selectFiles asks packaging for its selection of each lock for each target.
func selectFiles(t *testing.T, locks []string, all []target.Target) [][]selection {
	t.Helper()
	type row struct {
		Environment map[string]any `json:"environment"`
		Tags        []string       `json:"tags"`
	}
	var rows []row
	for _, tt := range all {
		r := row{Environment: variables(tt)}
		for _, tag := range tt.Tags() {
			r.Tags = append(r.Tags, tag.String())
		}
		rows = append(rows, r)
	}
	in, err := json.Marshal(map[string]any{"locks": locks, "targets": rows})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python"), "-c", selectScript)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	var answer [][]selection
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// A question is one lock, looked at in one way.
type question struct {
	lock   *lock.Lock
	way    way
	export string // uv's, as a pylock.toml
}

// way is what of a lock is asked for, of uv and of lamella.
type way struct {
	args    []string
	options resolve.Options
}

// TestUVLocks compares the files that lamella takes from each lock of uv's own
// tests, for four Pythons and both architectures, with what packaging selects
// from uv's export of it.
func TestUVLocks(t *testing.T) {
	t.Parallel()
	uv := newTool(t, "uv", "UV_NO_CONFIG=1")
	dir := filepath.Join(testenv.Root(), "..", "shared", "vectors", "uvlocks")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("vectors: the test vectors of other projects are not beside the repository, in ../shared/vectors")
	}
	var all []target.Target
	for _, runtime := range []string{"python3.10", "python3.11", "python3.12", "python3.13"} {
		all = append(all, targets(t, runtime+"/x86_64", runtime+"/arm64")...)
	}
	var questions []question
	var exports []string
	outcomes, found := map[string]int{}, map[string]bool{}
	for _, entry := range entries {
		l := unpackVector(t, filepath.Join(dir, entry.Name()))
		for _, way := range ways(l) {
			export, err := uv.try(filepath.Dir(l.Path), slices.Concat(exportArgs, way.args)...)
			if err == nil {
				questions, exports = append(questions, question{l, way, export}), append(exports, export)
				continue
			}
			for _, tt := range all {
				if r, err := resolve.Resolve(context.Background(), l, tt, way.options, nil); err == nil {
					t.Errorf("%s %s for %s: lamella takes %d distributions; uv: %s", l.Name, way.args, tt, len(r.Distributions), export)
					break
				}
				outcomes["both refuse"]++
			}
		}
	}
	t.Logf("%d locks, looked at in %d ways", len(entries), len(questions))
	for i, rows := range selectFiles(t, exports, all) {
		q := questions[i]
		for j, want := range rows {
			outcome, difference := judge(q, all[j], want)
			if _, listed := differing[q.lock.Name]; listed && difference != "" {
				found[q.lock.Name] = true
				outcome = "a difference that is argued"
			} else if difference != "" {
				t.Errorf("%s %s for %s: %s", q.lock.Name, q.way.args, all[j], difference)
			}
			outcomes[outcome]++
		}
	}
	for name := range differing {
		if !found[name] {
			t.Errorf("%s differs no more", name)
		}
	}
	t.Logf("%v", outcomes)
}

// differing are the locks of which lamella takes other files than packaging
// selects from uv's export, and why.
var differing = map[string]string{
	"inline-sync-sync-016.lock": "of wheels that differ in the build tag only, uv and lamella take the highest, as the wheel format has it; packaging takes the first",
}

var exportArgs = []string{"export", "--frozen", "--offline", "--no-default-groups", "--format", "pylock.toml", "--no-header", "--quiet", "--preview"}

// ways returns how a lock is looked at: as it is, and for `make verify` with
// each of its groups and extras, and for each member of a workspace.
func ways(l *lock.Lock) []way {
	if len(l.Members) == 0 && len(l.Groups) == 0 {
		return []way{{args: []string{"--script", "script.py"}}}
	}
	all := []way{{args: []string{"--no-emit-project"}}}
	if !testenv.All() && len(l.Members) > 0 {
		return all
	}
	for _, group := range slices.Sorted(maps.Keys(l.Groups)) {
		all = append(all, way{[]string{"--no-emit-project", "--group", group}, resolve.Options{Selection: resolve.Selection{Groups: []string{group}}}})
	}
	for _, extra := range slices.Sorted(maps.Keys(l.Extras)) {
		all = append(all, way{[]string{"--no-emit-project", "--extra", extra}, resolve.Options{Selection: resolve.Selection{Extras: []string{extra}}}})
	}
	for _, m := range l.Members {
		if name := l.Packages[m.Package].Name; len(l.Members) > 1 {
			all = append(all, way{[]string{"--no-emit-project", "--package", name}, resolve.Options{Selection: resolve.Selection{Package: name}}})
		}
	}
	return all
}

// unhashed are the files of a lock that have no hash.
var unhashed = regexp.MustCompile(`(?m)^(    |sdist = )\{ (url|path|filename) = "([^"]+)"(, (?:size|upload-time) [^}\n]*)? \}`)

// unpackVector writes a lock with the projects around it, of which uv looks at
// the names only, and reads it. What was made illegible in it becomes legible,
// and every file gets a hash, since uv would look for those that have none.
func unpackVector(t *testing.T, path string) *lock.Lock {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(t.TempDir(), "deep", "project")
	text := strings.NewReplacer("[LOCALHOST]", "127.0.0.1:9", "[TEMP_DIR]", root, "[WORKSPACE]", root,
		"[COMMIT]", strings.Repeat("c", 40), ".[X]", ".1").Replace(string(content))
	text = unhashed.ReplaceAllStringFunc(text, func(file string) string {
		return fmt.Sprintf("%s, hash = \"sha256:%x\" }", strings.TrimSuffix(file, " }"), sha256.Sum256([]byte(file)))
	})
	files := &bench{t: t, dir: root, workbench: &workbench{Server: &testindex.Server{}}}
	files.write("uv.lock", text)
	l, err := lock.Read(filepath.Join(root, "uv.lock"))
	if err != nil {
		t.Fatal(path, err)
	}
	l.Name = filepath.Base(path)
	if len(l.Members) == 0 {
		files.write("script.py", fmt.Sprintf("# /// script\n# requires-python = %q\n# dependencies = []\n# ///\n", l.RequiresPython))
		files.write("script.py.lock", text)
		files.write("pyproject.toml", tables("dependency-groups", l.Groups))
		return l
	}
	projects := map[string]string{}
	var members []string
	for _, m := range l.Members {
		p := &l.Packages[m.Package]
		rel, err := filepath.Rel(root, p.Source.Location)
		if err != nil {
			t.Fatal(path, err)
		}
		projects[rel] = fmt.Sprintf("[project]\nname = %q\nversion = \"0\"\nrequires-python = %q\n", p.Name, l.RequiresPython) +
			tables("project.optional-dependencies", m.Extras) + tables("dependency-groups", m.Groups)
		if rel != "." {
			members = append(members, fmt.Sprintf("%q", filepath.ToSlash(rel)))
		}
	}
	if projects["."] == "" {
		projects["."] = tables("dependency-groups", l.Groups)
	}
	if len(members) > 0 {
		projects["."] += "[tool.uv.workspace]\nmembers = [" + strings.Join(members, ", ") + "]\n"
	}
	for rel, text := range projects {
		files.write(filepath.Join(rel, "pyproject.toml"), text)
	}
	return l
}

// tables is a table of a pyproject.toml with an empty list for each name.
func tables(name string, lists map[string][]lock.Dependency) string {
	text := "[" + name + "]\n"
	for name := range lists {
		text += name + " = []\n"
	}
	return text
}

// judge compares lamella's choice with the selection.
func judge(q question, tt target.Target, want selection) (outcome, difference string) {
	r, err := resolve.Resolve(context.Background(), q.lock, tt, q.way.options, nil)
	if want.Invalid != "" { // a package without any file
		if err == nil {
			return "", fmt.Sprintf("lamella takes %d distributions; packaging: %s", len(r.Distributions), want.Invalid)
		}
		return "both refuse", ""
	}
	if want.Error != "" {
		if err == nil {
			return "", fmt.Sprintf("lamella takes %d distributions; packaging: %s", len(r.Distributions), want.Error)
		}
		return "both refuse", ""
	}
	// The members of a workspace without a root project are all projects
	// themselves, which a layer leaves out; uv exports them.
	want.Files = slices.DeleteFunc(want.Files, func(file string) bool {
		return q.way.options.Package == "" &&
			slices.ContainsFunc(q.lock.Packages, func(p lock.Package) bool { return p.Root && file == p.Name+" build" })
	})
	needsBuild := slices.ContainsFunc(want.Files, func(file string) bool { return strings.HasSuffix(file, " build") })
	if err != nil {
		unhashed := slices.ContainsFunc(q.lock.Packages, func(p lock.Package) bool {
			return slices.ContainsFunc(p.Files, func(f lock.File) bool { return len(f.Hashes) == 0 })
		})
		switch {
		case needsBuild:
			return "something to build, which lamella refuses", ""
		case unhashed:
			return "no hash, which lamella refuses", ""
		}
		return "", "lamella refuses it: " + err.Error() + "\n" + strings.Join(fault.Details(err), "\n")
	}
	if needsBuild {
		return "", "lamella takes wheels only; packaging: " + strings.Join(want.Files, ", ")
	}
	var got []string
	for _, d := range r.Distributions {
		got = append(got, d.Name+" "+d.Hash.Hex())
	}
	slices.Sort(got)
	if !slices.Equal(got, want.Files) {
		return "", fmt.Sprintf("lamella takes\n%s\npackaging selects\n%s", strings.Join(got, "\n"), strings.Join(want.Files, "\n"))
	}
	return "the same files", ""
}
