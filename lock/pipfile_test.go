package lock

import (
	"path/filepath"
	"strings"
	"testing"
)

// pipfileLock is a lock with the given sections.
func pipfileLock(sections string) string {
	return `{
    "_meta": {
        "hash": {"sha256": "00"},
        "pipfile-spec": 6,
        "requires": {"python_version": "3.12"},
        "sources": [
            {"name": "main", "url": "https://${LOCK_USER}:${LOCK_UNSET}@index.example/simple", "verify_ssl": true},
            {"name": "own", "url": "https://own.example/simple", "verify_ssl": true}
        ]
    },
` + sections + "\n}\n"
}

func TestPipfile(t *testing.T) {
	t.Setenv("LOCK_USER", "me")
	content := pipfileLock(`    "default": {
        "A.b": {"hashes": ["` + sha + `"], "index": "own", "markers": "python_version >= '3.8'", "version": "==1.0", "extras": ["x"]},
        "old": {"hashes": ["` + sha + `"], "version": "==2", "sys_platform": "== 'win32'", "python_version": "< '3'"},
        "loose": {"version": "*"},
        "url": {"file": "https://files.example/url-1.0-py3-none-any.whl", "hashes": ["` + sha + `"]},
        "path": {"path": "./lib/path-2.0-py3-none-any.whl"},
        "folder": {"path": ".", "editable": true},
        "git": {"git": "https://host.example/r", "ref": "0123"},
        "built": {"hashes": ["` + sha + `"], "version": "==1", "no_binary": true}
    },
    "develop": {
        "a-b": {"hashes": ["` + sha + `"], "index": "own", "version": "==1.0", "markers": "'dev' in dependency_groups"}
    },
    "My_Docs": {}`)
	for name, text := range map[string]string{"plain": content, "BOM": texts(content)["a byte order mark"], "CRLF": texts(content)["CRLF"]} {
		l := mustRead(t, "Pipfile.lock", text)
		dir := filepath.Dir(l.Path)
		const roots = `a-b 1.0 ; python_version >= "3.8", old 2 ; sys_platform == "win32" and python_version < "3", loose?, url 1.0, path 2.0, folder, git, built 1`
		wantOutline(t, l, "roots: "+roots, "group default: "+roots, "group dev: a-b 1.0", "group develop: a-b 1.0", "group my-docs:")
		if l.RequiresPython.String() != "==3.12.*" || l.IndexURL != "https://me:${LOCK_UNSET}@index.example/simple" || len(l.ExtraIndexURLs) != 1 {
			t.Errorf("%s: Python %s, index %s, %v", name, l.RequiresPython, l.IndexURL, l.ExtraIndexURLs)
		}
		for name, want := range map[string]Source{
			"a-b":    {Kind: FromIndex, Location: "https://own.example/simple"},
			"old":    {Kind: FromIndex, Location: l.IndexURL},
			"url":    {Kind: FromURL, Location: "https://files.example/url-1.0-py3-none-any.whl"},
			"path":   {Kind: FromURL, Location: FileURL(filepath.Join(dir, "lib", "path-2.0-py3-none-any.whl"))},
			"folder": {Kind: FromDirectory, Location: dir, Editable: true},
			"git":    {Kind: FromGit, Location: "https://host.example/r@0123", Repository: "https://host.example/r"},
		} {
			if p := find(t, l, name); p.Source != want {
				t.Errorf("%s: %+v, want %+v", name, p.Source, want)
			}
		}
		ab := find(t, l, "a-b")
		if ab.Line != 12 || len(ab.Hashes) != 1 || len(ab.Files) != 0 || !find(t, l, "built").NoBinary || !find(t, l, "folder").Root {
			t.Errorf("%s: %+v", name, ab)
		}
	}
}

func TestPipfileRefusals(t *testing.T) {
	one := func(entry string) string {
		return pipfileLock("    \"default\": {\n        \"a\": " + entry + "\n    }")
	}
	wantRefusals(t, "Pipfile.lock", []refusal{
		{"a later format", strings.Replace(pipfileLock(`"default": {}`), "6,", "7,", 1), "version 7", "pipenv lock"},
		{"no object", "[]", "Pipfile.lock:1: ", "pipenv lock"},
		{"meta", `{"_meta": {"pipfile-spec": "six"}}`, "_meta: ", ""},
		{"Python", strings.Replace(pipfileLock(`"default": {}`), "3.12", "three", 1), "_meta.requires: ", ""},
		{"a section that is none", pipfileLock(`"default": []`), "Pipfile.lock:11: ", ""},
		{"a package twice", pipfileLock("    \"default\": {\n\"a\": {}, \n\"a\": {}}"), "Pipfile.lock:13: ", "pipenv lock"},
		{"wrong type", one(`{"version": 1}`), `Pipfile.lock:12: package a: `, ""},
		{"marker", one(`{"version": "==1", "markers": "soon"}`), `Pipfile.lock:12: package a: `, ""},
		{"index", one(`{"version": "==1", "index": "gone"}`), `"gone"`, ""},
		{"several hashes of one file", one(`{"file": "a-1-py3-none-any.whl", "hashes": ["sha256:1", "sha256:2"]}`), "Pipfile.lock:12: ", ""},
		{"no name", pipfileLock("    \"default\": {\"\": {}}"), "Pipfile.lock:11: ", ""},
	})
}

func FuzzPipfile(f *testing.F) {
	fuzzReader(f, "Pipfile.lock", pipfileLock(`"default": {"a": {"version": "==1", "hashes": ["`+sha+`"], "markers": "os_name == 'x'"}}`),
		pipfileLock(`"x": {"a": {"file": "b.whl"}, "b": {"git": "c", "os_name": "== 'x'"}}`), "{")
}
