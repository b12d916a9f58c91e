package e2e

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/target"
)

// With the same inputs, the local builders of the original tool and lamella's
// by the same program make the same tree, but for what differs says.
func TestToolsBuildWhatTheOriginalBuilds(t *testing.T) {
	python := testenv.Tool(t, "python")
	if !hasInterop(python) {
		testenv.Without(t, "python3.11", "the original tool is not in .venv-test: it needs Python 3.11 (make PYTHON=python3.11)")
	}
	eachTool(t, []string{"small", "web", "data", "aws"}, func(t *testing.T, tool string, l lockFile) {
		index := serveWheels(t, l)
		dir := toolProject(t, tool, l, index)
		program, interpreter := toolPath(t, tool, l)
		if _, err := os.Stat(filepath.Join(dir, "pyproject.toml")); err != nil {
			if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte("[project]\nname = \"project\"\nversion = \"1.0\"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		zip := filepath.Join(t.TempDir(), "layer.zip")
		env := cleanEnv(t, t.TempDir(), "PATH="+filepath.Dir(interpreter)+":"+os.Getenv("PATH"),
			"PIP_INDEX_URL="+index.Index, "UV_DEFAULT_INDEX="+index.Index, "UV_PYTHON="+interpreter)
		mustLamella(t, dir, env, toolArgs(t, tool, l, index.Index, zip)...)
		said := strings.TrimSpace(run(t, dir, env, python, filepath.Join(testenv.Root(), "internal/test/e2e/testdata/python/original_builders.py"), tool, program, dir))
		theirs := treeFiles(t, said[strings.LastIndex(said, "\n")+1:])
		ours := zipFiles(t, zip)

		reasons := map[string]int{}
		foreign := otherGlibc(t, l, theirs)
		for _, name := range union(ours, theirs) {
			a, inOurs := ours[name]
			b, inTheirs := theirs[name]
			if inOurs && inTheirs && bytes.Equal(a, b) {
				reasons["equal"]++
			} else if reason := originalDiffers(l, name, a, b, inOurs, inTheirs, foreign); reason != "" {
				reasons[reason]++
			} else {
				t.Errorf("%s: in lamella's layer: %v, in the original's: %v", name, inOurs, inTheirs)
			}
		}
		for reason, files := range reasons {
			t.Logf("%5d files: %s", files, reason)
		}
	})
}

// originalDiffers returns why a file may differ from the original tool's, "" if
// it may not. foreign are the folders of distributions of which the original
// has a wheel that the target cannot load.
func originalDiffers(l lockFile, name string, ours, theirs []byte, inOurs, inTheirs bool, foreign []string) string {
	base, inInfo := path.Base(name), strings.Contains(name, ".dist-info/")
	switch {
	case l.excluded(name):
		return "left out with " + strings.Join(l.excludes(), " ")
	case strings.Contains(name, "__pycache__/") && inTheirs: // also instead of what a wheel has
		return "bytecode, which holds the time of its source"
	case strings.HasPrefix(name, "bin/") && !inOurs:
		return "script: not on PATH in Lambda, and names the installing machine's Python"
	case inInfo && slices.Contains([]string{"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}, base) && !inOurs:
		return "what the installer notes about its run"
	case (base == "_virtualenv.py" || base == "_virtualenv.pth") && !inOurs:
		return "uv's patch of virtual environments"
	case (strings.HasPrefix(name, "pip/") || strings.HasPrefix(name, "pip-")) && !inOurs:
		return "pip, which Poetry puts into every virtual environment"
	case slices.ContainsFunc(foreign, func(folder string) bool { return strings.HasPrefix(name, folder) }):
		return "the original took a wheel for this machine's glibc, which the target does not have"
	case inInfo && base == "RECORD" && inOurs && inTheirs && sameRecords(l, dropRows(ours), dropRows(theirs)):
		return "RECORD with rows for what is left out"
	}
	return ""
}

// dropRows takes out of a RECORD what an installer adds.
func dropRows(record []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(record) {
		name, _, _ := strings.Cut(string(line), ",")
		if strings.Contains(name, "__pycache__/") || strings.HasSuffix(name, ".dist-info/INSTALLER") || strings.HasSuffix(name, ".dist-info/REQUESTED") ||
			strings.HasSuffix(name, ".dist-info/uv_cache.json") {
			continue
		}
		kept = append(kept, line...)
	}
	return kept
}

// otherGlibc returns the top folders of distributions whose wheels are for a
// newer glibc than the target's.
func otherGlibc(t *testing.T, l lockFile, files map[string][]byte) []string {
	t.Helper()
	lambda, err := target.Parse(l.runtime, l.arch)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for name, content := range files {
		if path.Base(name) != "WHEEL" || fitsTarget(lambda.Ranking(), content) {
			continue
		}
		for line := range bytes.Lines(files[path.Dir(name)+"/RECORD"]) {
			folder, _, _ := strings.Cut(string(line), "/")
			folders = append(folders, folder+"/")
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

func fitsTarget(ranking *pep425.Ranking, wheel []byte) bool {
	for line := range bytes.Lines(wheel) {
		tag, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "Tag: ")
		if !ok {
			continue
		}
		if _, fits := ranking.BestOfName("any-1-" + tag + ".whl"); fits {
			return true
		}
	}
	return false
}
