package lock

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// pdmHead is the metadata of a lock with the given lines more.
func pdmHead(further string) string {
	return "[metadata]\ngroups = [\"default\", \"Web\", \"dev\"]\nlock_version = \"4.5.1\"\ncontent_hash = \"sha256:00\"\n" + further
}

const (
	pdmFlat = "strategy = [\"inherit_metadata\"]\n[[metadata.targets]]\nrequires_python = \">=3.9,<4\"\n"
	pdmFile = "files = [{file = \"a-1.0-py3-none-any.whl\", hash = \"" + sha + "\"}]\n"
)

func TestPDM(t *testing.T) {
	dir := write(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"App\"\n[project.optional-dependencies]\nweb = [\"a\"]\n",
		"pdm.lock": pdmHead(pdmFlat) + `
[[package]]
name = "A.b"
version = "1.0"
groups = ["default", "Web"]
marker = "python_version < '3.12'"
` + pdmFile + `
[[package]]
name = "A.b"
version = "1.0"
extras = ["x"]
groups = ["dev"]
dependencies = ["A.b==1.0"]
` + pdmFile + `
[[package]]
name = "url"
version = "1"
url = "https://files.example/url-1-py3-none-any.whl"
groups = ["dev"]
files = [{url = "https://files.example/url-1-py3-none-any.whl", hash = "` + sha + `"}]

[[package]]
name = "path"
version = "1"
path = "./lib/path-1-py3-none-any.whl"
groups = ["dev"]

[[package]]
name = "rooted"
version = "1"
url = "file:///${PROJECT_ROOT}/lib/rooted-1-py3-none-any.whl"
groups = ["dev"]

[[package]]
name = "folder"
version = "1"
path = "./folder"
editable = true
groups = ["dev"]

[[package]]
name = "git"
version = "1"
git = "https://host.example/r"
revision = "0123"
groups = ["dev"]
`})
	l, err := Read(filepath.Join(dir, "pdm.lock"))
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	const ab = `a-b 1.0 ; python_version < "3.12"`
	wantOutline(t, l, "roots: "+ab, "extra web: "+ab, "group default: "+ab, "group dev: a-b 1.0, url 1, path 1, rooted 1, folder 1, git 1", "group web: "+ab)
	if l.Project != "app" || len(l.Environments) != 1 || l.Environments[0][0].String() != `python_full_version < "4" and python_full_version >= "3.9"` {
		t.Errorf("project %q, environments %v", l.Project, l.Environments)
	}
	for name, want := range map[string]Source{
		"a-b":    {Kind: FromIndex},
		"url":    {Kind: FromURL, Location: "https://files.example/url-1-py3-none-any.whl"},
		"path":   {Kind: FromURL, Location: FileURL(filepath.Join(dir, "lib", "path-1-py3-none-any.whl"))},
		"rooted": {Kind: FromURL, Location: FileURL(filepath.Join(dir, "lib", "rooted-1-py3-none-any.whl"))},
		"folder": {Kind: FromDirectory, Location: filepath.Join(dir, "folder"), Editable: true},
		"git":    {Kind: FromGit, Location: "https://host.example/r@0123", Repository: "https://host.example/r"},
	} {
		if p := find(t, l, name); p.Source != want {
			t.Errorf("%s: %+v, want %+v", name, p.Source, want)
		}
	}
	if f := find(t, l, "url").Files; len(f) != 1 || f[0].Name != "url-1-py3-none-any.whl" || f[0].Hashes[0] != sha {
		t.Errorf("static URLs: %+v", f)
	}
}

func TestPDMGraph(t *testing.T) {
	content := pdmHead("strategy = [\"cross_platform\"]\n") + `
[[package]]
name = "web"
version = "1.0"
dependencies = ["num>=1; python_version < '3.12'", "gone>3"]
` + pdmFile + `
[[package]]
name = "web"
version = "1.0"
extras = ["b", "a"]
dependencies = ["num==2", "web==1.0"]
` + pdmFile + `
[[package]]
name = "num"
version = "2"
` + pdmFile
	project := "[project]\nname = \"app\"\ndependencies = [\"web[A,b]\"]\n[project.optional-dependencies]\nWeb = [\"num\", \"App[Other]\"]\nother = [\"num\"]\n[dependency-groups]\ndev = [{include-group = \"Lint\"}]\nlint = [\"num<1\"]\n"
	read := func(project string) (*Lock, error) {
		return Read(filepath.Join(write(t, map[string]string{"pdm.lock": content, "pyproject.toml": project}), "pdm.lock"))
	}
	l, err := read(project)
	if err != nil {
		t.Fatal(err)
	}
	wantOutline(t, l, "roots: web 1.0[a,b]", "extra other: num 2", "extra web: num 2, num 2", "group default: web 1.0[a,b]", "group dev: num?", "group lint: num?", "group other: num 2", "group web: num 2, num 2")
	web := find(t, l, "web")
	if got := edges(l, web.Dependencies) + "; " + edges(l, web.Extras["a,b"]); got != `num 2 ; python_version < "3.12", gone?; num 2` {
		t.Errorf("web depends on %s", got)
	}
	if !l.Linked || len(l.Includes) != 1 || l.Environments != nil {
		t.Errorf("linked %v, includes %v, environments %v", l.Linked, l.Includes, l.Environments)
	}
	for _, c := range []struct{ name, project, message string }{
		{"cycle", project + "x = [{include-group = \"x\"}]\n", "x includes itself"},
		{"absent group", project + "x = [{include-group = \"y\"}]\n", "includes y"},
		{"what is no requirement", project + "x = [1]\n", "pyproject.toml: "},
		{"editable", strings.Replace(project, `"num<1"`, `"-e ./x"`, 1), "pyproject.toml: group "},
	} {
		_, err := read(c.project)
		wantFault(t, err, fault.Lock, c.message, "")
	}
	_, err = readText(t, "pdm.lock", content)
	wantFault(t, err, fault.Lock, "pyproject.toml", "pdm lock")
}

func TestPDMTargets(t *testing.T) {
	for platform, want := range map[string]string{
		"linux":                  `sys_platform == "linux" and platform_machine == "x86_64"`,
		"manylinux_2_28_aarch64": `sys_platform == "linux" and platform_machine == "aarch64"`,
		"musllinux_1_1_x86_64":   `sys_platform == "linux" and platform_machine == "x86_64"`,
		"windows_amd64":          `sys_platform == "win32" and platform_machine == "amd64"`,
		"macos_arm64":            `sys_platform == "darwin" and platform_machine == "arm64"`,
		"macos_14_0_x86_64":      `sys_platform == "darwin" and platform_machine == "x86_64"`,
	} {
		l := mustRead(t, "pdm.lock", pdmHead("strategy = [\"inherit_metadata\"]\n[[metadata.targets]]\nplatform = \""+platform+"\"\nimplementation = \"cpython\"\n"))
		want = `implementation_name == "cpython" and ` + want
		if got := strings.NewReplacer("(", "", ")", "").Replace(l.Environments[0][0].String()); !strings.EqualFold(got, want) {
			t.Errorf("%s: %s, want %s", platform, got, want)
		}
	}
}

func TestPDMRefusals(t *testing.T) {
	wantRefusals(t, "pdm.lock", []refusal{
		{"a later format", strings.Replace(pdmHead(pdmFlat), "4.5.1", "4.6", 1), "4.6", "pdm lock"},
		{"an earlier format", strings.Replace(pdmHead(pdmFlat), "4.5.1", "3.1", 1), "3.1", "pdm lock"},
		{"for one machine", strings.Replace(pdmHead("strategy = [\"inherit_metadata\"]\n"), "4.5.1", "4.4", 1), "pdm.lock", "pdm lock"},
		{"platform", pdmHead("strategy = [\"inherit_metadata\"]\n[[metadata.targets]]\nplatform = \"amiga\"\n"), `"amiga"`, ""},
		{"Python", pdmHead("[[metadata.targets]]\nrequires_python = \"three\"\n"), "metadata.targets: ", ""},
		{"no name", pdmHead(pdmFlat) + "[[package]]\nversion = \"1\"\n", "pdm.lock:", ""},
		{"marker", pdmHead(pdmFlat) + "[[package]]\nname = \"a\"\nmarker = \"soon\"\ngroups = [\"default\"]\n", `pdm.lock:8: package a: invalid marker "soon"`, ""},
	})
}

func FuzzPDM(f *testing.F) {
	fuzzReader(f, "pdm.lock", pdmHead(pdmFlat)+"[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"default\"]\nmarker = \"os_name == 'x'\"\n"+pdmFile,
		pdmHead("[[metadata.targets]]\nplatform = \"linux\"\n")+"[[package]]\nname = \"a\"\nextras = [\"x\"]\nurl = \"file:///${PROJECT_ROOT}/a\"\n")
}
