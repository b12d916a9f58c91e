package lock

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Every format names a repository, its commit and a folder in it in a way of its own.
func TestRepositories(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	want := Source{Repository: "https://host.example/o/r.git", Commit: commit, Subdirectory: "packages/a"}
	for name, content := range map[string]string{
		"uv.lock": "version = 1\nrequires-python = \">=3.9\"\n[[package]]\nname = \"a\"\n" +
			"source = { git = \"https://host.example/o/r.git?subdirectory=packages%2Fa&rev=main#" + commit + "\" }\n",
		"poetry.lock": "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"main\"]\nfiles = []\n[package.source]\ntype = \"git\"\nurl = \"https://host.example/o/r.git\"\n" +
			"reference = \"main\"\nresolved_reference = \"" + commit + "\"\nsubdirectory = \"packages/a\"\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\ncontent-hash = \"0\"\n",
		"pdm.lock": "[metadata]\nlock_version = \"4.5.0\"\nstrategy = [\"cross_platform\", \"inherit_metadata\"]\n[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"default\"]\ngit = \"https://host.example/o/r.git\"\n" +
			"revision = \"" + commit + "\"\nsubdirectory = \"packages/a\"\n",
		"Pipfile.lock": `{"_meta": {"pipfile-spec": 6, "sources": []}, "default": {"a": {"git": "https://host.example/o/r.git", "ref": "` + commit + `", "subdirectory": "packages/a"}}}`,
		"pylock.toml": pylockHead + "[[packages]]\nname = \"a\"\nversion = \"1\"\n" +
			"vcs = { type = \"git\", url = \"https://host.example/o/r.git\", commit-id = \"" + commit + "\", subdirectory = \"./packages/a/\" }\n",
		"requirements.txt": "a @ git+https://host.example/o/r.git@" + strings.ToUpper(commit) + "#subdirectory=packages/a\n",
	} {
		l, err := readText(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := l.Packages[0].Source
		if got.Kind != FromGit || got.Repository != want.Repository || got.Commit != want.Commit || got.Subdirectory != want.Subdirectory {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestPipRepository(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for location, want := range map[string]Source{
		"git+ssh://git@host.example/r@" + commit:     {Repository: "ssh://git@host.example/r", Commit: commit},
		"git+https://me:p@host.example/r@" + commit:  {Repository: "https://me:p@host.example/r", Commit: commit},
		"git+https://host.example/r@main":            {Repository: "https://host.example/r"},
		"git+https://host.example/r":                 {Repository: "https://host.example/r"},
		"git+file:///srv/r@" + commit:                {Repository: "file:///srv/r", Commit: commit},
		"git://host.example/@scope/r@" + commit[:39]: {Repository: "git://host.example/@scope/r"},
	} {
		var got Source
		got.setPipRepository(location, "../..")
		if got != want {
			t.Errorf("%s: got %+v, want %+v", location, got, want)
		}
	}
}

func TestFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are spelt for Unix")
	}
	for location, want := range map[string]string{
		"/srv/a b":          "/srv/a b",
		"file:///srv/a%20b": filepath.FromSlash("/srv/a b"),
		"https://h.example": "",
	} {
		if got := (&Source{Location: location}).Folder(); got != want {
			t.Errorf("%s: got %q, want %q", location, got, want)
		}
	}
}
