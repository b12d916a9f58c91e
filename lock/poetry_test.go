package lock

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/pypa/pep440"
)

// poetryPkg is a [[package]]; further are its further lines.
func poetryPkg(name, version, further string) string {
	return "[[package]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\noptional = false\npython-versions = \">=3.8\"\n" + further
}

const (
	poetryFiles = "files = [{file = \"a-1.0-py3-none-any.whl\", hash = \"" + sha + "\"}]\n"
	poetryEnd   = "\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.9\"\ncontent-hash = \"\"\n"
)

func TestPoetry(t *testing.T) {
	l := mustRead(t, "poetry.lock", poetryPkg("A.b", "1.0", "groups = [\"main\", \"dev\"]\n"+poetryFiles+
		"markers = {main = \"extra == 'x'\", dev = \"os_name == 'posix'\"}\n[package.source]\ntype = \"legacy\"\nurl = \"https://index.example/simple\"\nreference = \"own\"\n")+
		poetryPkg("c", "2", "groups = [\"main\"]\nmarkers = \"python_version < '3.11'\"\n"+poetryFiles)+
		poetryPkg("git", "1", "groups = [\"docs\"]\nfiles = []\ndevelop = true\n[package.source]\ntype = \"git\"\nurl = \"https://host.example/r.git\"\nreference = \"main\"\nresolved_reference = \"0123\"\n")+
		poetryPkg("file", "1", "groups = [\"docs\"]\n"+strings.Replace(poetryFiles, "a-1.0", "file-1", 1)+"[package.source]\ntype = \"file\"\nurl = \"lib/file-1-py3-none-any.whl\"\n")+
		poetryPkg("url", "1", "groups = [\"docs\"]\nfiles = []\n[package.source]\ntype = \"url\"\nurl = \"https://files.example/url-1-py3-none-any.whl\"\n")+
		poetryPkg("dir", "1", "groups = [\"docs\"]\nfiles = []\ndevelop = false\n[package.source]\ntype = \"directory\"\nurl = \"../dir\"\n")+
		"[extras]\nX = [\"a-b\"]\n"+poetryEnd)
	dir := filepath.Dir(l.Path)
	wantOutline(t, l, `roots: a-b 1.0 ; extra == "x", c 2 ; python_version < "3.11"`, "extra x:",
		`group dev: a-b 1.0 ; os_name == "posix"`, "group docs: git 1, file 1, url 1, dir 1", `group main: a-b 1.0 ; extra == "x", c 2 ; python_version < "3.11"`)
	if l.RequiresPython.String() != "<4,>=3.9" {
		t.Errorf("Python %s", l.RequiresPython)
	}
	for name, want := range map[string]Source{
		"a-b":  {Kind: FromIndex, Location: "https://index.example/simple"},
		"c":    {Kind: FromIndex},
		"git":  {Kind: FromGit, Location: "https://host.example/r.git@0123", Editable: true, Repository: "https://host.example/r.git"},
		"file": {Kind: FromURL, Location: FileURL(filepath.Join(dir, "lib", "file-1-py3-none-any.whl"))},
		"url":  {Kind: FromURL, Location: "https://files.example/url-1-py3-none-any.whl"},
		"dir":  {Kind: FromDirectory, Location: filepath.Join(filepath.Dir(dir), "dir")},
	} {
		if p := find(t, l, name); p.Source != want {
			t.Errorf("%s: %+v, want %+v", name, p.Source, want)
		}
	}
	if f := find(t, l, "a-b").Files; len(f) != 1 || f[0].URL != "" || f[0].Hashes[0] != sha {
		t.Errorf("files of an index have no URL: %+v", f)
	}
	if f := find(t, l, "file").Files; len(f) != 1 || f[0].URL != find(t, l, "file").Source.Location || len(f[0].Hashes) != 1 {
		t.Errorf("files of a path: %+v", f)
	}
	if f := find(t, l, "url").Files; len(f) != 1 || f[0].Name != "url-1-py3-none-any.whl" || len(f[0].Hashes) != 0 {
		t.Errorf("files of a URL: %+v", f)
	}
}

// oldPoetry reads a lock before format 2.1 with its pyproject.toml.
func oldPoetry(t *testing.T, content, pyproject string) (*Lock, error) {
	t.Helper()
	return Read(filepath.Join(write(t, map[string]string{"poetry.lock": content, "pyproject.toml": "[tool.poetry]\nname = \"App\"\n" + pyproject}), "poetry.lock"))
}

func TestPoetryGraph(t *testing.T) {
	content := poetryPkg("num", "1.0", "") + poetryPkg("num", "2.0", "") +
		poetryPkg("web", "1.0", "[package.dependencies]\nnum = [{version = \"^1\", markers = \"python_version < '3.10'\"}, {version = \">=1\", python = \"3.10 || ^3.11\"}]\n"+
			"Socks = {version = \"*\", optional = true, markers = \"extra == 'proxy'\"}\nabsent = {version = \"*\", optional = true}\ngone = \">=9\"\n"+
			"[package.extras]\nproxy = [\"socks (>=1)\"]\nall = [\"web[proxy]\"]\n") +
		poetryPkg("socks", "3", "") +
		"[metadata]\nlock-version = \"1.1\"\npython-versions = \"~2.7 || ^3.8\"\ncontent-hash = \"0\"\n[metadata.files]\n" +
		"num = [{file = \"num-1.0-py3-none-any.whl\", hash = \"" + sha + "\"}, {file = \"num-2.0-py3-none-any.whl\", hash = \"" + sha + "\"}]\nweb = []\nSocks = []\n"
	l, err := oldPoetry(t, content, `[tool.poetry.dependencies]
python = "^3.8"
Web = { version = "*", extras = ["Proxy"], platform = "!=win32" }
num = { version = "*", optional = true }
[tool.poetry.extras]
Speed = ["num"]
[tool.poetry.dev-dependencies]
socks = "^3"
[tool.poetry.group.docs.dependencies]
num = "~2.0"
`)
	if err != nil {
		t.Fatal(err, fault.Details(err))
	}
	const py = `python_full_version >= "3.8"`
	root := `roots: web 1.0[proxy] ; sys_platform != "win32" and ` + py
	wantOutline(t, l, root, "extra speed: num 2.0 ; "+py+" | num 1.0 ; "+py,
		"group dev: socks 3 ; "+py, "group docs: num 2.0 ; "+py, strings.Replace(root, "roots", "group main", 1))
	web := find(t, l, "web")
	want := `gone?, num 1.0 ; python_version < "3.10" and ` + py + `, num 2.0 ; (python_version == "3.10" or (python_version < "4" and python_version >= "3.11")) and ` + py +
		` | num 1.0 ; (python_version == "3.10" or (python_version < "4" and python_version >= "3.11")) and ` + py
	if got := edges(l, web.Dependencies); got != want {
		t.Errorf("web depends on\n%s\nwant\n%s", got, want)
	}
	if got := edges(l, web.Extras["proxy"]) + "; " + edges(l, web.Extras["all"]); got != `socks 3 ; extra == "proxy" and `+py+"; web 1.0[proxy]" {
		t.Errorf("its extras add %s", got)
	}
	if l.Project != "app" || !l.Linked || len(l.Includes) != 1 || len(l.Environments) != 1 {
		t.Errorf("project %q, linked %v, includes %v, environments %v", l.Project, l.Linked, l.Includes, l.Environments)
	}
	l, err = oldPoetry(t, poetryPkg("a", "1", "")+"[metadata]\nlock-version = \"1.0\"\n[metadata.hashes]\nA = [\""+strings.TrimPrefix(sha, "sha256:")+"\"]\n", "[tool.poetry.dependencies]\n")
	if err != nil || len(l.Packages[0].Hashes) != 1 || l.Packages[0].Hashes[0] != sha {
		t.Errorf("the oldest format: %v, %+v", err, l)
	}
}

func TestPoetryVersions(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "*": "", "^1.2.3": "<2,>=1.2.3", "^0.2.3": "<0.3,>=0.2.3", "^0.0.3": "<0.0.4,>=0.0.3", "^0": "<1,>=0", "^0.0": "<0.1,>=0.0",
		"^1.9": "<2,>=1.9", "^9.9": "<10,>=9.9", "~1.2.3": "<1.3,>=1.2.3", "~1.2": "<1.3,>=1.2", "~1": "<2,>=1", "~=1.2.3": "~=1.2.3",
		"1.2": "==1.2", "=1.2": "==1.2", "1.2.*": "==1.2.*", "!=1.2.*": "!=1.2.*", ">=1 <2": "<2,>=1", ">= 1, < 2": "<2,>=1", ">=1,<2,!=1.5": "!=1.5,<2,>=1",
		"^1 || ^3": "<2,>=1 or <4,>=3", "<1|>2": "<1 or >2", "^1 || *": "", "^1.0.0a1": "<2,>=1.0.0a1", "^1!2.3": "<1!3,>=1!2.3", ">=1.0+cpu": ">=1.0", "1.0+cpu": "==1.0+cpu",
	} {
		c, err := parsePoetryVersions(text)
		var got []string
		for _, s := range c {
			got = append(got, s.String())
		}
		if s := strings.Join(got, " or "); err != nil || s != want {
			t.Errorf("%q: %q, %v; want %q", text, s, err, want)
		}
	}
	for _, text := range []string{"^", "soon", ">=1;", "^x"} {
		if c, err := parsePoetryVersions(text); err == nil {
			t.Errorf("%q: %v", text, c)
		}
	}
	c, _ := parsePoetryVersions("^1 || ~3.1")
	for version, want := range map[string]bool{"1.5": true, "2.0": false, "3.1.9": true, "3.2": false, "2.0a1": false} {
		if v, err := pep440.Parse(version); err != nil || c.allows(v) != want {
			t.Errorf("%s: allowed %v", version, c.allows(v))
		}
	}
}

func TestPoetryRefusals(t *testing.T) {
	wantRefusals(t, "poetry.lock", []refusal{
		{"a later format", strings.Replace(poetryEnd, "2.1", "3.0", 1), "3.0", "poetry lock"},
		{"an earlier format", strings.Replace(poetryEnd, "2.1", "0.9", 1), "0.9", "poetry lock"},
		{"python-versions", strings.Replace(poetryEnd, "^3.9", "three", 1), "metadata.python-versions: ", "poetry lock"},
		{"no groups", poetryPkg("a", "1", poetryFiles) + poetryEnd, "poetry.lock:1: package a: ", "poetry lock"},
		{"no files", poetryPkg("a", "1", "groups = [\"main\"]\n") + poetryEnd, "poetry.lock:1: package a: ", "poetry lock"},
		{"no version", poetryPkg("a", "", "groups = [\"main\"]\n") + poetryEnd, "poetry.lock:1: ", ""},
		{"marker", poetryPkg("a", "1", poetryFiles+"groups = [\"main\"]\nmarkers = \"soon\"\n") + poetryEnd, `poetry.lock:1: package a: invalid marker "soon"`, ""},
		{"markers", poetryPkg("a", "1", poetryFiles+"groups = [\"main\"]\nmarkers = 1\n") + poetryEnd, "poetry.lock:1: package a: ", ""},
		{"source", poetryPkg("a", "1", poetryFiles+"groups = [\"main\"]\n[package.source]\ntype = \"moon\"\n") + poetryEnd, `"moon"`, ""},
		{"no pyproject", strings.Replace(poetryEnd, "2.1", "2.0", 1), "pyproject.toml", "poetry lock"},
	})
	old := strings.Replace(poetryEnd, "2.1", "2.0", 1)
	for _, c := range []struct{ name, content, pyproject, message string }{
		{"no dependencies", old, "[project]\ndependencies = [\"a\"]\n", "has no tool.poetry.dependencies"},
		{"broken", old, "[tool.poetry.dependencies", "pyproject.toml:3: "},
		{"wrong dependency", old, "[tool.poetry.dependencies]\na = 1\n", "pyproject.toml: dependency a: "},
		{"wrong versions", old, "[tool.poetry.dependencies]\na = \"soon\"\n", "pyproject.toml: dependency a: "},
		{"wrong versions in the lock", poetryPkg("a", "1", "files = []\n[package.dependencies]\nb = \"soon\"\n") + old, "[tool.poetry.dependencies]\n", "poetry.lock:1: package a: dependency b: "},
	} {
		_, err := oldPoetry(t, c.content, c.pyproject)
		wantFault(t, err, fault.Lock, c.message, "")
	}
}

func FuzzPoetry(f *testing.F) {
	fuzzReader(f, "poetry.lock", poetryPkg("a", "1", poetryFiles+"groups = [\"main\"]\nmarkers = {main = \"extra == 'x'\"}\n")+"[extras]\nx = [\"a\"]\n"+poetryEnd,
		poetryPkg("a", "1", "[package.dependencies]\nb = [{version = \"^1 || ~2\"}]\n")+strings.Replace(poetryEnd, "2.1", "1.1", 1),
		wholePoetry)
}

// wholePoetry has something of everything.
const wholePoetry = `[[package]]
name = "A.b"
version = "1.0"
optional = true
python-versions = ">=3.8,<4.0"
groups = ["main", "dev"]
markers = {main = "extra == 'x'", dev = "os_name == 'posix' and python_version < \"3.12\""}
develop = false
files = [
    {file = "a_b-1.0-py3-none-any.whl", hash = "sha256:00"},
    {file = "a_b-1.0.tar.gz", hash = "sha256:01"},
]

[package.dependencies]
c = [{version = ">=1,<2", markers = "python_version < '3.10'"}, {version = "^2 || ~3.1", python = ">=3.10", extras = ["y"], optional = true}]

[package.extras]
y = ["c (>=1)", "a-b[z]"]

[package.source]
type = "legacy"
url = "https://index.example/simple"
reference = "own"

[[package]]
name = "git"
version = "1"
python-versions = "*"
groups = ["docs"]
markers = "sys_platform == 'linux'"
files = []
develop = true
[package.source]
type = "git"
url = "https://host.example/r.git"
reference = "main"
resolved_reference = "0123"
subdirectory = "sub"

[[package]]
name = "file"
version = "1"
python-versions = "*"
groups = ["main"]
files = [{file = "file-1-py3-none-any.whl", hash = "md5:00"}]
[package.source]
type = "file"
url = "lib/file-1-py3-none-any.whl"

[extras]
x = ["a-b"]

[metadata]
lock-version = "2.1"
python-versions = "^3.9 || ~2.7"
content-hash = "00"
`

func FuzzPoetryVersions(f *testing.F) {
	f.Add("^1.2 || ~3.4,!=3.4.5 <9")
	f.Fuzz(func(t *testing.T, text string) {
		testenv.Frugal(t, func() {
			if c, err := parsePoetryVersions(text); err == nil {
				_ = c.marker()
			}
		})
	})
}
