package lock

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// readText reads content as the file name in a new folder.
func readText(t testing.TB, name, content string) (*Lock, error) {
	t.Helper()
	return Read(filepath.Join(write(t, map[string]string{name: content}), name))
}

func mustRead(t testing.TB, name, content string) *Lock {
	t.Helper()
	l, err := readText(t, name, content)
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	return l
}

// find returns the one package of a name.
func find(t *testing.T, l *Lock, name string) *Package {
	t.Helper()
	var found *Package
	for i := range l.Packages {
		if l.Packages[i].Name == name {
			if found != nil {
				t.Fatalf("two packages %s", name)
			}
			found = &l.Packages[i]
		}
	}
	if found == nil {
		t.Fatalf("no package %s", name)
	}
	return found
}

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestUVSources(t *testing.T) {
	l := mustRead(t, "uv.lock", emptyUV+`
[[package]]
name = "app"
version = "1.0"
source = { editable = "." }
dependencies = [{ name = "plain" }, { name = "lib", extra = ["fast"] }]

[[package]]
name = "plain"
version = "2.0+cpu"
source = { registry = "https://user:secret@index.example/simple" }
sdist = { url = "https://files.example/plain-2.0.tar.gz", hash = "`+sha+`" }
wheels = [
    { url = "https://files.example/plain-2.0%2Bcpu-py3-none-any.whl", hash = "`+sha+`", size = 12, upload-time = "2024-01-01T00:00:00Z" },
    { url = "https://files.example/plain-2.0-py2-none-any.whl" },
]

[[package]]
name = "linked"
version = "1.0"
source = { registry = "links" }
wheels = [{ path = "sub/linked-1.0-py3-none-any.whl", hash = "`+sha+`" }]

[[package]]
name = "direct"
version = "1.0"
source = { url = "https://files.example/direct-1.0-py3-none-any.whl" }
wheels = [{ url = "https://files.example/direct-1.0-py3-none-any.whl", hash = "`+sha+`" }]

[[package]]
name = "local"
version = "1.0"
source = { path = "wheels/local-1.0-py3-none-any.whl" }
wheels = [{ filename = "local-1.0-py3-none-any.whl", hash = "`+sha+`" }]

[[package]]
name = "archive"
version = "1.0"
source = { path = "archive-1.0.tar.gz" }
sdist = { hash = "`+sha+`" }

[[package]]
name = "repo"
version = "1.0"
source = { git = "https://host.example/repo?rev=main#0123" }

[[package]]
name = "lib"
source = { editable = "lib#1" }
[package.optional-dependencies]
fast = [{ name = "plain", marker = "sys_platform == 'linux'" }]

[[package]]
name = "folder"
version = "1.0"
source = { directory = "../folder" }

[[package]]
name = "ghost"
version = "1.0"
source = { virtual = "ghost" }
`)
	dir := filepath.Dir(l.Path)
	if l.Project != "app" || l.Name != "uv.lock" || !strings.HasPrefix(string(l.Manifest), emptyUV) {
		t.Errorf("project %q, name %q", l.Project, l.Name)
	}
	for name, want := range map[string]Source{
		"app":     {Kind: FromDirectory, Location: dir, Editable: true},
		"plain":   {Kind: FromIndex, Location: "https://user:secret@index.example/simple"},
		"linked":  {Kind: FromIndex, Location: filepath.Join(dir, "links")},
		"direct":  {Kind: FromURL, Location: "https://files.example/direct-1.0-py3-none-any.whl"},
		"local":   {Kind: FromURL, Location: FileURL(filepath.Join(dir, "wheels/local-1.0-py3-none-any.whl"))},
		"repo":    {Kind: FromGit, Location: "https://host.example/repo?rev=main#0123", Repository: "https://host.example/repo"},
		"lib":     {Kind: FromDirectory, Location: filepath.Join(dir, "lib#1"), Editable: true},
		"folder":  {Kind: FromDirectory, Location: filepath.Join(filepath.Dir(dir), "folder")},
		"ghost":   {Kind: Virtual, Location: filepath.Join(dir, "ghost")},
		"archive": {Kind: FromURL, Location: FileURL(filepath.Join(dir, "archive-1.0.tar.gz"))},
	} {
		if got := find(t, l, name).Source; got != want {
			t.Errorf("%s: source %+v, want %+v", name, got, want)
		}
	}
	for name, want := range map[string][]File{
		"plain": {
			{Name: "plain-2.0+cpu-py3-none-any.whl", URL: "https://files.example/plain-2.0%2Bcpu-py3-none-any.whl", Size: 12},
			{Name: "plain-2.0-py2-none-any.whl", URL: "https://files.example/plain-2.0-py2-none-any.whl"},
			{Name: "plain-2.0.tar.gz", URL: "https://files.example/plain-2.0.tar.gz"},
		},
		"linked":  {{Name: "linked-1.0-py3-none-any.whl", URL: FileURL(filepath.Join(dir, "links/sub/linked-1.0-py3-none-any.whl"))}},
		"local":   {{Name: "local-1.0-py3-none-any.whl", URL: FileURL(filepath.Join(dir, "wheels/local-1.0-py3-none-any.whl"))}},
		"archive": {{Name: "archive-1.0.tar.gz", URL: FileURL(filepath.Join(dir, "archive-1.0.tar.gz"))}},
	} {
		got := slices.Clone(find(t, l, name).Files)
		for i := range got {
			hasHash := len(got[i].Hashes) == 1 && got[i].Hashes[0] == sha
			if noHash := got[i].Name == "plain-2.0-py2-none-any.whl"; hasHash == noHash {
				t.Errorf("%s: hashes %v", got[i].Name, got[i].Hashes)
			}
			got[i].Hashes = nil
		}
		if !slices.EqualFunc(got, want, func(a, b File) bool { return a.Name == b.Name && a.URL == b.URL && a.Size == b.Size }) {
			t.Errorf("%s: files %+v, want %+v", name, got, want)
		}
	}
	app, lib := find(t, l, "app"), find(t, l, "lib")
	if !app.Root || lib.Root || app.Line != 5 || app.Where() != "uv.lock:5" {
		t.Errorf("app root %v at %s, lib root %v", app.Root, app.Where(), lib.Root)
	}
	if len(app.Dependencies) != 2 || l.Packages[app.Dependencies[1].Package].Name != "lib" || !slices.Equal(app.Dependencies[1].Extras, []string{"fast"}) {
		t.Errorf("app depends on %+v", app.Dependencies)
	}
	if got := lib.Extras["fast"]; len(got) != 1 || got[0].Marker.Empty() {
		t.Errorf("lib[fast] adds %+v", got)
	}
}

func TestUVForks(t *testing.T) {
	l := mustRead(t, "uv.lock", emptyUV+`
resolution-markers = ["sys_platform == 'linux'", "sys_platform != 'linux'"]
supported-markers = ["platform_machine == 'x86_64'"]
conflicts = [[{ package = "app", extra = "a" }, { package = "app", group = "b" }, { package = "app" }]]

[[package]]
name = "app"
source = { virtual = "." }
dependencies = [
    { name = "fork", version = "1.0", source = { registry = "https://index.example/simple" } },
    { name = "fork", version = "1.0", source = { registry = "https://other.example/simple" } },
    { name = "fork", source = { directory = "fork" } },
]
[[package]]
name = "fork"
version = "1.0"
source = { registry = "https://index.example/simple" }
[[package]]
name = "fork"
version = "1.0"
source = { registry = "https://other.example/simple" }
[[package]]
name = "fork"
source = { directory = "fork" }
`)
	for i, dep := range l.Packages[0].Dependencies {
		if dep.Package != i+1 {
			t.Errorf("dependency %d leads to package %d", i, dep.Package)
		}
	}
	if len(l.Environments) != 2 || len(l.Environments[0]) != 2 || len(l.Environments[1]) != 1 {
		t.Errorf("environments %v", l.Environments)
	}
	want := []string{"extra-3-app-a", "group-3-app-b", "project-3-app"}
	for i, item := range l.Conflicts[0] {
		if item.Marker() != want[i] {
			t.Errorf("conflict item %s: marker %s", item, item.Marker())
		}
	}
}

func TestUVRoots(t *testing.T) {
	member := func(name, source string) string {
		return "[[package]]\nname = \"" + name + "\"\nversion = \"1\"\nsource = { " + source + " }\n" +
			"[package.optional-dependencies]\nx = [{ name = \"six\" }]\n" +
			"[package.dev-dependencies]\ndev = [{ name = \"six\" }]\n" +
			"[package.metadata]\nprovides-extras = [\"x\", \"none\"]\n[package.metadata.requires-dev]\nempty = []\ndev = [{ name = \"six\" }]\n"
	}
	const six = "[[package]]\nname = \"six\"\nversion = \"1.17.0\"\nsource = { registry = \"https://index.example/simple\" }\n"
	for _, c := range []struct {
		name, content  string
		roots          []string
		project        string
		extras, groups []string
	}{
		{"project", member("app", `virtual = "."`) + six, []string{"app"}, "app", []string{"none", "x"}, []string{"dev", "empty"}},
		{"project with a member", "[manifest]\nmembers = [\"app\", \"lib\"]\n" + member("app", `editable = "."`) + member("lib", `editable = "lib"`) + six,
			[]string{"app"}, "app", []string{"none", "x"}, []string{"dev", "empty"}},
		{"workspace without a project", "[manifest]\nmembers = [\"a\", \"b\"]\n" + member("a", `editable = "a"`) + member("b", `virtual = "b"`) + six,
			[]string{"a", "b"}, "", []string{"none", "x"}, []string{"dev", "empty"}},
		{"script", "[manifest]\nrequirements = [{ name = \"six\", specifier = \">=1\" }]\n[manifest.dependency-groups]\ntest = [{ name = \"six\" }]\n" + six,
			[]string{"six"}, "", nil, []string{"test"}},
		{"old names", "[[distribution]]\nname = \"app\"\nsource = { editable = \".\" }\n[distribution.dependency-groups]\ndev = []\n",
			[]string{"app"}, "app", nil, []string{"dev"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := mustRead(t, "uv.lock", emptyUV+c.content)
			var roots []string
			for _, r := range l.Roots {
				roots = append(roots, l.Packages[r.Package].Name)
			}
			if !slices.Equal(roots, c.roots) || l.Project != c.project {
				t.Errorf("roots %v, project %q", roots, l.Project)
			}
			if got := slices.Sorted(maps.Keys(l.Extras)); !slices.Equal(got, c.extras) {
				t.Errorf("extras %v", got)
			}
			if got := slices.Sorted(maps.Keys(l.Groups)); !slices.Equal(got, c.groups) {
				t.Errorf("groups %v", got)
			}
		})
	}
}

// A requirement of a script means the fork whose markers hold.
func TestUVScriptForks(t *testing.T) {
	const fork = "[[package]]\nname = \"six\"\nversion = \"%\"\nsource = { registry = \"https://index.example/simple\" }\nresolution-markers = [\"python_version %\", \"os_name == 'nt'\"]\n"
	l := mustRead(t, "a.py.lock", emptyUV+"[manifest]\nrequirements = [{ name = \"six\", marker = \"sys_platform == 'linux'\", extras = [\"e\"] }]\n"+
		strings.Replace(strings.Replace(fork, "%", "1", 1), "%", "< '3.12'", 1)+strings.Replace(strings.Replace(fork, "%", "2", 1), "%", ">= '3.12'", 1))
	if len(l.Roots) != 2 {
		t.Fatalf("roots %v", l.Roots)
	}
	want := `sys_platform == "linux" and (python_version >= "3.12" or os_name == "nt")`
	if got := l.Roots[1].Marker.String(); got != want {
		t.Errorf("marker %s, want %s", got, want)
	}
	if !slices.Equal(l.Roots[1].Extras, []string{"e"}) {
		t.Errorf("extras %v", l.Roots[1].Extras)
	}
}

func TestUVText(t *testing.T) {
	for name, content := range map[string]string{
		"a byte order mark": "\xef\xbb\xbf" + emptyUV,
		"CRLF":              strings.ReplaceAll(emptyUV, "\n", "\r\n"),
		"a later revision":  strings.Replace(emptyUV, "revision = 3", "revision = 99\nunheard-of = { a = 1 }", 1),
	} {
		if l := mustRead(t, "uv.lock", content); string(l.Manifest) != content {
			t.Errorf("%s: the manifest is not verbatim", name)
		}
	}
}

func TestUVRefusals(t *testing.T) {
	const app = "[[package]]\nname = \"app\"\nsource = { virtual = \".\" }\n"
	for _, c := range []struct{ name, content, message, hint string }{
		{"version", "version = 2\nrequires-python = [1]\n", "version 2", "uv lock"},
		{"no version", "requires-python = \">=3.9\"\n", "version", "uv lock"},
		{"no requires-python", "version = 1\n", "requires-python", "uv lock"},
		{"empty", " \n", "lock", "uv lock"},
		{"bad requires-python", "version = 1\nrequires-python = \"three\"\n", "requires-python: ", "uv lock"},
		{"broken TOML", emptyUV + "[[package]]\nname = \"app\n", "uv.lock:5: ", "uv lock"},
		{"cut short", emptyUV + "[[package]]\nname = \"app\"\nsource = { virtual", "uv.lock:6: ", "uv lock"},
		{"wrong type", emptyUV + "[[package]]\nname = 1\n", "uv.lock:5: ", "uv lock"},
		{"UTF-16", "\xff\xfev\x00", "UTF-16", "UTF-8"},
		{"no source", emptyUV + "[[package]]\nname = \"app\"\nsource = { teleport = \".\" }\n", `uv.lock:4: package app`, "uv lock"},
		{"absent dependency", emptyUV + app + "dependencies = [{ name = \"six\" }]\n", "uv.lock:4: package app: dependency six: ", "uv lock"},
		{"bad marker", emptyUV + app + "dependencies = [{ name = \"app\", marker = \"soon\" }]\n", `marker "soon"`, "uv lock"},
		{"bad environment", emptyUV + "resolution-markers = [\"soon\"]\n", `marker "soon"`, "uv lock"},
		{"ambiguous", emptyUV + app + "dependencies = [{ name = \"b\", version = \"1\" }]\n" +
			"[[package]]\nname = \"b\"\nversion = \"1\"\nsource = { path = \"b\" }\n[[package]]\nname = \"b\"\nversion = \"1\"\nsource = { path = \"c\" }\n",
			"uv.lock:4: package app: dependency b: ", "uv lock"},
		{"absent requirement", emptyUV + "[manifest]\nrequirements = [{ name = \"six\" }]\n", "six", "uv lock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, "uv.lock", c.content)
			wantFault(t, err, fault.Lock, c.message, c.hint)
		})
	}
}

func FuzzUV(f *testing.F) {
	fuzzReader(f, "uv.lock",
		emptyUV+"[[package]]\nname = \"app\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"six\", marker = \"os_name == 'posix'\" }]\n"+
			"[[package]]\nname = \"six\"\nversion = \"1\"\nsource = { registry = \"x\" }\nwheels = [{ path = \"a%2\" }]\n",
		"version = 1\nrequires-python = \"==3.*\"\nconflicts = [[{ package = \"a\" }]]\n[manifest]\nmembers = [\"a\"]\n",
		"version = 2", wholeUV)
}

// wholeUV has something of everything.
const wholeUV = `version = 1
revision = 3
requires-python = ">=3.9"
resolution-markers = ["python_full_version >= '3.12'", "python_full_version < '3.12'"]
supported-markers = ["sys_platform == 'linux'"]
conflicts = [[{ package = "app", extra = "x" }, { package = "app", group = "dev" }]]

[manifest]
members = ["app", "lib"]
requirements = [{ name = "six", specifier = ">=1", marker = "os_name == 'posix'", extras = ["z"] }]
[manifest.dependency-groups]
test = [{ name = "git" }]

[[package]]
name = "app"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "six", version = "1.0", source = { registry = "https://index.example/simple" }, marker = "extra != 'extra-3-app-x'" },
    { name = "six", version = "2.0", source = { registry = "links" }, marker = "python_full_version >= '3.12'" },
]
[package.optional-dependencies]
x = [{ name = "lib", extra = ["y"] }]
[package.dev-dependencies]
dev = [{ name = "url" }]
[package.metadata]
requires-dist = [{ name = "six", specifier = ">=1" }]
provides-extras = ["x", "empty"]
[package.metadata.requires-dev]
dev = []

[[package]]
name = "lib"
source = { virtual = "lib" }

[[package]]
name = "six"
version = "1.0"
source = { registry = "https://index.example/simple" }
resolution-markers = ["python_full_version < '3.12'"]
sdist = { url = "https://files.example/six-1.0.tar.gz", hash = "sha256:00", size = 3 }
wheels = [
    { url = "https://files.example/six-1.0%2Bcpu-py3-none-any.whl", hash = "sha512:00", size = 1, upload-time = "2026-01-02T03:04:05Z" },
]

[[package]]
name = "six"
version = "2.0"
source = { registry = "links" }
wheels = [{ path = "six-2.0-py3-none-any.whl" }]

[[package]]
name = "git"
version = "1"
source = { git = "https://host.example/r?subdirectory=a&rev=v1#0123456789" }

[[package]]
name = "url"
version = "1"
source = { path = "lib/url-1-py3-none-any.whl" }
wheels = [{ filename = "url-1-py3-none-any.whl", hash = "sha256:00" }]
`
