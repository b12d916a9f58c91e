package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/target"
)

// write writes files, named by their slash-separated paths, to a new folder.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// wantFault checks the kind of err and that its message and hints have the given texts.
func wantFault(t *testing.T, err error, kind fault.Kind, message, hint string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a fault", err)
	}
	if catalogue.KindOf(err) != kind {
		t.Errorf("kind %d, want %d", catalogue.KindOf(err), kind)
	}
	if !strings.Contains(err.Error(), message) {
		t.Errorf("message %q does not say %q", err, message)
	}
	if hints := strings.Join(fault.Hints(err), "\n"); !strings.Contains(hints, hint) {
		t.Errorf("hints %q do not say %q", hints, hint)
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name          string
		files         []string
		want          string
		kind          fault.Kind
		message, hint string
	}{
		{name: "uv", files: []string{"uv.lock", "pyproject.toml", "requirements.in"}, want: "uv.lock"},
		{name: "requirements", files: []string{"requirements.txt", "requirements-dev.txt"}, want: "requirements.txt"},
		{name: "a pylock.toml with a name", files: []string{"pylock.dev.toml", "pylock..toml"}, want: "pylock.dev.toml"},
		{name: "a pylock.toml with a name beside another lock", files: []string{"pylock.lambda.toml", "uv.lock"}, want: "uv.lock"},
		{name: "two", files: []string{"requirements.txt", "uv.lock"}, kind: fault.Usage, message: "uv.lock, requirements.txt", hint: "--lock "},
		{name: "none", files: []string{"README"}, kind: fault.Lock, hint: "path/to/project"},
		{name: "none, with a setup.py", files: []string{"setup.py"}, kind: fault.Lock, hint: "setup.py --generate-hashes "},
		{name: "none, with conda's file", files: []string{"environment.yml"}, kind: fault.Lock, hint: "requirements.in --generate-hashes "},
		{name: "none, with a project", files: []string{"pyproject.toml"}, kind: fault.Lock, hint: " && uv lock"},
		{name: "none, with requirements", files: []string{"requirements.in"}, kind: fault.Lock, hint: "requirements.in --generate-hashes "},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for _, name := range c.files {
				files[name] = ""
			}
			dir := write(t, files)
			got, err := Find(dir, python313(t))
			if c.want == "" {
				wantFault(t, err, c.kind, c.message, c.hint)
			} else if err != nil || got != filepath.Join(dir, c.want) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestFindProject(t *testing.T) {
	for _, marker := range []string{"uv.lock", "pylock.toml", "lamella.toml", "pyproject.toml", "requirements.in", "setup.py", "environment.yml"} {
		dir := write(t, map[string]string{marker: "", "src/deep/README": "", "src/uv.lock/README": ""})
		deep := filepath.Join(dir, "src", "deep")
		if got, ok := FindProject(deep); !ok || filepath.Clean(got) != dir {
			t.Errorf("%s: got %s, %v", marker, got, ok)
		}
		t.Chdir(deep)
		if got, ok := FindProject("."); !ok || got != filepath.Join("..", "..") {
			t.Errorf("%s: got %s, %v", marker, got, ok)
		}
	}
}

// TestFindAmongManyFiles bounds what Find does for each of the files beside the
// lock: next to nothing beyond the listing of the folder.
func TestFindAmongManyFiles(t *testing.T) {
	dir := t.TempDir()
	const files = 5000
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("requirements-%d.txt.lock", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "uv.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list := testing.AllocsPerRun(1, func() {
		if _, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
	})
	find := testing.AllocsPerRun(1, func() {
		if found, err := Find(dir, target.Target{}); err != nil || filepath.Base(found) != "uv.lock" {
			t.Fatal(found, err)
		}
	})
	// With the race detector the runtime itself allocates twice for each.
	if more := find - list; more > files*5/2 {
		t.Errorf("Find allocates %.0f times beyond the listing of %d files", more, files)
	}
}

func TestFindInNoFolder(t *testing.T) {
	dir := write(t, map[string]string{"uv.lock": ""})
	_, err := Find(filepath.Join(dir, "absent"), python313(t))
	wantFault(t, err, fault.Usage, "absent", "")
	_, err = Find(filepath.Join(dir, "uv.lock"), python313(t))
	wantFault(t, err, fault.Usage, "uv.lock", "--lock ")
}

const emptyUV = "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n"

func TestFormatOf(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          Format // "": none
	}{
		{"uv.lock", "", UV},
		{"script.py.lock", emptyUV, UV},
		{"production.lock", emptyUV, UV},
		{"requirements.txt", emptyUV, Requirements},
		{"requirements-prod.txt", "six==1.17.0\n", Requirements},
		{"base.in", "six\n", Requirements},
		{"requirements.lock", "six==1.17.0\n", Requirements},
		{"poetry.lock", "", Poetry},
		{"old-poetry.lock", "[metadata]\nlock-version = \"2.1\"\n", Poetry},
		{"pylock.toml", "", Pylock},
		{"pylock.dev.toml", "", Pylock},
		{"pdm.lock", "", PDM},
		{"other.lock", "[metadata]\nlock_version = \"4.5.1\"\n", PDM},
		{"Pipfile.lock", "{}", Pipenv},
		{"setup.py", "import setuptools\n", ""},
	} {
		f, ok := formatOf(c.name, []byte(c.content))
		if f.name != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, want %q", c.name, f.name, c.want)
		}
	}
}

func TestReadRefusals(t *testing.T) {
	for _, c := range []struct{ name, file, content, message, hint string }{
		{"absent", "uv.lock", "", "uv.lock", "--lock"},
		{"unknown", "setup.py", "import setuptools\n", "setup.py", "uv.lock, poetry.lock, "},
		{"cut short", "poetry.lock", "[metadata]\nlock-version = \"2.1", "poetry.lock:2: ", "poetry lock"},
		{"cut short, JSON", "Pipfile.lock", "{\n  \"_meta\": {\n", "Pipfile.lock:3: ", "pipenv lock"},
		{"damaged JSON", "Pipfile.lock", "{\n  \"_meta\": {a}\n}", "column 13", "pipenv lock"},
		{"empty", "pdm.lock", " \n", "lock", "pdm lock"},
		{"empty, JSON", "Pipfile.lock", "\n", "lock", "pipenv lock"},
		{"UTF-16", "Pipfile.lock", "\xff\xfe{\x00", "UTF-16", "iconv -f UTF-16 "},
		{"another lock under this name", "poetry.lock", emptyUV, "uv.lock", "poetry lock"},
		{"another lock under this name", "uv.lock", "[metadata]\nlock-version = \"2.1\"\n", "poetry.lock", "poetry.lock"},
		{"another lock under this name", "pdm.lock", "[metadata]\nlock-version = \"2.1\"\n", "poetry.lock", "pdm lock"},
		{"another lock under this name", "pylock.toml", "[metadata]\nlock_version = \"4.5\"\n", "pdm.lock", "pdm.lock"},
		{"something else under this name", "poetry.lock", "a = 1\n", "metadata.lock-version", "poetry lock"},
		{"something else under this name", "Pipfile.lock", "{}", "_meta", "pipenv lock"},
		{"merge", "uv.lock", emptyUV + "<<<<<<< HEAD\n", "uv.lock:4: ", " && git checkout --ours uv.lock && uv lock"},
		{"merge in the first line", "requirements.txt", "<<<<<<< HEAD\r\nsix==1\r\n", "requirements.txt:1: ", "git checkout --ours requirements.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			if c.content != "" {
				files[c.file] = c.content
			}
			_, err := Read(filepath.Join(write(t, files), c.file))
			wantFault(t, err, fault.Lock, c.message, c.hint)
		})
	}
}

func TestLocations(t *testing.T) {
	for location, want := range map[string]string{
		"https://files.example/x/torch-2.0%2Bcpu-py3-none-any.whl#sha256=ab": "torch-2.0+cpu-py3-none-any.whl",
		"https://files.example/a.whl?token=/b":                               "a.whl",
		"links/a%2Bb.whl":                                                    "a%2Bb.whl",
		"https://files.example/100%.whl":                                     "100%.whl",
	} {
		if got := baseName(location); got != want {
			t.Errorf("baseName(%s) = %s", location, got)
		}
	}
	if hasScheme(`C:\wheels`) || hasScheme("./a:b") || !hasScheme("git+https://x") {
		t.Error("hasScheme")
	}
}
