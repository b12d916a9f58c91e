package installer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// fakes are tools as shell scripts: a pip and a Python of the target's version,
// a Poetry and a uv. They note their arguments in the file "log", run $SCRIPT,
// whose $site is where the modules go, and exit with its status.
func fakes(t *testing.T, script string) (dir string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the fake tools are for Linux")
	}
	dir = t.TempDir()
	log := `echo "$(basename $0) $@" >> '` + dir + "/log'\n"
	for name, program := range map[string]string{
		"pip3.11": `[ "$1" = --version ] && { echo "pip ${VERSION:-24.0} from /x (python 3.11)"; exit; }` + "\n" + log +
			"while [ $# -gt 1 ]; do shift; [ \"$1\" = -t ] && site=$2; done\n",
		"python3.11": `[ "$1" = -c ] && { echo 3.11; exit; }` + "\n" + log + `mkdir -p "$4/lib/python3.11/site-packages"; exit` + "\n",
		"poetry":     `[ "$1" = --version ] && { echo "Poetry (version ${VERSION:-2.1.1})"; exit; }` + "\n" + log + "site=.venv/lib/python3.11/site-packages\n",
		"uv": `[ "$1" = --version ] && { echo "uv ${VERSION:-0.9.1} (abc)"; exit; }` + "\n" +
			`[ "$1" = python ] && { echo /usr/bin/python3.11; exit; }` + "\n" + log +
			`site=$UV_PROJECT_ENVIRONMENT/lib/python3.11/site-packages; mkdir -p "$site"` + "\n",
	} {
		content := "#!/bin/sh\nPATH=/bin:/usr/bin\n" + program + `
dist() { # NAME TAG ROWS…: its metadata
  info="$site/$1-1.0.dist-info"; mkdir -p "$info"; echo "Tag: $2" > "$info/WHEEL"; echo "$1-1.0.dist-info/RECORD,," > "$info/RECORD"
  echo "$1-1.0.dist-info/WHEEL,sha256=w,1" >> "$info/RECORD"; shift 2
  for row in "$@"; do echo "$row" >> "$info/RECORD"; done
}
file() { mkdir -p "$(dirname "$site/$1")"; echo "$2" > "$site/$1"; }
` + script + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

// project makes a folder with files and reads the lock file among them.
func project(t *testing.T, name string, files map[string]string) *lock.Lock {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lock.Read(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func requirements(t *testing.T) *lock.Lock {
	return project(t, "requirements.txt", map[string]string{"requirements.txt": "demo==1.0\n"})
}

// options are those of a run on this machine, with a temporary folder that has
// to be empty in the end.
func options(t *testing.T, tool index.Tool, l *lock.Lock) Options {
	t.Helper()
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	python, err := target.Parse("python3.11", architecture)
	if err != nil {
		t.Skip("Lambda does not have this architecture")
	}
	temp := t.TempDir()
	t.Cleanup(func() {
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("left in the temporary folder: %v", left)
		}
	})
	return Options{Tool: tool, Lock: l, Target: python, Temp: temp}
}

// install installs and returns the files of the layer, with their content.
func install(t *testing.T, o Options) (*Installed, map[string]string) {
	t.Helper()
	installed, err := Install(context.Background(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(fault.Details(err), "\n"))
	}
	t.Cleanup(func() { installed.Close() })
	return installed, tree(t, installed.Dir)
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		files[relative] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// said is an error with its details and hints.
func said(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(slices.Concat([]string{err.Error()}, fault.Details(err), fault.Hints(err)), "\n")
}

// Each tool's installation becomes the same layer: without scripts, headers and
// what was compiled or strewn about, with data files where a layer has them.
func TestInstall(t *testing.T) {
	for tool, files := range map[index.Tool]map[string]string{
		index.Pip:    {"requirements.txt": "demo==1.0\n"},
		index.Poetry: {"poetry.lock": "package = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"x\"\n", "pyproject.toml": "[project]\nname = \"p\"\nversion = \"1\"\n"},
		index.UV:     {"uv.lock": "version = 1\nrequires-python = \">=3.11\"\n", "pyproject.toml": "[project]\nname = \"p\"\nversion = \"1\"\n"},
	} {
		t.Run(string(tool), func(t *testing.T) {
			up := "../../.." // pip moves what RECORD has there
			home := "$site/../../.."
			if tool == index.Pip {
				up, home = "../..", "$site"
			}
			log := fakes(t, `
dist demo py3-none-any demo/__init__.py,sha256=a,1 demo/__pycache__/x.cpython-311.pyc,, demo/__pycache__/own.pyc,sha256=o,1 \
  `+up+`/bin/demo,sha256=s,1 `+up+`/include/demo/demo.h,sha256=h,1 `+up+`/share/demo.txt,sha256=d,1
for name in demo/__init__.py demo/__pycache__/x.cpython-311.pyc demo/__pycache__/own.pyc stray.py; do file $name $name; done
mkdir -p "`+home+`/bin" "`+home+`/share" "`+home+`/include/demo"
echo '#!'$0 > "`+home+`/bin/demo"; echo data > "`+home+`/share/demo.txt"; echo h > "`+home+`/include/demo/demo.h"
dist gone py3-none-any gone.py,sha256=g,1; file gone.py gone
touch written-into-the-working-folder
`)
			l := project(t, string(LockOf(tool)), files)
			before := tree(t, filepath.Dir(l.Path))
			o := options(t, tool, l)
			o.Exclude = []string{"Gone"}
			var mu sync.Mutex
			var messages []string
			o.Events = func(e event.Event) {
				mu.Lock()
				defer mu.Unlock()
				messages = append(messages, e.Message)
			}
			installed, got := install(t, o)
			want := []string{"python/demo-1.0.dist-info/RECORD", "python/demo-1.0.dist-info/WHEEL", "python/demo/__init__.py",
				"python/demo/__pycache__/own.pyc", "python/share/demo.txt"}
			var names []string
			for name := range got {
				names = append(names, name)
			}
			if slices.Sort(names); !slices.Equal(names, want) {
				t.Errorf("got %q", names)
			}
			if record := got["python/demo-1.0.dist-info/RECORD"]; !strings.Contains(record, "\nshare/demo.txt,sha256=d,1\n") {
				t.Errorf("RECORD is %q", record)
			}
			if !slices.Equal(installed.Distributions, []Distribution{{"demo", "1.0"}}) || installed.Owner("share/demo.txt") != "demo" {
				t.Errorf("got %v", installed.Distributions)
			}
			if all := strings.Join(messages, "\n"); !strings.Contains(all, "stray.py") {
				t.Errorf("said %s", all)
			}
			after := tree(t, filepath.Dir(l.Path))
			if len(after) != len(before) {
				t.Errorf("the project has %d files, had %d", len(after), len(before))
			}
			calls, err := os.ReadFile(filepath.Join(log, "log"))
			if err != nil {
				t.Fatal(err)
			}
			arguments := map[index.Tool]string{
				index.Pip:    "pip3.11 install --no-compile -r requirements.txt -t ",
				index.Poetry: "poetry install --no-root --no-interaction --only main\n",
				index.UV:     "uv sync --frozen --no-install-project --no-editable --link-mode=copy --python /usr/bin/python3.11 --python-platform ",
			}[tool]
			if !strings.Contains(string(calls), arguments) {
				t.Errorf("called %s", calls)
			}
		})
	}
}

func TestInstallFails(t *testing.T) {
	const fine = "dist demo py3-none-any demo.py,sha256=a,1; file demo.py demo"
	for name, test := range map[string]struct {
		script string
		change func(*testing.T, *Options)
		want   []string
	}{
		"halfway":      {fine + "; echo downloading; echo 'ERROR: it broke' >&2; exit 2", nil, []string{"status 2", "ERROR: it broke", "-v"}},
		"megabytes":    {"head -c 5000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1", nil, []string{"the end"}},
		"no room":      {"echo 'OSError: [Errno 28] No space left on device'; exit 1", nil, []string{"TMPDIR="}},
		"credentials":  {"echo '401 Error, Credentials not correct'; exit 1", nil, []string{"set the credentials: "}},
		"build":        {"echo 'error: command gcc failed'; exit 1", nil, []string{"--container"}},
		"hangs":        {"sleep 60 & wait", func(_ *testing.T, o *Options) { o.Timeout = 200 * time.Millisecond }, []string{"--build-timeout 400ms"}},
		"too old":      {fine, func(t *testing.T, _ *Options) { t.Setenv("VERSION", "9.0.3") }, []string{"pip 9.0.3", "install --upgrade pip"}},
		"other Python": {fine, func(_ *testing.T, o *Options) { o.Target, _ = target.Parse("python3.12", o.Target.Architecture) }, []string{"python3.12 -m ensurepip", "--builder-path", "--container", "--builder native"}},
		"of that path": {fine, func(_ *testing.T, o *Options) {
			o.Path = "pip3.11"
			o.Target, _ = target.Parse("python3.12", o.Target.Architecture)
		}, []string{"pip 24.0 for Python 3.11"}},
		"other machine":  {fine, otherMachine, []string{"--container"}},
		"missing":        {fine, func(t *testing.T, o *Options) { o.Path = "/no/such/pip" }, []string{"--builder-path FILE"}},
		"other lock":     {fine, func(_ *testing.T, o *Options) { o.Tool = index.UV }, []string{"uv.lock", "--lock path/to/uv.lock"}},
		"extras":         {fine, func(_ *testing.T, o *Options) { o.Extras = []string{"x"} }, []string{"requirements.txt", "remove --extra"}},
		"other wheel":    {"dist demo cp39-cp39-win_amd64", nil, []string{"demo 1.0 is for cp39-cp39-win_amd64"}},
		"newer glibc":    {"dist demo cp311-abi3-manylinux_2_34_$(uname -m)", nil, []string{"manylinux_2_34", "--container"}},
		"editable":       {fine + `; echo '{"dir_info": {"editable": true}, "url": "file:///x"}' > "$site/demo-1.0.dist-info/direct_url.json"`, nil, []string{"demo 1.0", "--exclude"}},
		"conflict":       {fine + "; dist other py3-none-any demo.py,sha256=b,1", nil, []string{"demo.py is in demo and other"}},
		"no RECORD":      {"mkdir -p $site/demo.egg-info", nil, []string{"demo", "install --upgrade pip"}},
		"staging folder": {fine, func(_ *testing.T, o *Options) { o.Temp = "/dev/null/x" }, []string{"/dev/null/x", "TMPDIR="}},
	} {
		t.Run(name, func(t *testing.T) {
			fakes(t, test.script)
			o := options(t, index.Pip, requirements(t))
			if test.change != nil {
				test.change(t, &o)
			}
			installed, err := Install(context.Background(), o)
			if err == nil {
				installed.Close()
				t.Fatal("it did not fail")
			}
			if kind := catalogue.KindOf(err); kind == fault.Other {
				t.Errorf("%v has no kind", err)
			}
			for _, want := range test.want {
				if text := said(err); !strings.Contains(text, want) {
					t.Errorf("no %q in %s", want, text)
				}
			}
		})
	}
}

func otherMachine(_ *testing.T, o *Options) {
	other := map[string]string{"x86_64": "arm64", "arm64": "x86_64"}
	o.Target, _ = target.Parse("python3.11", other[o.Target.Architecture])
}

// uv chooses for another machine, too, but builds nothing there.
func TestUVForAnotherMachine(t *testing.T) {
	dir := fakes(t, "dist demo py3-none-any")
	o := options(t, index.UV, project(t, "uv.lock", map[string]string{"uv.lock": "version = 1\nrequires-python = \">=3.11\"\n"}))
	otherMachine(t, &o)
	o.Groups, o.Extras = []string{"lambda"}, []string{"fast"}
	install(t, o)
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--python-platform " + o.Target.Machine + "-manylinux_2_17", "--no-build", "--group lambda", "--extra fast", "--no-dev"} {
		if !strings.Contains(string(log), want) {
			t.Errorf("no %q in %s", want, log)
		}
	}
}

// Folders that the lock refers to are copied, and lie to one another as in the
// project, so that what builds them writes nowhere else.
func TestLocalSourcesAreStaged(t *testing.T) {
	fakes(t, `dist demo py3-none-any demo.py,sha256=a,1; file demo.py "$(cat libs/own/own.py ../beside/b.py)"; touch libs/own/built`)
	dir := t.TempDir()
	for path, content := range map[string]string{
		"app/requirements.txt": "./libs/own\n../beside\n-r more.txt\n", "app/more.txt": "demo==1\n",
		"app/libs/own/own.py": "own", "app/libs/own/.git/config": "x", "beside/b.py": "beside",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lock.Read(filepath.Join(dir, "app", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	_, got := install(t, options(t, index.Pip, l))
	if got["python/demo.py"] != "ownbeside\n" {
		t.Errorf("got %q", got)
	}
	if after := tree(t, dir); len(after) != len(before) {
		t.Errorf("the project has %d files, had %d", len(after), len(before))
	}
}

func TestInstallInterrupted(t *testing.T) {
	fakes(t, "echo waiting; sleep 60")
	o := options(t, index.Pip, requirements(t))
	ctx, cancel := context.WithCancel(context.Background())
	o.Events = func(e event.Event) {
		if e.Message == "waiting" {
			cancel()
		}
	}
	begin := time.Now()
	if _, err := Install(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// A tool gets the credentials by its environment and by a netrc file that is
// gone afterwards, and its arguments tell nothing of them.
func TestCredentials(t *testing.T) {
	dir := fakes(t, `[ "$PIP_INDEX_URL" = https://u:canary@index.example/ ] || exit 8; grep -q canary "$NETRC" || exit 7
[ "$(stat -c %a "$NETRC")" = 600 ] || exit 6; echo "$NETRC" > "`+"$(dirname $0)"+`/netrc-was"; dist demo py3-none-any`)
	o := options(t, index.Pip, requirements(t))
	o.Env = index.ToolEnv{Vars: []string{"PIP_INDEX_URL=https://u:canary@index.example/"}, Netrc: "machine index.example password canary\n"}
	installed, _ := install(t, o)
	installed.Close()
	was, err := os.ReadFile(filepath.Join(dir, "netrc-was"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(was))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the netrc file is still there: %v", err)
	}
	if log, _ := os.ReadFile(filepath.Join(dir, "log")); strings.Contains(string(log), "canary") {
		t.Errorf("called %s", log)
	}
}
