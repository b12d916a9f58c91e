package lock

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/target"
)

func python313(t *testing.T) target.Target {
	t.Helper()
	tt, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	return tt
}

// The command to pin with names the user's own files, and moves requirements
// that are no lock out of the lock's way.
func TestCompileCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("there.in", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	const options = " --generate-hashes --only-binary :all: --python-version 3.13 --python-platform x86_64-manylinux_2_34 -o "
	for path, want := range map[string]string{
		"there.txt":      "uv pip compile there.in" + options + "there.txt",
		"there.in":       "uv pip compile there.in" + options + "there.txt",
		"new.txt":        "uv pip compile new.txt" + options + "new-locked.txt  # then use --lock new-locked.txt",
		"a b/new.txt":    "uv pip compile 'a b/new.txt'" + options + "'a b/new-locked.txt'  # then use --lock 'a b/new-locked.txt'",
		"requirements-x": "uv pip compile requirements-x" + options + "requirements-x-locked.txt  # then use --lock requirements-x-locked.txt",
	} {
		if got := CompileCommand(path, python313(t)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// The command that pins requirements reads a file of the user, and writes neither that file
// nor one that is no output of requirements.in. No file is renamed.
func TestPinningKeepsTheUsersFiles(t *testing.T) {
	const ranges = "six>=1\n"
	for _, c := range []struct {
		files                map[string]string
		source, output, then string
	}{
		{map[string]string{"requirements.txt": ranges}, "requirements.txt", "requirements-locked.txt", "  # then use --lock requirements-locked.txt"},
		{map[string]string{"requirements.txt": ranges, "requirements.in": ranges}, "requirements.in", "requirements.txt", ""},
		{map[string]string{"requirements.in": ranges}, "requirements.in", "requirements.txt", ""},
	} {
		t.Chdir(write(t, c.files))
		want := "uv pip compile " + c.source + " --generate-hashes --only-binary :all: --python-version 3.13 --python-platform x86_64-manylinux_2_34 -o " + c.output + c.then
		got := strings.TrimPrefix(strings.Join(CreateHints(".", python313(t)), "\n"), "create the lock file: ")
		if l, err := Read("requirements.txt"); err == nil {
			got = l.Compile(python313(t))
		}
		if got != want {
			t.Errorf("%v: got %s, want %s", c.files, got, want)
		}
	}
}

// What a folder without a lock has decides which tool locks it.
func TestCreateHints(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  []string
	}{
		{map[string]string{"README": ""}, nil},
		{map[string]string{"pyproject.toml": "[project]\n"}, []string{"create the lock file: uv lock"}},
		{map[string]string{"pyproject.toml": "[tool.poetry]\n"}, []string{"create the lock file: poetry lock"}},
		{map[string]string{"pyproject.toml": "[tool.pdm.build]\n", "requirements.in": ""}, []string{"create the lock file: pdm lock",
			"or create the lock file: uv pip compile requirements.in --generate-hashes --only-binary :all: --python-version 3.13 --python-platform x86_64-manylinux_2_34 -o requirements.txt"}},
		{map[string]string{"Pipfile": ""}, []string{"create the lock file: pipenv lock"}},
	} {
		t.Chdir(write(t, c.files))
		if got := CreateHints(".", python313(t)); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %q, want %q", c.files, got, c.want)
		}
	}
	dir := filepath.Join(t.TempDir(), "my app")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, want := CreateHints(dir, python313(t)), []string{"create the lock file: cd '" + dir + "' && uv lock"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	t.Chdir(write(t, map[string]string{
		"uv.lock":                "version = 1\nrequires-python = \">=3.9\"\n[manifest]\nmembers = [\"api\", \"jobs\"]\n" + member("api") + member("jobs"),
		"src/api/pyproject.toml": "[project]\nname = \"API\"\n",
		"other/pyproject.toml":   "[project]\nname = \"other\"\n",
	}))
	for project, want := range map[string]string{
		"src/api": "use the lock file of the workspace: lamella COMMAND --lock uv.lock --package api",
		"other":   "create the lock file: cd other && uv lock",
	} {
		if got := CreateHints(project, python313(t)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", project, got, want)
		}
	}
}

func member(name string) string {
	return "[[package]]\nname = \"" + name + "\"\nversion = \"1\"\nsource = { virtual = \"src/" + name + "\" }\n"
}
