// Package testsource makes sources that have to be built, for tests: source
// trees, sdists and git repositories. They bring their build backend along,
// which needs Python and no network.
package testsource

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:embed backend.py
var backend string

const pyproject = `[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = %q
version = %q
`

// Project is a source. Name and Version are needed; the wheel has what Files
// says, and a shared object if there is C code.
type Project struct {
	Name, Version string
	Files         map[string]string // of the wheel: path → content
	C             string            // code of a shared object that the wheel gets

	Before string            // Python code that the build runs first
	Wheel  string            // "name-version" of the wheel's file name; "" is what it is
	Tag    string            // of the wheel; "" is what it is
	Extra  map[string]string // further files of the source tree: path → content
	// SdistName and SdistVersion are what the sdist says that it is; "" is what
	// it is.
	SdistName, SdistVersion string
}

// tree returns the files of the source tree.
func (p Project) tree() map[string]string {
	files := p.Files
	if files == nil {
		files = map[string]string{p.Name + ".py": fmt.Sprintf("version = %q\n", p.Version)}
	}
	project, err := json.Marshal(map[string]any{"name": p.Name, "version": p.Version, "files": files,
		"before": p.Before, "wheel": p.Wheel, "tag": p.Tag})
	if err != nil {
		panic(err) // strings always marshal
	}
	tree := map[string]string{"pyproject.toml": fmt.Sprintf(pyproject, p.Name, p.Version), "backend.py": backend, "project.json": string(project)}
	if p.C != "" {
		tree["native.c"] = p.C
	}
	maps.Copy(tree, p.Extra)
	return tree
}

// Write makes dir the project's source tree.
func (p Project) Write(tb testing.TB, dir string) {
	tb.Helper()
	for path, content := range p.tree() {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}

// Sdist writes the project's sdist into dir and returns its path. The same
// project gives the same bytes.
func (p Project) Sdist(tb testing.TB, dir string) string {
	tb.Helper()
	name, version := p.SdistName, p.SdistVersion
	if name == "" {
		name = p.Name
	}
	if version == "" {
		version = p.Version
	}
	tree := p.tree()
	if _, ok := tree["PKG-INFO"]; !ok {
		tree["PKG-INFO"] = fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)
	}
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	archive := tar.NewWriter(gz)
	top := p.Name + "-" + p.Version + "/"
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: top + path, Size: int64(len(tree[path])), Mode: 0o644}
		if err := archive.WriteHeader(header); err != nil {
			tb.Fatal(err)
		}
		if _, err := archive.Write([]byte(tree[path])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, p.Name+"-"+p.Version+".tar.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Commit writes the project into the git repository dir, which is made if there
// is none, and returns the hash of the commit that has it.
func (p Project) Commit(tb testing.TB, dir string) string {
	tb.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		tb.Skip("no git on this machine")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	p.Write(tb, dir)
	Git(tb, dir, "init", "--quiet")
	Git(tb, dir, "add", "--all")
	if Git(tb, dir, "status", "--porcelain") != "" {
		Git(tb, dir, "commit", "--quiet", "--message", p.Version)
	}
	return Git(tb, dir, "rev-parse", "HEAD")
}

// Git runs git in dir, with settings of its own, and returns what it prints.
func Git(tb testing.TB, dir string, args ...string) string {
	tb.Helper()
	git := exec.Command("git", args...)
	git.Dir = dir
	git.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@host.example", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@host.example", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := git.CombinedOutput()
	if err != nil {
		tb.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
