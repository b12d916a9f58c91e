package lock

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
)

const pylockHead = "lock-version = \"1.0\"\ncreated-by = \"hand\"\n"

// pylockWheel is a package with one wheel; further are its further lines.
func pylockWheel(name, further string) string {
	return "[[packages]]\nname = \"" + name + "\"\nversion = \"1.0\"\n" + further +
		"wheels = [{ url = \"https://files.example/" + name + "-1.0-py3-none-any.whl\", hashes = { sha256 = \"" + strings.TrimPrefix(sha, "sha256:") + "\" } }]\n"
}

func TestPylock(t *testing.T) {
	hex := strings.TrimPrefix(sha, "sha256:")
	hashes := "hashes = { sha256 = \"" + hex + "\", md5 = \"00\" }"
	l := mustRead(t, "pylock.dev.toml", pylockHead+`requires-python = ">=3.9"
environments = ["sys_platform == 'linux'", "sys_platform == 'darwin'"]
extras = ["Fast"]
dependency-groups = ["dev", "default"]
default-groups = ["default"]

[[packages]]
name = "named"
version = "1.0"
marker = "'default' in dependency_groups and 'fast' not in extras"
requires-python = ">=3.10"
index = "https://user:secret@index.example/simple"
wheels = [
    { name = "named-1.0-py3-none-any.whl", url = "https://files.example/x.whl", path = "y.whl", size = 7, `+hashes+` },
    { url = "https://files.example/named-1.0%2Bcpu-py2-none-any.whl", `+hashes+` },
]
sdist = { path = '.\sub\named-1.0.tar.gz', upload-time = 2024-01-01T00:00:00Z, `+hashes+` }

[[packages]]
name = "archive"
archive = { path = "archive-2.0-py3-none-any.whl", hashes = { md5 = "00" } }

[[packages]]
name = "repo"
vcs = { type = "git", url = "https://host.example/r", commit-id = "0123", requested-revision = "main" }

[[packages]]
name = "app"
directory = { path = ".", editable = true }

[[packages]]
name = "lib"
directory = { path = "lib" }
`)
	dir := filepath.Dir(l.Path)
	wantOutline(t, l, `roots: named 1.0 ; "default" in dependency_groups and "fast" not in extras, archive, repo, app, lib`,
		"extra fast:", "group default:", "group dev:")
	if !slices.Equal(l.DefaultGroups, []string{"default"}) || l.Project != "app" || len(l.Environments) != 1 || len(l.Environments[0]) != 2 || l.RequiresPython.String() != ">=3.9" {
		t.Errorf("default groups %v, project %q, environments %v, Python %s", l.DefaultGroups, l.Project, l.Environments, l.RequiresPython)
	}
	named := find(t, l, "named")
	if named.Source.Location != "https://user:secret@index.example/simple" || named.RequiresPython.String() != ">=3.10" || named.Line != 9 {
		t.Errorf("named: %+v", named)
	}
	for i, want := range []File{
		{Name: "named-1.0-py3-none-any.whl", URL: FileURL(filepath.Join(dir, "y.whl")), Size: 7},
		{Name: "named-1.0+cpu-py2-none-any.whl", URL: "https://files.example/named-1.0%2Bcpu-py2-none-any.whl"},
		{Name: "named-1.0.tar.gz", URL: FileURL(filepath.Join(dir, "sub", "named-1.0.tar.gz"))},
	} {
		f := named.Files[i]
		if f.Name != want.Name || f.URL != want.URL || f.Size != want.Size || len(f.Hashes) != 1 || f.Hashes[0] != sha {
			t.Errorf("file %d: %+v, want %+v", i, f, want)
		}
	}
	for name, want := range map[string]Source{
		"archive": {Kind: FromURL, Location: FileURL(filepath.Join(dir, "archive-2.0-py3-none-any.whl"))},
		"repo":    {Kind: FromGit, Location: "https://host.example/r", Repository: "https://host.example/r"},
		"app":     {Kind: FromDirectory, Location: dir, Editable: true},
		"lib":     {Kind: FromDirectory, Location: filepath.Join(dir, "lib")},
	} {
		if p := find(t, l, name); p.Source != want || p.Root != (name == "app") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if h := find(t, l, "archive").Files[0].Hashes; len(h) != 1 || h[0] != "md5:00" {
		t.Errorf("a hash that nobody may use has to stay, to be told: %v", h)
	}
}

func TestPylockText(t *testing.T) {
	for name, content := range texts(pylockHead + "packages = []\n") {
		if l := mustRead(t, "pylock.toml", content); len(l.Packages) != 0 || l.Environments != nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
	l := mustRead(t, "pylock.toml", pylockHead+"environments = []\npackages = []\n")
	if len(l.Environments) != 1 || len(l.Environments[0]) != 0 {
		t.Errorf("an empty list of environments is not an absent one: %v", l.Environments)
	}
	l = mustRead(t, "pylock.toml", strings.Replace(pylockHead, "hand", "pdm", 1)+"packages = []\n")
	if !strings.HasSuffix(l.Relock(), " && pdm lock") {
		t.Errorf("made anew by %s", l.Relock())
	}
}

func TestPylockRefusals(t *testing.T) {
	wheel := func(table string) string {
		return pylockHead + "[[packages]]\nname = \"a\"\nwheels = [{ " + table + " }]\n"
	}
	const hash = `hashes = { sha256 = "00" }`
	wantRefusals(t, "pylock.toml", []refusal{
		{"no version", "created-by = \"x\"\npackages = []\n", "lock-version", "uv export"},
		{"no maker", "lock-version = \"1.0\"\npackages = []\n", "created-by", ""},
		{"no packages", pylockHead, "packages", ""},
		{"wrong type", pylockHead + "packages = 1\n", "pylock.toml:3: ", "uv export"},
		{"requires-python", pylockHead + "requires-python = \"three\"\npackages = []\n", "requires-python: ", ""},
		{"environment", pylockHead + "environments = [\"soon\"]\npackages = []\n", "environments: ", ""},
		{"name", pylockHead + pylockWheel("A.b", ""), `pylock.toml:3: package A.b: `, ""},
		{"version of a package", pylockHead + strings.Replace(pylockWheel("a", ""), `"1.0"`, `"x.y"`, 1), `pylock.toml:3: package a: `, ""},
		{"marker", pylockHead + pylockWheel("a", "marker = \"soon\"\n"), `pylock.toml:3: package a: `, ""},
		{"a marker with extra", pylockHead + pylockWheel("a", "marker = \"extra == 'x'\"\n"), "extra", ""},
		{"a set on the left", pylockHead + pylockWheel("a", "marker = \"extras in 'x'\"\n"), "extras", ""},
		{"no source", pylockHead + "[[packages]]\nname = \"a\"\n", "pylock.toml:3: ", ""},
		{"two sources", pylockHead + pylockWheel("a", "directory = { path = \"a\" }\n"), "pylock.toml:3: ", ""},
		{"directory", pylockHead + "[[packages]]\nname = \"a\"\ndirectory = {}\n", `"directory" has no "path"`, ""},
		{"vcs", pylockHead + "[[packages]]\nname = \"a\"\nvcs = { type = \"git\", url = \"https://host.example/r\" }\n", "commit-id", ""},
		{"no place", wheel(hash), `neither "url" nor "path"`, ""},
		{"no URL", wheel(`url = "a.whl", ` + hash), "a.whl", ""},
	})
}

// TestPylockVectors runs the vectors of packaging's own tests.
func TestPylockVectors(t *testing.T) {
	v := oracle.Load(t, "test_pylock.json")
	for _, row := range v.Rows("test_pylock_file_name") {
		f, ok := formatOf(row.Text("file_name"), nil)
		if got := ok && f.name == Pylock; got != row["valid"] {
			t.Errorf("%s: is a name %v, want %v", row.Text("file_name"), got, row["valid"])
		}
	}
	for _, name := range []string{"test_pylock_version", "test_pylock_unsupported_version"} {
		for _, row := range v.Rows(name) {
			_, err := readText(t, "pylock.toml", strings.Replace(pylockHead, "1.0", row.Text("version"), 1)+"packages = []\n")
			if (err == nil) != (name == "test_pylock_version") {
				t.Errorf("%s %s: %v", name, row.Text("version"), err)
			}
		}
	}
	for _, row := range v.Rows("test_dist_filename") {
		var raw rawFile
		for _, field := range []struct {
			name string
			to   *string
		}{{"name", &raw.Name}, {"url", &raw.URL}, {"path", &raw.Path}} {
			_, rest, _ := strings.Cut(row.Text("dist"), field.name+"=")
			if value, ok := strings.CutPrefix(rest, "'"); ok {
				value, _, _ = strings.Cut(value, "'")
				*field.to = strings.ReplaceAll(value, `\\`, `\`)
			}
		}
		raw.Hashes = map[string]string{"sha256": "00"}
		files, err := pylockFiles(&document{path: "pylock.toml"}, raw)
		if raw.URL == "" && raw.Path == "" {
			continue // packaging's objects may have only a name, files may not
		}
		if err != nil || files[0].Name != row.Text("expected_filename") {
			t.Errorf("%s: %v, %v", row.Text("dist"), files, err)
		}
	}
}

func FuzzPylock(f *testing.F) {
	fuzzReader(f, "pylock.toml", pylockHead+"environments = []\n"+pylockWheel("a", "marker = \"'x' in extras\"\n"),
		pylockHead+"default-groups = [\"d\"]\n[[packages]]\nname = \"a\"\ndirectory = { path = \"a\" }\n",
		wholePylock)
}

// wholePylock has something of everything.
const wholePylock = pylockHead + `requires-python = ">=3.9"
environments = ["sys_platform == 'linux'"]
extras = ["Fast"]
dependency-groups = ["dev", "default"]
default-groups = ["default"]

[[packages]]
name = "named"
version = "1.0"
marker = "'default' in dependency_groups and 'fast' not in extras"
requires-python = ">=3.10"
index = "https://index.example/simple"
dependencies = [{ name = "vcs" }]
wheels = [
    { name = "named-1.0-py3-none-any.whl", url = "https://files.example/x.whl", path = "y.whl", size = 7, upload-time = 2026-01-01T00:00:00Z, hashes = { sha256 = "00", md5 = "00" } },
]
sdist = { path = '.\sub\named-1.0.tar.gz', hashes = { blake2b = "00" } }

[[packages]]
name = "vcs"
vcs = { type = "git", url = "https://host.example/r", requested-revision = "v1", commit-id = "0123", subdirectory = "sub" }

[[packages]]
name = "folder"
directory = { path = "../folder", editable = true }

[[packages]]
name = "archive"
archive = { url = "https://files.example/archive-1.zip", hashes = { sha256 = "00" }, subdirectory = "a" }
`
