package oracletest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/testenv"
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

// TestUVLocks compares the files that lamella takes from each lock of uv's own
// tests, for four Pythons and both architectures, with what is selected from
// uv's export of it. LAMELLA_TEST_LONG=1 runs all of them, else a sample.
func TestUVLocks(t *testing.T) {
	uv := newTool(t, "uv", "UV_NO_CONFIG=1")
	dir := filepath.Join(testenv.Root(), "..", "shared", "vectors", "uvlocks")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("no outside test data: ", err)
	}
	step := 12
	if os.Getenv("LAMELLA_TEST_LONG") != "" {
		step = 1
	}
	var all []target.Target
	for _, runtime := range []string{"python3.10", "python3.11", "python3.12", "python3.13"} {
		all = append(all, targets(t, runtime+"/x86_64", runtime+"/arm64")...)
	}
	var locks []*lock.Lock
	var exports []string
	refused := map[string]int{}
	for i := 0; i < len(entries); i += step {
		if entries[i].Name() == "inline-lock-lock-204.lock" {
			continue // a version in its markers was made illegible, "3.12.[X]"
		}
		l, err := readVector(t, filepath.Join(dir, entries[i].Name()))
		if err != nil || len(l.Members) == 0 {
			refused["no lock of a project"]++
			continue
		}
		export, reason := exportUV(t, uv, l)
		if reason != "" {
			refused[reason]++
			continue
		}
		locks, exports = append(locks, l), append(exports, export)
	}
	t.Logf("%d locks are compared; uv does not export: %v", len(locks), refused)
	outcomes := map[string]int{}
	for i, rows := range selectFiles(t, exports, all) {
		for j, want := range rows {
			outcome, difference := judge(locks[i], all[j], want)
			if difference != "" {
				t.Errorf("%s for %s: %s", locks[i].Name, all[j], difference)
			}
			outcomes[outcome]++
		}
	}
	t.Logf("%v", outcomes)
}

// readVector reads a lock in a folder of its own, the addresses in it that were
// made illegible made legible.
func readVector(t *testing.T, path string) (*lock.Lock, error) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.ReplaceAll(content, []byte("[LOCALHOST]"), []byte("127.0.0.1:9"))
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(copied, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return lock.Read(copied)
}

// exportUV lets uv export a lock as a pylock.toml. It needs the projects around
// the lock, of which it looks at the names only.
func exportUV(t *testing.T, uv *tool, l *lock.Lock) (export, reason string) {
	t.Helper()
	root := t.TempDir()
	from := filepath.Dir(l.Path)
	if abs, err := filepath.Abs(from); err == nil {
		from = abs
	}
	projects := map[string]string{}
	var members []string
	for _, m := range l.Members {
		p := &l.Packages[m.Package]
		rel, err := filepath.Rel(from, p.Source.Location)
		if err != nil || strings.HasPrefix(rel, "..") {
			return "", "a member outside"
		}
		text := fmt.Sprintf("[project]\nname = %q\nversion = \"0\"\nrequires-python = %q\n", p.Name, l.RequiresPython)
		projects[rel] = text
		if rel != "." {
			members = append(members, fmt.Sprintf("%q", filepath.ToSlash(rel)))
		}
	}
	if len(members) > 0 {
		projects["."] += "[tool.uv.workspace]\nmembers = [" + strings.Join(members, ", ") + "]\n"
	}
	for rel, text := range projects {
		folder := filepath.Join(root, rel)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "pyproject.toml"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "uv.lock"), l.Manifest, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := uv.try(root, "export", "--frozen", "--offline", "--no-default-groups", "--no-emit-project", "--format", "pylock.toml", "--no-header", "--quiet", "--preview")
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
		if len(first) > 100 {
			first = first[:100]
		}
		return "", "uv: " + first
	}
	return out, ""
}

// judge compares lamella's choice with the selection.
func judge(l *lock.Lock, tt target.Target, want selection) (outcome, difference string) {
	r, err := resolve.Resolve(context.Background(), l, tt, resolve.Options{}, nil)
	if want.Invalid != "" {
		return "uv's export is not valid", ""
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
		return slices.ContainsFunc(l.Packages, func(p lock.Package) bool { return p.Root && file == p.Name+" build" })
	})
	needsBuild := slices.ContainsFunc(want.Files, func(file string) bool { return strings.HasSuffix(file, " build") })
	if err != nil {
		text := err.Error() + "\n" + strings.Join(fault.Details(err), "\n")
		switch {
		case needsBuild:
			return "something to build, which lamella refuses", ""
		case strings.Contains(text, "states no hash"):
			return "no hash, which lamella refuses", ""
		}
		return "", "lamella refuses it: " + text
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
