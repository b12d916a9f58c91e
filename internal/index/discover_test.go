package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// write makes the file path below dir.
func write(t *testing.T, dir, path, content string) string {
	t.Helper()
	path = filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDiscoverOrder sets all sources and takes them away one by one.
func TestDiscoverOrder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the files lie elsewhere")
	}
	home, project := t.TempDir(), t.TempDir()
	explicit := Settings{URL: "https://flag.example/simple"}
	fromLock := Settings{URL: "https://lock.example/simple"}
	config := write(t, home, "named.conf", "[global]\nindex-url = https://named.example/simple\n")
	write(t, home, "venv/pip.conf", "[install]\nindex-url: https://venv.example/simple\n")
	write(t, home, ".config/pip/pip.conf", "[global]\nindex-url = https://user.example/simple\n")
	write(t, home, ".pip/pip.conf", "[global]\nindex_url = https://legacy.example/simple\n")
	write(t, project, "uv.toml", "[[index]]\nname = 'x'\nurl = 'https://uvtoml.example/simple'\ndefault = true\n")
	write(t, project, "pyproject.toml", "[tool.uv]\nindex-url = 'https://pyproject.example/simple'\n")
	write(t, home, ".config/uv/uv.toml", "index-url = 'https://uvuser.example/simple'\n")
	env := environment{
		"HOME": home, "VIRTUAL_ENV": filepath.Join(home, "venv"), "PIP_CONFIG_FILE": config, "XDG_CONFIG_DIRS": filepath.Join(home, "none"),
		"UV_DEFAULT_INDEX": "main=https://uvdefault.example/simple", "UV_INDEX_URL": "https://uvindexurl.example/simple",
		"PIP_INDEX_URL": "https://pipenv.example/simple",
	}
	steps := []struct {
		want   string
		remove func()
	}{
		{"flag", func() { explicit = Settings{} }},
		{"lock", func() { fromLock = Settings{} }},
		{"uvdefault", func() { delete(env, "UV_DEFAULT_INDEX") }},
		{"uvindexurl", func() { delete(env, "UV_INDEX_URL") }},
		{"pipenv", func() { delete(env, "PIP_INDEX_URL") }},
		{"named", func() { delete(env, "PIP_CONFIG_FILE") }},
		{"venv", func() { delete(env, "VIRTUAL_ENV") }},
		{"user", func() { os.Remove(filepath.Join(home, ".config/pip/pip.conf")) }},
		{"legacy", func() { os.Remove(filepath.Join(home, ".pip/pip.conf")) }},
		{"uvtoml", func() { os.Remove(filepath.Join(project, "uv.toml")) }},
		{"pyproject", func() { project = "" }},
		{"uvuser", func() { env["UV_NO_CONFIG"] = "1" }},
	}
	for _, step := range steps {
		s, err := Discover(explicit, fromLock, project, env.get)
		if err != nil {
			t.Fatalf("%s: %v", step.want, err)
		}
		if want := "https://" + step.want + ".example/simple"; s.URL != want || s.Override != (step.want == "flag") {
			t.Errorf("URL %s, Override %v; want %s", s.URL, s.Override, want)
		}
		step.remove()
	}
	s, err := Discover(explicit, fromLock, project, env.get)
	if err != nil || s.URL != "" || s.DefaultURL == nil || s.Keychain == nil {
		t.Errorf("without any source: %+v, %v", s, err)
	}
}

func TestDiscoverLists(t *testing.T) {
	project := t.TempDir()
	write(t, project, "pyproject.toml", `[tool.uv]
extra-index-url = ["https://e.example/simple"]
find-links = ["wheels", "https://l.example/"]
[[tool.uv.index]]
url = "https://a.example/simple"
[[tool.uv.index]]
url = "https://private.example/simple"
explicit = true
[[tool.uv.index]]
url = "more"
format = "flat"
`)
	tests := []struct {
		name    string
		env     environment
		project string
		want    string
	}{
		{"uv environment", environment{"UV_INDEX": "a=https://a.example/simple https://b.example/simple", "UV_EXTRA_INDEX_URL": "https://c.example/simple",
			"UV_FIND_LINKS": "/one, https://l.example/two"}, "",
			"[https://a.example/simple https://b.example/simple https://c.example/simple] [/one https://l.example/two] false"},
		{"pip environment", environment{"PIP_EXTRA_INDEX_URL": " https://a.example/simple\thttps://b.example/simple ", "PIP_FIND_LINKS": "/one /two", "PIP_NO_INDEX": "0"}, "",
			"[https://a.example/simple https://b.example/simple] [/one /two] false"},
		{"no index", environment{"PIP_NO_INDEX": "yes", "PIP_FIND_LINKS": "/one"}, "", "[] [/one] true"},
		{"no index further down", environment{"UV_INDEX_URL": "https://a.example/simple", "PIP_NO_INDEX": "1"}, "", "[] [] false"},
		{"pyproject.toml", environment{}, project,
			"[https://a.example/simple https://e.example/simple] [" + filepath.Join(project, "wheels") + " https://l.example/ " + filepath.Join(project, "more") + "] false"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.env["PIP_CONFIG_FILE"] = os.DevNull
			s, err := Discover(Settings{}, Settings{}, test.project, test.env.get)
			if got := fmt.Sprint(s.ExtraURLs, s.FindLinks, s.NoIndex); got != test.want || err != nil {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

// PowerShell and Notepad begin a file with a byte order mark and end its lines with \r\n.
func TestDiscoverWithMark(t *testing.T) {
	const uv = "index-url = 'https://a.example/simple'\r\nextra-index-url = [\r\n  'https://b.example/simple',\r\n]\r\n"
	for name, content := range map[string]string{
		"pip.conf":       "[global]\r\nindex-url = https://a.example/simple\r\nextra-index-url =\r\n    https://b.example/simple\r\n",
		"uv.toml":        uv,
		"pyproject.toml": "[tool.uv]\r\n" + uv,
		"uv/uv.toml":     uv, // the user's
	} {
		dir := t.TempDir()
		path := write(t, dir, name, "\xef\xbb\xbf"+content)
		env := environment{"PIP_CONFIG_FILE": os.DevNull, "XDG_CONFIG_HOME": dir, "APPDATA": dir}
		if name == "pip.conf" {
			env["PIP_CONFIG_FILE"] = path
		}
		s, err := Discover(Settings{}, Settings{}, dir, env.get)
		if err != nil || s.URL != "https://a.example/simple" || len(s.ExtraURLs) != 1 || s.ExtraURLs[0] != "https://b.example/simple" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestDiscoverBadFiles(t *testing.T) {
	for name, content := range map[string]string{"pip.conf": "[global]\nsecret\n", "uv.toml": "index-url = secret\n"} {
		dir := t.TempDir()
		path := write(t, dir, name, content)
		env := environment{"PIP_CONFIG_FILE": os.DevNull}
		if name == "pip.conf" {
			env["PIP_CONFIG_FILE"] = path
		}
		_, err := Discover(Settings{}, Settings{}, dir, env.get)
		if catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the line: %v", name, err)
		}
	}
}

func TestConfigFilePaths(t *testing.T) {
	env := environment{"HOME": "/h", "USERPROFILE": "/u", "APPDATA": "/a", "PROGRAMDATA": "/p", "VIRTUAL_ENV": "/v", "PIP_CONFIG_FILE": "/c"}
	tests := []struct{ goos, pip, uv string }{
		{"linux", "/etc/xdg/pip/pip.conf /etc/pip.conf /h/.pip/pip.conf /h/.config/pip/pip.conf /v/pip.conf /c", "/h/.config/uv/uv.toml /etc/uv/uv.toml"},
		{"darwin", "/Library/Application Support/pip/pip.conf /h/.pip/pip.conf /h/.config/pip/pip.conf /h/Library/Application Support/pip/pip.conf /v/pip.conf /c", "/h/.config/uv/uv.toml /etc/uv/uv.toml"},
		{"windows", "/p/pip/pip.ini /u/pip/pip.ini /a/pip/pip.ini /v/pip.ini /c", "/a/uv/uv.toml /p/uv/uv.toml"},
	}
	for _, test := range tests {
		if got := filepath.ToSlash(strings.Join(pipConfigFiles(test.goos, env.get), " ")); got != test.pip {
			t.Errorf("%s: pip has %s\nwant %s", test.goos, got, test.pip)
		}
		if got := filepath.ToSlash(strings.Join(uvConfigFiles(test.goos, env.get), " ")); got != test.uv {
			t.Errorf("%s: uv has %s\nwant %s", test.goos, got, test.uv)
		}
	}
	if got := pipConfigFiles("linux", environment{"PIP_CONFIG_FILE": os.DevNull}.get); got != nil {
		t.Errorf("with the null device: %v", got)
	}
}

// TestDefaultURL runs stand-ins for Python, pip and uv.
func TestDefaultURL(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins are shell scripts")
	}
	const (
		noPip   = "echo No module named pip >&2; exit 1"
		pipHelp = "[ \"$*\" = 'help install' ] && printf '  -i, --index-url <url>  Base URL of the Python Package\\n     Index (default\\n     https://help.example/simple). This\\n  --extra-index-url <url>\\n'"
		uvHelp  = "[ \"$*\" = 'help pip install' ] && printf '  --default-index <DEFAULT_INDEX>\\n    The default package index (by default: <https://uv.example/simple>).\\n'"
	)
	tests := []struct {
		name    string
		scripts map[string]string
		want    string
	}{
		{"pip", map[string]string{"python3": "echo https://pip.example/simple", "uv": uvHelp}, "https://pip.example/simple"},
		{"python", map[string]string{"python": "echo https://pip.example/simple"}, "https://pip.example/simple"},
		{"a pip of its own", map[string]string{"python3": noPip, "pip3": pipHelp, "uv": uvHelp}, "https://help.example/simple"},
		{"pip under its other name", map[string]string{"pip": pipHelp}, "https://help.example/simple"},
		{"uv alone", map[string]string{"uv": uvHelp}, "https://uv.example/simple"},
		{"uv and a Python without pip", map[string]string{"python3": noPip, "uv": uvHelp}, "https://uv.example/simple"},
		{"no pip", map[string]string{"python3": noPip}, ""},
		{"something else", map[string]string{"python3": "echo hello", "pip": "echo hello", "uv": "echo hello"}, ""},
		{"no URL of an index", map[string]string{"python3": "echo file:///tmp", "uv": "echo '--default-index <X> (by default: <file:///tmp>)'"}, ""},
		{"nothing", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, script := range test.scripts {
				os.Chmod(write(t, dir, name, "#!/bin/sh\n"+script+"\n"), 0o755)
			}
			t.Setenv("PATH", dir)
			got, err := defaultURL(context.Background())
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// The real programs say which index is theirs.
func TestDefaultURLOfRealTools(t *testing.T) {
	for _, a := range askers {
		program := strings.TrimSuffix(a.program, "3")
		if program != "uv" && program != "pip" {
			program = "python"
		}
		path := testenv.Tool(t, program)
		if found, err := ask(context.Background(), path, a.arguments, a.answer); err != nil || !strings.HasSuffix(found, "/simple") {
			t.Errorf("%s: %q, %v", a.program, found, err)
		}
	}
}

func TestParseINI(t *testing.T) {
	const content = `# comment
[global]
index-url = https://u:p%%40@index.example/simple?a=b
; comment
Extra-Index-URL:
    https://a.example/simple

    # comment
    https://b.example/simple
timeout = 60
[install]
  no-index = true
  find-links = /a
    /b
[global]
cert=/x
`
	got, err := parseINI(strings.ReplaceAll(content, "\n", "\r\n"))
	want := map[string]map[string]string{
		"global": {"index-url": "https://u:p%%40@index.example/simple?a=b", "extra-index-url": "\nhttps://a.example/simple\nhttps://b.example/simple",
			"timeout": "60", "cert": "/x"},
		"install": {"no-index": "true", "find-links": "/a\n/b"},
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	for _, bad := range []string{"key = value", "[global", "[a]\nkey", "[a]\n= value"} {
		if _, err := parseINI(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// FuzzINI: keys and values hold no newline or surrounding space they should not.
func FuzzINI(f *testing.F) {
	f.Add("[global]\nindex-url = https://index.example/simple\nfind-links =\n  /a\n  /b\n")
	f.Add("[a]\n b: c\n# d\n[a]\n=e")
	f.Fuzz(func(t *testing.T, content string) {
		testenv.Frugal(t, func() {
			sections, err := parseINI(content)
			if err != nil {
				return
			}
			for _, section := range sections {
				for key, value := range section {
					if strings.ContainsAny(key, "\n=:") || strings.TrimSpace(key) != key || strings.HasSuffix(value, "\n") {
						t.Errorf("%q = %q", key, value)
					}
				}
			}
		})
	})
}

// FuzzUVConfig fuzzes uv.toml and [tool.uv].
func FuzzUVConfig(f *testing.F) {
	f.Add([]byte("index-url = \"https://index.example/simple\"\nfind-links = [\"a\"]\n[[index]]\nname = \"own\"\nurl = \"https://own.example\"\nexplicit = true\n"), false)
	f.Add([]byte("[[tool.uv.index]]\nurl = \"links\"\nformat = \"flat\"\ndefault = true\n"), true)
	f.Fuzz(func(t *testing.T, content []byte, pyproject bool) {
		testenv.Frugal(t, func() {
			if options, err := parseUV(content, pyproject); err == nil {
				options.settings("folder")
			}
		})
	})
}
