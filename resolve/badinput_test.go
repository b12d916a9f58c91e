package resolve

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
)

// A lock of each format that holds one distribution, six 1.0. The hash stands
// there once.
var goodLocks = map[string]string{
	"uv.lock": "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"six\" },\n]\n\n" +
		uvSix,
	"poetry.lock": poetrySix +
		"[extras]\nfast = [\"six\"]\n\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\ncontent-hash = \"\"\n",
	"pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"pip\"\n\n" +
		pylockSix,
	"pdm.lock": "[metadata]\ngroups = [\"default\", \"dev\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.1\"\ncontent_hash = \"sha256:00\"\n\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n\n" +
		pdmSix,
	"Pipfile.lock": "{\n    \"_meta\": {\n        \"hash\": {\"sha256\": \"00\"},\n        \"pipfile-spec\": 6,\n        \"requires\": {\"python_version\": \"3.13\"},\n        \"sources\": [{\"name\": \"main\", \"url\": \"https://index.example/simple\", \"verify_ssl\": true}]\n    },\n" +
		"    \"default\": {\n        " + pipfileSix + "\n    },\n    \"develop\": {}\n}\n",
	"requirements.txt": requirementsSix,
}

var (
	uvSix           = "[[package]]\nname = \"six\"\nversion = \"1.0\"\nsource = { registry = \"https://index.example/simple\" }\n" + uvSixFiles
	uvSixFiles      = "wheels = [\n    { url = \"https://files.example/six-1.0-py3-none-any.whl\", hash = \"" + sha("a") + "\", size = 1 },\n]\n\n"
	poetrySix       = "[[package]]\nname = \"six\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\n" + poetrySixFiles
	poetrySixFiles  = "files = [\n    {file = \"six-1.0-py3-none-any.whl\", hash = \"" + sha("a") + "\"},\n]\n\n"
	pylockSix       = "[[packages]]\nname = \"six\"\nversion = \"1.0\"\n" + pylockSixFiles
	pylockSixFiles  = "wheels = [{ url = \"https://files.example/six-1.0-py3-none-any.whl\", hashes = { sha256 = \"" + strings.Repeat("a", 64) + "\" } }]\n\n"
	pdmSix          = "[[package]]\nname = \"six\"\nversion = \"1.0\"\ngroups = [\"default\"]\n" + pdmSixFiles
	pdmSixFiles     = "files = [\n    {file = \"six-1.0-py3-none-any.whl\", hash = \"" + sha("a") + "\"},\n]\n\n"
	pipfileSix      = "\"six\": {\"hashes\": [\"" + sha("a") + "\"], \"version\": \"==1.0\"}"
	requirementsSix = "six==1.0 --hash=" + sha("a") + "\n"
)

// bad is an input that will not do.
type bad struct {
	lock    string // the file's name
	content string
	project string // its pyproject.toml, "": none
	target  string // "": python3.13/x86_64
	options Options
	kind    fault.Kind // 0: fault.Lock
	message string     // in the error or its details
	hint    string     // what to type next
}

func resolveText(t *testing.T, c bad) (string, error) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{c.lock: c.content}
	if c.project != "" {
		files["pyproject.toml"] = c.project
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lock.Read(filepath.Join(dir, c.lock))
	if err != nil {
		return "", err
	}
	if c.target == "" {
		c.target = "python3.13/x86_64"
	}
	index := &finder{files: map[string][]string{"six": {"six-1.0-py3-none-any.whl"}}}
	r, err := Resolve(context.Background(), l, targetOf(t, c.target), c.options, index)
	if err != nil {
		return "", err
	}
	return describe(r), nil
}

// replaced is the good lock of a format with old replaced by new, everywhere.
func replaced(t *testing.T, name, old, new string) string {
	t.Helper()
	if !strings.Contains(goodLocks[name], old) {
		t.Fatalf("%s has no %q", name, old)
	}
	return strings.ReplaceAll(goodLocks[name], old, new)
}

func TestGoodLocks(t *testing.T) {
	for name, content := range goodLocks {
		for how, content := range map[string]string{
			"plain": content,
			"BOM":   "\xef\xbb\xbf" + content,
			"CRLF":  strings.ReplaceAll(content, "\n", "\r\n"),
			"both":  "\xef\xbb\xbf" + strings.ReplaceAll(content, "\n", "\r\n"),
		} {
			got, err := resolveText(t, bad{lock: name, content: content})
			if err != nil || got != "six 1.0 (*)" {
				t.Errorf("%s, %s: %s, %v %v", name, how, got, err, fault.Hints(err))
			}
		}
	}
}

// TestBadInput goes through what can be wrong with a lock, format by format.
// Each error says where it is and what to type next.
func TestBadInput(t *testing.T) {
	const oldEnd = "[metadata]\nlock-version = \"2.0\"\npython-versions = \">=3.9\"\ncontent-hash = \"\"\n"
	second := func(s string) string { return strings.ReplaceAll(s, "1.0", "2.0") }
	for item, list := range map[string][]bad{
		"broken": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", `"six"`, `"six`), message: "uv.lock:10: ", hint: "uv lock"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", `"six"`, `"six`), message: "poetry.lock:2: ", hint: "poetry lock"},
			{lock: "pylock.toml", content: replaced(t, "pylock.toml", `"six"`, `"six`), message: "pylock.toml:5: ", hint: "uv export"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", `"six"`, `"six`), message: "pdm.lock:11: ", hint: "pdm lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", `"==1.0"`, `"==1.0`), message: "Pipfile.lock:9: ", hint: "pipenv lock"},
			{lock: "requirements.txt", content: "\nsix=1.0\n", message: "requirements.txt:2: ", hint: "uv pip compile"},
		},
		"cut short": {
			{lock: "uv.lock", content: goodLocks["uv.lock"][:300], message: "uv.lock:18: ", hint: "uv lock"},
			{lock: "poetry.lock", content: poetrySix[:100], message: "poetry.lock:7: ", hint: "poetry lock"},
			{lock: "Pipfile.lock", content: goodLocks["Pipfile.lock"][:200], message: "Pipfile.lock:", hint: "pipenv lock"},
		},
		"merge-conflict markers": {
			{lock: "uv.lock", content: "<<<<<<< HEAD\n" + goodLocks["uv.lock"], message: "uv.lock:1: ", hint: "git checkout --ours uv.lock && uv lock"},
			{lock: "poetry.lock", content: poetrySix + "<<<<<<< HEAD\n", message: "poetry.lock:11: ", hint: "git checkout --ours poetry.lock && poetry lock"},
			{lock: "pylock.toml", content: goodLocks["pylock.toml"] + "<<<<<<< HEAD\n", message: "pylock.toml:9: ", hint: "git checkout --ours pylock.toml && "},
			{lock: "pdm.lock", content: "\n<<<<<<< HEAD\r\n", message: "pdm.lock:2: ", hint: "git checkout --ours pdm.lock && pdm lock"},
			{lock: "Pipfile.lock", content: "{\n<<<<<<< HEAD\n", message: "Pipfile.lock:2: ", hint: "git checkout --ours Pipfile.lock && pipenv lock"},
			{lock: "requirements.txt", content: "six==1.0\n<<<<<<< HEAD\n", message: "requirements.txt:2: ", hint: "git checkout --ours requirements.txt"},
		},
		"another tool's lock under this name": {
			{lock: "uv.lock", content: goodLocks["poetry.lock"], message: "poetry.lock", hint: "poetry.lock"},
			{lock: "uv.lock", content: goodLocks["Pipfile.lock"], message: "Pipfile.lock", hint: "Pipfile.lock"},
			{lock: "poetry.lock", content: goodLocks["pdm.lock"], message: "pdm.lock", hint: "pdm.lock"},
			{lock: "pylock.toml", content: goodLocks["uv.lock"], message: "uv.lock", hint: "uv.lock"},
			{lock: "pdm.lock", content: goodLocks["pylock.toml"], message: "pylock.toml", hint: "pylock.toml"},
			{lock: "Pipfile.lock", content: goodLocks["uv.lock"], message: "uv.lock", hint: "uv.lock"},
			{lock: "requirements.txt", content: goodLocks["poetry.lock"], message: "poetry.lock", hint: "poetry.lock"},
			{lock: "requirements.txt", content: goodLocks["Pipfile.lock"], message: "Pipfile.lock", hint: "Pipfile.lock"},
		},
		"unknown version": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", "version = 1\n", "version = 2\n"), message: "version 2", hint: "uv lock"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", `"2.1"`, `"3.0"`), message: "3.0", hint: "poetry lock"},
			{lock: "pylock.toml", content: replaced(t, "pylock.toml", `lock-version = "1.0"`, `lock-version = "2.0"`), message: "2.0", hint: "version 1.0"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", `"4.5.1"`, `"5.0"`), message: "5.0", hint: "pdm lock"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", `"4.5.1"`, `"3.1"`), message: "3.1", hint: "pdm lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", `"pipfile-spec": 6`, `"pipfile-spec": 7`), message: "version 7", hint: "pipenv lock"},
		},
		"a dependency that is ambiguous or absent": {
			{lock: "uv.lock", content: goodLocks["uv.lock"] + uvSix, message: "uv.lock:5: package app: dependency six: ", hint: "uv lock"},
			{lock: "uv.lock", content: strings.Replace(goodLocks["uv.lock"], uvSix, "", 1), message: "uv.lock:5: package app: dependency six: ", hint: "uv lock"},
			{lock: "poetry.lock", content: oldEnd, project: "[tool.poetry.dependencies]\nsix = \"^1\"\n", message: `"six ^1"`, hint: "poetry lock"},
			{lock: "pdm.lock", content: strings.Replace(replaced(t, "pdm.lock", `"inherit_metadata"`, `"cross_platform"`), pdmSix, "", 1), project: "[project]\nname = \"app\"\ndependencies = [\"six>=1\"]\n",
				message: `"six >=1"`, hint: "pdm lock"},
		},
		"two active entries of one name": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", `    { name = "six" },`, `    { name = "six", version = "1.0" }, { name = "six", version = "2.0" },`) + second(uvSix),
				message: "six", hint: "uv lock"},
			{lock: "poetry.lock", content: second(poetrySix) + goodLocks["poetry.lock"], message: "six 1.0 (poetry.lock:11)", hint: "poetry lock"},
			{lock: "poetry.lock", content: poetrySix + goodLocks["poetry.lock"], message: "six", hint: "poetry lock"},
			{lock: "pylock.toml", content: goodLocks["pylock.toml"] + second(pylockSix), message: "six 2.0 (pylock.toml:9)", hint: "pip lock"},
			{lock: "pdm.lock", content: goodLocks["pdm.lock"] + second(pdmSix), message: "six", hint: "pdm lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", `"develop": {}`, `"develop": {`+second(pipfileSix)+`}`), options: Options{Selection: Selection{Groups: []string{"dev"}}},
				message: "six", hint: "pipenv lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", pipfileSix, pipfileSix+",\n"+pipfileSix), message: `Pipfile.lock:10: `, hint: "pipenv lock"},
			{lock: "requirements.txt", content: requirementsSix + second(requirementsSix), message: "six 2.0 (requirements.txt:2)", hint: "(requirements.txt:1 or requirements.txt:2)"},
		},
		"missing files": {
			{lock: "uv.lock", content: strings.Replace(goodLocks["uv.lock"], uvSixFiles, "", 1), message: "six", hint: "uv lock"},
			{lock: "poetry.lock", content: strings.Replace(goodLocks["poetry.lock"], poetrySixFiles, "", 1), message: "poetry.lock:1: package six: ", hint: "poetry lock"},
			{lock: "poetry.lock", content: strings.Replace(goodLocks["poetry.lock"], poetrySixFiles, "files = []\n", 1), message: "six", hint: "poetry lock"},
			{lock: "pylock.toml", content: strings.Replace(goodLocks["pylock.toml"], pylockSixFiles, "", 1), message: `pylock.toml:4: package six: `, hint: "pip lock"},
			{lock: "pylock.toml", content: strings.Replace(goodLocks["pylock.toml"], pylockSixFiles, "wheels = []\n", 1), message: "six", hint: "pip lock"},
			{lock: "pdm.lock", content: strings.Replace(goodLocks["pdm.lock"], pdmSixFiles, "", 1), message: "six", hint: "pdm lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", `"hashes": ["`+sha("a")+`"], `, ""), message: "six", hint: "pipenv lock"},
			{lock: "requirements.txt", content: "six==1.0\n", message: "six", hint: "--generate-hashes"},
		},
		"no hash": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", `hash = "`+sha("a")+`", `, ""), message: "six-1.0-py3-none-any.whl", hint: "uv lock --upgrade-package six"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", `, hash = "`+sha("a")+`"`, ""), message: "six-1.0-py3-none-any.whl", hint: "poetry lock"},
			{lock: "pylock.toml", content: replaced(t, "pylock.toml", `sha256 = "`+strings.Repeat("a", 64)+`"`, ""), message: "six-1.0-py3-none-any.whl", hint: "pip lock"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", `, hash = "`+sha("a")+`"`, ""), message: "six-1.0-py3-none-any.whl", hint: "pdm lock"},
		},
		"a hash of an algorithm nobody may use": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", sha("a"), "md5:0123"), message: `hash algorithm must be`, hint: "uv lock"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", sha("a"), "md5:0123"), message: `hash algorithm must be`, hint: "poetry lock"},
			{lock: "pylock.toml", content: replaced(t, "pylock.toml", "sha256 = ", "md5 = "), message: `hash algorithm must be`, hint: "pip lock"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", sha("a"), "md5:0123"), message: `hash algorithm must be`, hint: "pdm lock"},
			{lock: "Pipfile.lock", content: replaced(t, "Pipfile.lock", sha("a"), "md5:0123"), message: `hash algorithm must be`, hint: "pipenv lock"},
			{lock: "requirements.txt", content: replaced(t, "requirements.txt", sha("a"), "md5:0123"), message: `requirements.txt:1: the hash algorithm must be`, hint: "sha256"},
		},
		"an unknown extra": {
			{lock: "uv.lock", content: goodLocks["uv.lock"], options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "--extra"},
			{lock: "poetry.lock", content: goodLocks["poetry.lock"], options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "fast"},
			{lock: "pylock.toml", content: "extras = [\"a\", \"B\"]\n" + goodLocks["pylock.toml"], options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "a, b"},
			{lock: "pdm.lock", content: goodLocks["pdm.lock"], project: "[project.optional-dependencies]\ndev = []\n", options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "dev"},
			{lock: "Pipfile.lock", content: goodLocks["Pipfile.lock"], options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "--extra"},
			{lock: "requirements.txt", content: requirementsSix, options: Options{Selection: Selection{Extras: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "--extra"},
		},
		"an unknown group": {
			{lock: "uv.lock", content: goodLocks["uv.lock"], options: Options{Selection: Selection{Groups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "--group"},
			{lock: "poetry.lock", content: goodLocks["poetry.lock"], options: Options{Selection: Selection{Groups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "main"},
			{lock: "pylock.toml", content: "dependency-groups = [\"dev\"]\n" + goodLocks["pylock.toml"], options: Options{Selection: Selection{OnlyGroups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "dev"},
			{lock: "pdm.lock", content: goodLocks["pdm.lock"], options: Options{Selection: Selection{Groups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "default, dev"},
			{lock: "Pipfile.lock", content: goodLocks["Pipfile.lock"], options: Options{Selection: Selection{OnlyGroups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "default, dev"},
			{lock: "requirements.txt", content: requirementsSix, options: Options{Selection: Selection{Groups: []string{"x"}}}, kind: fault.Usage, message: `"x"`, hint: "--group"},
		},
		"a conflict set violated": {
			{lock: "uv.lock", content: "conflicts = [[{ package = \"app\", extra = \"cpu\" }, { package = \"app\", extra = \"gpu\" }]]\n" + replaced(t, "uv.lock", "\n[[package]]\nname = \"six\"", "[package.optional-dependencies]\ncpu = []\ngpu = []\n\n[[package]]\nname = \"six\""),
				options: Options{Selection: Selection{AllExtras: true}}, message: "app[cpu] and app[gpu]", hint: "--extra"},
		},
		"a target outside the lock": {
			{lock: "uv.lock", content: replaced(t, "uv.lock", ">=3.9", ">=3.12"), target: "python3.11/x86_64", message: "python3.11 has Python 3.11.", hint: "--runtime python3.14   # or python3.13, python3.12"},
			{lock: "uv.lock", content: "resolution-markers = [\"platform_machine == 'x86_64'\"]\n" + goodLocks["uv.lock"], target: "python3.13/arm64", message: `covered: platform_machine == "x86_64"`, hint: "tool.uv.environments"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", ">=3.9", "~3.10 || ^3.12"), target: "python3.11/x86_64", message: "covered: ", hint: "tool.poetry.dependencies.python"},
			{lock: "poetry.lock", content: replaced(t, "poetry.lock", ">=3.9", "^3.12"), target: "python3.11/x86_64", message: "Python <4,>=3.12", hint: "poetry lock"},
			{lock: "pylock.toml", content: "requires-python = \">=3.12\"\n" + goodLocks["pylock.toml"], target: "python3.11/x86_64", message: "Python >=3.12", hint: "pip lock"},
			{lock: "pylock.toml", content: "environments = [\"sys_platform == 'darwin'\"]\n" + goodLocks["pylock.toml"], message: `covered: sys_platform == "darwin"`, hint: "pip lock"},
			{lock: "pdm.lock", content: replaced(t, "pdm.lock", ">=3.9", ">=3.12"), target: "python3.11/x86_64", message: `covered: python_full_version >= "3.12"`, hint: "pdm lock"},
			{lock: "Pipfile.lock", content: goodLocks["Pipfile.lock"], target: "python3.12/x86_64", message: "Python ==3.13.*", hint: "--runtime python3.13"},
		},
		"an empty list of environments": {
			{lock: "pylock.toml", content: "environments = []\n" + goodLocks["pylock.toml"], message: "pylock.toml", hint: "pip lock"},
		},
		"a workspace that needs --package": {
			{lock: "uv.lock", content: "version = 1\nrequires-python = \">=3.9\"\nconflicts = [[{ package = \"api\" }, { package = \"web\" }]]\n[manifest]\nmembers = [\"api\", \"web\"]\n" +
				"[[package]]\nname = \"api\"\nsource = { virtual = \"api\" }\n[[package]]\nname = \"web\"\nsource = { virtual = \"web\" }\n", message: "api and web", hint: "--package web"},
			{lock: "uv.lock", content: goodLocks["uv.lock"], options: Options{Selection: Selection{Package: "web"}}, kind: fault.Usage, message: `"web"`, hint: "app"},
			{lock: "pdm.lock", content: goodLocks["pdm.lock"], options: Options{Selection: Selection{Package: "web"}}, kind: fault.Usage, message: `"web"`, hint: "--package"},
		},
	} {
		for _, c := range list {
			t.Run(item+"/"+c.lock, func(t *testing.T) {
				got, err := resolveText(t, c)
				if err == nil {
					t.Fatalf("it is taken for good: %s", got)
				}
				if c.kind == 0 {
					c.kind = fault.Lock
				}
				wantFault(t, err, c.kind, c.message)
				if hints := strings.Join(fault.Hints(err), "\n"); !strings.Contains(hints, c.hint) || hints == "" {
					t.Errorf("the hints do not say %q:\n%s", c.hint, hints)
				}
			})
		}
	}
}
