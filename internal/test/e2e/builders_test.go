package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// tools are the builders that install, each with its lock file.
var tools = map[string]string{"pip": "requirements.txt", "poetry": "poetry.lock", "uv": "uv.lock"}

// eachTool runs test for every tool with locks for this machine.
func eachTool(t *testing.T, locks []string, test func(t *testing.T, tool string, l lockFile)) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the tools install for Linux on x86_64")
	}
	for _, name := range locks {
		for tool := range tools {
			l := lock(name + "-python3.11-x86_64")
			t.Run(tool+"-"+l.name, func(t *testing.T) {
				if l.name != "small" {
					testenv.Heavy(t)
				}
				test(t, tool, l)
			})
		}
	}
}

// toolPath returns the program of a tool, with a Python of the lock's version.
func toolPath(t *testing.T, tool string, l lockFile) (program, python string) {
	t.Helper()
	python = testenv.Interpreter(t, l.runtime)
	if path, err := exec.LookPath(python); err == nil {
		python = path
	}
	switch tool {
	case "uv":
		return testenv.Tool(t, "uv"), python
	case "poetry":
		path := filepath.Join(testenv.Root(), ".venv-poetry", "bin", "poetry")
		if _, err := os.Stat(path); err != nil {
			testenv.Missing(t, "no Poetry in .venv-poetry: run make test")
		}
		return path, python
	}
	pip := testenv.Tool(t, "pip")
	if out, err := exec.Command(pip, "--version").Output(); err != nil || !strings.Contains(string(out), "(python "+strings.TrimPrefix(l.runtime, "python")+")") {
		testenv.Without(t, testenv.Part(l.runtime), "the pip in .venv-test is not of "+l.runtime+": make PYTHON="+l.runtime)
	}
	return pip, python
}

// toolProject makes a project whose lock file the tool reads, with the versions
// of l, from an index.
func toolProject(t *testing.T, tool string, l lockFile, index *testindex.Server) string {
	t.Helper()
	if tool == "pip" {
		return project(t, l)
	}
	program, python := toolPath(t, tool, l)
	dir := t.TempDir()
	var pyproject strings.Builder
	fmt.Fprintf(&pyproject, "[project]\nname = \"project\"\nversion = \"1.0\"\nrequires-python = \"==3.11.*\"\ndependencies = [\n")
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
		if pin, _, ok := strings.Cut(scanner.Text(), " "); ok && strings.Contains(pin, "==") {
			fmt.Fprintf(&pyproject, "  %q,\n", pin)
		}
	}
	pyproject.WriteString("]\n")
	if tool == "poetry" {
		fmt.Fprintf(&pyproject, "[tool.poetry]\npackage-mode = false\n[[tool.poetry.source]]\nname = \"main\"\nurl = %q\npriority = \"primary\"\n", index.Index)
	}
	if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte(pyproject.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	env := cleanEnv(t, "", "PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"))
	if tool == "uv" {
		run(t, dir, env, program, "lock", "--quiet", "--python", python, "--default-index", index.Index)
	} else {
		run(t, dir, env, program, "lock", "--quiet")
	}
	return dir
}

// toolArgs is the command line that has the tool build l.
func toolArgs(t *testing.T, tool string, l lockFile, index, zip string) []string {
	program, _ := toolPath(t, tool, l)
	return append(l.buildArgs(index, zip), "--name", "project", "--builder", tool, "--builder-path", program)
}

// What a tool installs makes one zip, whatever the year, the folder, the umask
// and the caches, and leaves the project as it is. Its files are those that the
// native builder takes from the wheels.
func TestToolsBuildOneZip(t *testing.T) {
	eachTool(t, []string{"small", "web", "data", "aws"}, func(t *testing.T, tool string, l lockFile) {
		index := serveWheels(t, l)
		dir := toolProject(t, tool, l, index)
		_, python := toolPath(t, tool, l)
		before := treeFiles(t, dir)
		var zips, digests []string
		for _, year := range []string{"2019-03-05 07:09:11", "2031-12-24 23:59:58"} {
			clone := filepath.Join(t.TempDir(), "in "+year[:4], "project")
			if err := os.CopyFS(clone, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			zip := filepath.Join(t.TempDir(), "layer.zip")
			env := cleanEnv(t, t.TempDir(), "PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"))
			umask := map[bool]string{true: "umask 077", false: "umask 022"}[len(zips) > 0]
			args := atTime(t, year, append([]string{"sh", "-c", umask + `; exec "$0" "$@"`, binary}, toolArgs(t, tool, l, index.Index, zip)...)...)
			run(t, clone, env, args[0], args[1:]...)
			zips, digests = append(zips, zip), append(digests, fileDigest(t, zip))
			if after := treeFiles(t, clone); !sameFiles(before, after) {
				t.Error("the project's folder is not as it was")
			}
		}
		if digests[0] != digests[1] {
			t.Errorf("two builds, two zips: %s", digests)
		}
		t.Logf("sha256 %s, twice", digests[0])
		native := filepath.Join(t.TempDir(), "native.zip")
		mustLamella(t, dir, cleanEnv(t, t.TempDir()), append(l.buildArgs(index.Index, native), "--name", "project", "--lock", tools[tool])...)
		equalLayers(t, tool, native, zips[0])
	})
}

// atTime returns the command line by which programs see another time; args where
// there is no faketime.
func atTime(t *testing.T, time string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("faketime"); err != nil {
		if testenv.All() {
			testenv.Without(t, testenv.Faketime, "no faketime (Debian: apt install faketime)")
		}
		t.Log("no faketime (Debian: apt install faketime): the clock is the true one")
		return args
	}
	return append([]string{"faketime", "--exclude-monotonic", time}, args...)
}

func sameFiles(a, b map[string][]byte) bool {
	return len(a) == len(b) && !slices.ContainsFunc(union(a, b), func(name string) bool {
		_, both := b[name]
		return !both || !bytes.Equal(a[name], b[name])
	})
}

// equalLayers compares the files of the native layer with those of a tool.
func equalLayers(t *testing.T, tool, native, installed string) {
	t.Helper()
	ours, theirs := zipFiles(t, native), zipFiles(t, installed)
	equal, sorted := 0, 0
	if tool == "poetry" { // it installs no bytecode that a wheel has
		for name := range ours {
			if strings.Contains(name, "__pycache__/") {
				t.Logf("Poetry leaves out %s", name)
				delete(ours, name)
			}
		}
	}
	for _, name := range union(ours, theirs) {
		a, inOurs := ours[name]
		b, inTheirs := theirs[name]
		switch {
		case !inOurs:
			t.Errorf("only the tool's layer has %s", name)
		case !inTheirs:
			t.Errorf("only the native layer has %s", name)
		case bytes.Equal(a, b):
			equal++
		case filepath.Base(name) == "RECORD" && sameInstalled(tool, a, b):
			sorted++
		default:
			t.Errorf("%s differs", name)
		}
	}
	t.Logf("%d files equal, %d RECORDs with the same rows, which the tool wrote anew", equal, sorted)
}

// sameInstalled reports whether two RECORD files list the same files.
func sameInstalled(tool string, a, b []byte) bool {
	rows := func(record []byte) []string {
		return slices.DeleteFunc(recordRows(lockFile{}, record), func(row string) bool {
			return tool == "poetry" && strings.Contains(row, "__pycache__/")
		})
	}
	return slices.Equal(rows(a), rows(b))
}
