package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// makeProject makes a folder with the given files, "name: content" pairs.
func makeProject(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	dir := makeProject(t, map[string]string{"pyproject.toml": `
[project]
name = "web"
[tool.ruff]
line-length = 100
[tool.lamella]
runtime = "python3.12"
exclude = ["**/tests/**"]
find-links = ["wheels", "https://files.example/wheels"]
lock = "/abs/uv.lock"
to = "out"
`})
	src, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Runtime:   OneOrMore{"python3.12"},
		Exclude:   []string{"**/tests/**"},
		FindLinks: []string{filepath.Join(dir, "wheels"), "https://files.example/wheels"},
		Lock:      "/abs/uv.lock",
		To:        filepath.Join(dir, "out"),
	}
	if !reflect.DeepEqual(src.Settings, want) {
		t.Errorf("got %+v, want %+v", src.Settings, want)
	}

	alone := makeProject(t, map[string]string{
		"pyproject.toml": "[tool.other]\nx = 1\n",
		"lamella.toml":   "arch = \"arm64\"\n",
	})
	src, err = Read(alone)
	if err != nil || src.Settings.Arch.First() != "arm64" {
		t.Errorf("lamella.toml: %+v, %v", src.Settings, err)
	}
	if src, err = Read(t.TempDir()); err != nil || !reflect.DeepEqual(src.Settings, Settings{}) {
		t.Errorf("no file: %+v, %v", src.Settings, err)
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct {
		name, file, content string
		want                string // error behind the folder's name
		detail              string
	}{
		{"unknown key", "pyproject.toml", "[tool.lamella]\nruntim = \"python3.13\"\n",
			`pyproject.toml:2:1: unknown key "runtim"; did you mean "runtime"?`, ""},
		{"dotted", "pyproject.toml", "tool.lamella.archh = \"x\"\n",
			`pyproject.toml:1:1: unknown key "archh"; did you mean "arch"?`, ""},
		{"table", "pyproject.toml", "[tool.lamella]\n[tool.lamella.layers]\na = 1\n",
			`pyproject.toml:2:2: unknown key "layers"`, ""},
		{"two", "lamella.toml", "excludes = []\n\nzzz = 1\n",
			`lamella.toml:1:1: unknown key "excludes"; did you mean "exclude"?`, `lamella.toml:3:1: unknown key "zzz"`},
		{"text for list", "lamella.toml", "# c\n  exclude = \"a\"\n",
			`lamella.toml:2:13: "exclude" must be an array of strings`, ""},
		{"number for text", "pyproject.toml", "[tool.lamella]\nruntime = 3.13\n",
			`pyproject.toml:2:11: "runtime" must be a string or an array of strings`, ""},
		{"number in list", "pyproject.toml", "[tool.lamella]\nextra = [\"a\", 1]\n",
			`pyproject.toml:2:15: "extra" must be an array of strings`, ""},
		{"key twice", "lamella.toml", "runtime = \"python3.12\"\nruntime = \"python3.13\"\n",
			`lamella.toml:2:1: key runtime is already defined`, ""},
		{"list twice", "pyproject.toml", "[tool.lamella]\nexclude = []\nexclude = []\n",
			`pyproject.toml:3:1: key exclude is already defined`, ""},
		{"twice in a table", "lamella.toml", "[[layer]]\nname = \"a\"\nname = \"b\"\n",
			`lamella.toml:3:1: key name is already defined`, ""},
		{"list and tables", "lamella.toml", "layer = []\n[[layer]]\nname = \"a\"\n",
			`lamella.toml:2:3: key layer already exists as a`, ""},
		{"table twice", "pyproject.toml", "[tool.lamella]\n[tool.lamella]\n",
			`pyproject.toml:2:2: table lamella already exists`, ""},
		{"table for text", "lamella.toml", "[runtime]\nx = \"a\"\n",
			`lamella.toml:1:2: "runtime" must be a string or an array of strings`, ""},
		{"dotted key for text", "pyproject.toml", "tool.lamella.to.x = \"a\"\n",
			`pyproject.toml:1:17: "to" must be a string`, ""},
		{"syntax", "lamella.toml", "runtime = \n", "lamella.toml:1:", ""},
		{"not a table", "pyproject.toml", "[tool]\nlamella = 1\n", "pyproject.toml:2:", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := makeProject(t, map[string]string{tt.file: tt.content})
			_, err := Read(dir)
			if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, tt.want)) {
				t.Fatalf("got %v\nwant %s", err, tt.want)
			}
			if catalogue.KindOf(err) != fault.Usage {
				t.Errorf("kind %v, want Usage", catalogue.KindOf(err))
			}
			if details := strings.Join(fault.Details(err), "\n"); !strings.Contains(details, tt.detail) {
				t.Errorf("details %q, want %q", details, tt.detail)
			}
		})
	}

	_, err := Read(makeProject(t, map[string]string{
		"pyproject.toml": "[tool.lamella]\n", "lamella.toml": "",
	}))
	if err == nil || !strings.Contains(err.Error(), "has [tool.lamella]") {
		t.Errorf("two files: %v", err)
	}
}

func TestReadTables(t *testing.T) {
	dir := makeProject(t, map[string]string{"pyproject.toml": `
[tool.lamella]
runtime = "python3.12"
[[tool.lamella.index]]
name = "corp"
url = "https://corp.example/simple"
[[tool.lamella.index]]
name = "aws"
auth = "codeartifact"
domain = "d"
owner = "111122223333"
repository = "r"
`})
	src, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []Index{{Name: "corp", URL: "https://corp.example/simple"},
		{Name: "aws", Auth: CodeArtifact, Domain: "d", Owner: "111122223333", Repository: "r"}}
	merged, _ := Merge(Source{Settings: Settings{Runtime: OneOrMore{"python3.13"}}, Origin: Key.Flag}, src)
	if !reflect.DeepEqual(merged.Index, want) {
		t.Errorf("got %+v, want %+v", merged.Index, want)
	}
	// The commented sample of a table is itself right.
	for _, table := range Tables() {
		sample := strings.ReplaceAll(strings.ReplaceAll(table.sample("[tool.lamella]"), "# "+table.Doc, ""), "# ", "")
		if _, err := Read(makeProject(t, map[string]string{"pyproject.toml": sample})); err != nil {
			t.Errorf("the sample of %s: %v\n%s", table.Name, err, sample)
		}
	}
}

func TestReadTableErrors(t *testing.T) {
	tests := []struct{ content, want, hint string }{
		{"[[index]]\nnam = 'x'", `:2:1: unknown key "nam"; did you mean "name"?`, "name, url, auth"},
		{"index = 'https://index.example'", `"index" must be an array of tables`, "[[index]]"},
		{"[[index]]\nname='x'\nowner = 111122223333", `"owner" in [[index]] must be a string`, `owner = "111122223333"`},
		{"[[index]]\nurl = 'https://index.example'", "[[index]]", `name = "corp"`},
		{"[[index]]\nname = 'x'", `"x"`, "url = "},
		{"[[index]]\nname = 'x'\nurl = '../wheels'", `"x"`, "find-links"},
		{"[[index]]\nname = 'x'\nauth = 'basic'", `"basic"`, `auth = "codeartifact"`},
		{"[[index]]\nname = 'x'\nauth = 'codeartifact'\ndomain = 'd'", `"x"`, "repository = "},
		{"[[index]]\nname = 'x'\nurl = 'https://index.example'\ndomain = 'd'", "owner", `auth = "codeartifact"`},
		{"[[index]]\nname = 'x'\nurl = 'https://index.example'\n[[index]]\nname = 'x'\nurl = 'https://b.example'", `"x"`, "name"},
	}
	for _, test := range tests {
		_, err := Read(makeProject(t, map[string]string{"lamella.toml": test.content}))
		catalogue.Record(err)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(strings.Join(fault.Hints(err), "\n"), test.hint) {
			t.Errorf("%q: got %v %q, want %q %q", test.content, err, fault.Hints(err), test.want, test.hint)
		}
	}
}

func TestFromEnv(t *testing.T) {
	env := map[string]string{
		"LAMELLA_RUNTIME":   "python3.11",
		"LAMELLA_EXCLUDE":   `boto3,"a,b"`,
		"LAMELLA_INDEX_URL": "https://index.example/simple",
		"LAMELLA_TO":        "",
	}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	src, err := FromEnv(lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{Runtime: OneOrMore{"python3.11"}, Exclude: []string{"boto3", "a,b"}, IndexURL: "https://index.example/simple"}
	if !reflect.DeepEqual(src.Settings, want) {
		t.Errorf("got %+v", src.Settings)
	}
	env["LAMELLA_EXTRA"] = `"open`
	if _, err := FromEnv(lookup); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("an open quote: %v", err)
	}
}

func TestMerge(t *testing.T) {
	strong := Source{Settings: Settings{Runtime: OneOrMore{"python3.13"}, Exclude: []string{}},
		Origin: func(k Key) string { return "--" + k.Name }}
	weak := Source{Settings: Settings{Runtime: OneOrMore{"python3.9"}, Exclude: []string{"boto3"}, Arch: OneOrMore{"arm64"}},
		Origin: Key.Env}
	got, origins := Merge(strong, weak)
	if got.Runtime.First() != "python3.13" || len(got.Exclude) != 0 || got.Arch.First() != "arm64" {
		t.Errorf("got %+v", got)
	}
	if want := (Origins{"runtime": "--runtime", "exclude": "--exclude", "arch": "LAMELLA_ARCH"}); !reflect.DeepEqual(origins, want) {
		t.Errorf("origins %v, want %v", origins, want)
	}
}

func TestProject(t *testing.T) {
	runtimes := []string{"python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"}
	for _, tt := range []struct {
		requires, version, want string
	}{
		{"", "3.11.4\n", "python3.11"},
		{">=3.9", "# pinned\ncpython-3.12\n", "python3.12"},
		{"", "3.1", ""},
		{">=3.10", "", "python3.10"},
		{">=3.9,<3.12", "", "python3.9"},
		{"^3.11", "", "python3.11"},
		{"~3.12", "", "python3.12"},
		{"3.10.*", "", "python3.10"},
		{"<3.9 || ^3.13", "", "python3.13"},
		{">=3.14", "", "python3.14"},
		{"~=3.11.4", "", "python3.11"},
		{"==3.11.4", "", "python3.11"},
		{">=3.12.1,<3.12.9", "", "python3.12"},
		{"3.13.5", "", "python3.13"},
		{"<=3.12.3,>3.11.99", "", "python3.12"},
		{"nonsense", "", ""},
		{"", "", ""},
	} {
		dir := makeProject(t, map[string]string{
			"pyproject.toml":  "[project]\nname = \"My.Web_App\"\nrequires-python = \"" + tt.requires + "\"\n",
			".python-version": tt.version,
		})
		p := ReadProject(dir)
		if p.Name != "my-web-app" {
			t.Errorf("name %q", p.Name)
		}
		if got := p.SuggestRuntime(runtimes); got != tt.want {
			t.Errorf("requires %q, version %q: %q, want %q", tt.requires, tt.version, got, tt.want)
		}
	}
	for file, want := range map[[2]string]string{
		{"Pipfile", "[requires]\npython_version = \"3.11\"\n"}:                                   "python3.11",
		{"Pipfile", "[requires]\npython_version = \"3.11\"\npython_full_version = \"3.11.7\"\n"}: "python3.11",
		{"Pipfile", "[requires]\n"}: "",
		{"pylock.toml", "lock-version = \"1.0\"\nrequires-python = \">=3.12\"\n"}: "python3.12",
	} {
		if got := ReadProject(makeProject(t, map[string]string{file[0]: file[1]})).SuggestRuntime(runtimes); got != want {
			t.Errorf("%s: %q, want %q", file[1], got, want)
		}
	}
	dir := filepath.Join(t.TempDir(), "Some_Folder")
	if p := ReadProject(dir); p.Name != "some-folder" {
		t.Errorf("name %q of a folder without pyproject.toml", p.Name)
	}
}

func TestInit(t *testing.T) {
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, before := range []string{"", "[project]\nname = \"a\"", "[project]\r\nname = \"a\"\r\n", "[tool.x]\ny = 1\n"} {
		dir := makeProject(t, map[string]string{"pyproject.toml": before})
		path, err := Init(dir, Starter{Name: "web", Runtime: "python3.12", Arch: "x86_64"}.Sample)
		if err != nil {
			t.Fatal(err)
		}
		after := read(path)
		if !strings.HasPrefix(after, before) {
			t.Errorf("%q was rewritten", before)
		}
		if strings.Contains(before, "\r\n") && strings.Count(after, "\n") != strings.Count(after, "\r\n") {
			t.Errorf("line ends are mixed")
		}
		src, err := Read(dir)
		if err != nil || src.Settings.Runtime.First() != "python3.12" {
			t.Errorf("%q: the sample reads as %+v, %v", before, src.Settings, err)
		}
		if _, err := Init(dir, Starter{}.Sample); catalogue.KindOf(err) != fault.Usage || read(path) != after {
			t.Errorf("%q: second Init: %v", before, err)
		}
	}

	dir := t.TempDir()
	if path, err := Init(dir, Starter{}.Sample); err != nil || filepath.Base(path) != "lamella.toml" {
		t.Errorf("without pyproject.toml: %s, %v", path, err)
	}
	if _, err := Init(dir, Starter{}.Sample); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("second Init: %v", err)
	}
	for _, damaged := range []string{"[project", "tool = {x = 1}\n"} {
		dir := makeProject(t, map[string]string{"pyproject.toml": damaged})
		if _, err := Init(dir, Starter{}.Sample); err == nil || read(filepath.Join(dir, "pyproject.toml")) != damaged {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}

// The sample with every line uncommented sets every key.
func TestSampleIsWhole(t *testing.T) {
	var lines []string
	for line := range strings.Lines(Starter{Runtime: "python3.13"}.FullSample("[tool.lamella]")) {
		if bare := strings.TrimPrefix(line, "# "); strings.Contains(bare, " = ") || strings.HasPrefix(bare, "[[") {
			line = bare
		}
		lines = append(lines, line)
	}
	src, err := Read(makeProject(t, map[string]string{"pyproject.toml": strings.Join(lines, "")}))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		if !k.isSet(&src.Settings) {
			t.Errorf("the sample's example does not set %s", k.Name)
		}
	}
	for _, table := range Tables() {
		if !table.isSet(&src.Settings) {
			t.Errorf("the sample's example does not set %s", table.Name)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"runtim": "runtime", "rutnime": "runtime", "excludes": "exclude", "index_url": "index-url",
		"zzz": "", "": "", "no": "", "ach": "arch", "compatible-runtimes": "compatible-runtime",
	} {
		if got := Nearest(word, names()); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[tool.lamella]\nruntime = \"python3.13\"\n")
	f.Add("tool.lamella.x.y = 1\n[[tool.lamella]]\n")
	f.Add("[tool]\nlamella = {exclude = [\"a\", 1]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		testenv.Frugal(t, func() {
			for _, table := range [][]string{nil, {"tool", "lamella"}} {
				_, err := parse("f.toml", []byte(text), table)
				var known *fault.Error
				if err != nil && !errors.As(err, &known) {
					t.Errorf("%T is no fault.Error", err)
				}
			}
		})
	})
}

// FuzzInit checks that what init adds to a pyproject.toml leaves what is there.
func FuzzInit(f *testing.F) {
	f.Add([]byte("[project]\r\nname = \"app\"\r\n"))
	f.Add([]byte("tool = { x = 1 }"))
	f.Add([]byte("[tool.lamella]\n# end"))
	f.Fuzz(func(t *testing.T, content []byte) {
		testenv.Frugal(t, func() {
			addition, err := appendix(content, Starter{Name: "web", Runtime: "python3.13", Arch: "x86_64"}.Sample)
			if err != nil {
				return
			}
			settings, err := parse("pyproject.toml", append(bytes.Clone(content), addition...), []string{"tool", "lamella"})
			if err != nil || settings.Runtime.First() != "python3.13" {
				t.Errorf("%+v, %v", settings, err)
			}
		})
	})
}

func FuzzSplitList(f *testing.F) {
	f.Add(`one,"two, with a comma",`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := SplitList(text)
		if err == nil && len(list) > 1+strings.Count(text, ",") {
			t.Errorf("%q is %q", text, list)
		}
	})
}
