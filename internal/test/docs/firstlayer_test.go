package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// temporary is a folder for all tests.
var temporary string

func TestMain(m *testing.M) {
	var err error
	if temporary, err = os.MkdirTemp("", "lamella-docs-"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(temporary)
	os.Exit(status)
}

// needed are the wheels that the projects of docs/first-layer.md require.
var needed = []string{"httpx-0", "anyio-4", "certifi-2026.10.18-", "h11-0", "httpcore-1", "idna-3", "typing_extensions-4"}

// packageIndex starts an index of lamella's own wheel, made of the binary of this
// machine, and of the needed ones.
func packageIndex(t *testing.T) *testindex.Server {
	t.Helper()
	folder := t.TempDir()
	wheels := testenv.Wheels(t, "web-python3.13-x86_64.txt")
	for _, name := range needed {
		found, err := filepath.Glob(filepath.Join(wheels, name+"*.whl"))
		if err != nil || len(found) != 1 {
			t.Fatalf("wheels of %s: %v", name, found)
		}
		content, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(found[0])), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wheel, err := builtWheel()
	if err != nil {
		t.Fatal(err)
	}
	return testindex.Start(t, folder, wheel)
}

// builtWheel returns the folder of the wheel of this machine, which is built once.
var builtWheel = sync.OnceValues(func() (string, error) {
	binaries := filepath.Join(temporary, "binaries")
	if err := os.Mkdir(binaries, 0o755); err != nil {
		return "", err
	}
	for _, words := range [][]string{
		{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X github.com/lamella-build/lamella/internal/cli.Version=v1.2.3", "-o", filepath.Join(binaries, "lamella-"+runtime.GOOS+"-"+runtime.GOARCH), "./cmd/lamella"},
		{"run", "./tools/release", "-version", "1.2.3", "-binaries", binaries, "-out", filepath.Join(binaries, "out"), "-wheel", runtime.GOOS + "/" + runtime.GOARCH},
	} {
		build := exec.Command("go", words...)
		build.Dir = testenv.Root()
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
	}
	return filepath.Join(binaries, "out"), nil
})

// Somebody without Go installs the wheel with their own installer, and has a layer of a
// fresh project after at most five commands. make test leaves out the slowest tools.
func TestFirstLayer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the page's commands are of a Unix shell")
	}
	tools := map[string]string{"uv": testenv.Tool(t, "uv"), "poetry": testenv.Tool(t, "poetry"), "pdm": testenv.Tool(t, "pdm"), "pipenv": testenv.Tool(t, "pipenv")}
	index := packageIndex(t)
	for _, s := range sections(t, "docs/first-layer.md") {
		t.Run(s.heading, func(t *testing.T) {
			if s.heading == "PDM" || s.heading == "Pipenv" {
				testenv.Heavy(t)
			}
			t.Parallel()
			if len(s.commands) > 5 {
				t.Errorf("%d commands, more than five", len(s.commands))
			}
			home := t.TempDir()
			env := freshMachine(t, home, tools, index)
			for i, r := range run(t, home, env, s.commands) {
				c := s.commands[i]
				if r.status != "0" || !shows(r.output, c.output) {
					t.Errorf("docs/first-layer.md:%d: %s\nexit status %s, printed:\n%s", c.line, c.text, r.status, strings.Join(r.output, "\n"))
				}
			}
		})
	}
}

// freshMachine returns the environment of a machine without Go, on which somebody has a
// virtual environment and their tools, all of which use the index instead of PyPI.
func freshMachine(t *testing.T, home string, tools map[string]string, index *testindex.Server) []string {
	t.Helper()
	venv, bin := filepath.Join(home, "venv"), filepath.Join(home, "bin")
	if out, err := exec.Command(testenv.Tool(t, "python"), "-m", "venv", "--without-pip", venv).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	usePip(t, venv)
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, path := range tools {
		script := "#!/bin/sh\n\"" + path + "\" \"$@\" || exit\n"
		if name == "poetry" { // no variable has it use another index than PyPI
			script += "[ \"$1\" != new ] || printf '[[tool.poetry.source]]\\nname = \"test\"\\nurl = \"" + index.Index + "\"\\n' >>shop/pyproject.toml\n"
		}
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return []string{
		"HOME=" + home, "VIRTUAL_ENV=" + venv, "TMPDIR=" + t.TempDir(),
		"PATH=" + strings.Join([]string{filepath.Join(venv, "bin"), bin, filepath.Join(home, ".local", "bin"), "/usr/bin", "/bin"}, ":"),
		"PIP_INDEX_URL=" + index.Index, "PIP_DISABLE_PIP_VERSION_CHECK=1", "UV_DEFAULT_INDEX=" + index.Index, "UV_PYTHON_DOWNLOADS=never",
		"PDM_PYPI_URL=" + index.Index, "PDM_CHECK_UPDATE=0", "PIPENV_PYPI_MIRROR=" + index.Index, "PIPENV_IGNORE_VIRTUALENVS=1",
		"POETRY_KEYRING_ENABLED=false", "POETRY_NO_INTERACTION=1", "POETRY_VIRTUALENVS_CREATE=false",
	}
}

// usePip has a virtual environment use the pip of the tests: that of an old Python has no
// `pip lock`.
func usePip(t *testing.T, venv string) {
	t.Helper()
	packages, err := filepath.Glob(filepath.Join(testenv.Root(), ".venv-test", "lib", "python*", "site-packages", "pip*"))
	if err != nil || len(packages) == 0 {
		t.Fatalf("no pip in .venv-test: %v", err)
	}
	for _, path := range packages {
		site := filepath.Join(venv, "lib", filepath.Base(filepath.Dir(filepath.Dir(path))), "site-packages")
		if err := os.Symlink(path, filepath.Join(site, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!" + filepath.Join(venv, "bin", "python") + "\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
	if err := os.WriteFile(filepath.Join(venv, "bin", "pip"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// The module finds the program that was installed with it, wherever the installer put it.
// Without a program it says so.
func TestModuleFindsItsProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folders are those of Unix")
	}
	index := packageIndex(t)
	home := t.TempDir()
	env := append(freshMachine(t, home, map[string]string{"uv": testenv.Tool(t, "uv")}, index), "PYTHONUSERBASE="+filepath.Join(home, "user"),
		"BASE="+basePython(t), "PIP_BREAK_SYSTEM_PACKAGES=1")
	found := "import lamella; print(lamella.find_binary(), lamella.version().version)"
	var commands []command
	for _, text := range []string{
		`pip install -q --target target lamella && cd / && PYTHONPATH=$HOME/target python -c "` + found + `"`,
		`cd && uv pip install -q --target uvtarget lamella && PYTHONPATH=$HOME/uvtarget python -c "` + found + `"`,
		`pip install -q --prefix prefix lamella && PYTHONPATH=$(echo $HOME/prefix/lib/python*/site-packages) python -c "` + found + `"`,
		`pip --python "$BASE" install -q --user --no-warn-script-location lamella && VIRTUAL_ENV= "$BASE" -c "` + found + `"`,
		`pip install -q lamella && "$VIRTUAL_ENV/bin/python" -c "` + found + `"`,
		`python -m lamella --version`,
		`cp -r venv/lib/python*/site-packages/lamella alone-lamella && mkdir alone && mv alone-lamella alone/lamella && pip uninstall -qy lamella`,
		`! PYTHONPATH=alone python -m lamella --version`,
		`ln -s $HOME/user/bin/lamella bin/lamella && PYTHONPATH=alone python -c "` + found + `"`,
	} {
		commands = append(commands, command{text: text})
	}
	results := run(t, home, env, commands)
	for i, want := range []string{"/target/bin/lamella v1.2.3", "/uvtarget/bin/lamella v1.2.3", "/prefix/bin/lamella v1.2.3", "/user/bin/lamella v1.2.3",
		"/venv/bin/lamella v1.2.3", "lamella v1.2.3 ", "", "hint: python -m pip install", "/bin/lamella v1.2.3"} {
		if r := results[i]; r.status != "0" || !strings.Contains(strings.Join(r.output, "\n"), want) {
			t.Errorf("%s\nexit status %s, no %q in:\n%s", commands[i].text, r.status, want, strings.Join(r.output, "\n"))
		}
	}
}

// basePython returns the interpreter that the virtual environment of the tests is of.
func basePython(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(testenv.Tool(t, "python"), "-c", "import sys; print(sys._base_executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
