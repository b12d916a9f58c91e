package bytecode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/target"
)

func python(t testing.TB, name string) target.Target {
	t.Helper()
	to, err := target.Parse(name, "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// answer is what a fake interpreter prints, changed by edit.
func answer(version string, edit func(map[string]any)) string {
	minor := strings.Split(version, ".")[1]
	m := map[string]any{"path": "$0", "version": version, "level": "final", "implementation": "cpython",
		"tag": "cpython-3" + minor, "magic": "f30d0d0a", "machine": "x86_64", "debug": false, "free_threaded": false}
	if edit != nil {
		edit(m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return `echo "lamella ` + strings.ReplaceAll(string(text), `"`, `\"`) + `"`
}

// fake writes a program that is a shell script, and notes its runs in "<path>.runs".
func fake(t testing.TB, path, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake interpreters are shell scripts")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\nPATH=/bin:/usr/bin\necho run >> \"$0.runs\"\n" + script + "\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// getenv has only the given variables.
func getenv(pairs ...string) func(string) string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestFindPlaces(t *testing.T) {
	to := python(t, "python3.13")
	for name, test := range map[string]struct {
		at  string // relative to the home folder, which is also what the variables refer to
		env []string
	}{
		"PATH":                   {"bin/python3.13", []string{"PATH", "missing:relative:$HOME/bin"}},
		"PATH, later folder":     {"two/python3", []string{"PATH", "$HOME/bin:$HOME/two"}},
		"PATH, plain name":       {"bin/python", []string{"PATH", "$HOME/bin"}},
		"pyenv":                  {".pyenv/versions/3.13.2/bin/python3.13", nil},
		"pyenv elsewhere":        {"py/versions/3.13.2/bin/python3.13", []string{"PYENV_ROOT", "$HOME/py"}},
		"uv":                     {".local/share/uv/python/cpython-3.13.2-linux-x86_64-gnu/bin/python3.13", nil},
		"uv elsewhere":           {"uv/cpython-3.13.2-linux-x86_64-gnu/bin/python3.13", []string{"UV_PYTHON_INSTALL_DIR", "$HOME/uv"}},
		"uv, data folder":        {"data/uv/python/cpython-3.13.2-x/bin/python3.13", []string{"XDG_DATA_HOME", "$HOME/data"}},
		"uv, asked":              {"hidden/python", []string{"PATH", "$HOME/uvbin"}},
		"py launcher's own name": {"hidden/python", []string{"PATH", "$HOME/pybin"}},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			want := fake(t, filepath.Join(home, filepath.FromSlash(test.at)), answer("3.13.2", nil))
			fake(t, filepath.Join(home, "uvbin", "uv"), `[ "$1 $2" = "python find" ] && echo '`+want+`'`)
			fake(t, filepath.Join(home, "pybin", "py"), `[ "$1" = -3.13 ] || exit 1; exec '`+want+`' "$@"`)
			env := append([]string{"HOME", home}, test.env...)
			for i := range env {
				env[i] = strings.ReplaceAll(env[i], "$HOME", home)
			}
			got, err := Find(t.Context(), to, Options{Getenv: getenv(env...)})
			if err != nil {
				t.Fatalf("%v\n%q", err, fault.Details(err))
			}
			if want, err = filepath.EvalSymlinks(want); err != nil || got.Path != want || got.Version != "3.13.2" {
				t.Errorf("got %+v, want %s (%v)", got, want, err)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	to := python(t, "python3.13")
	for name, script := range map[string]string{
		"another minor":       answer("3.12.9", nil),
		"two digits":          answer("3.130.1", nil),
		"Python 2":            answer("2.7.18", func(m map[string]any) { m["tag"], m["magic"] = "", "" }),
		"PyPy":                answer("3.13.1", func(m map[string]any) { m["implementation"] = "pypy" }),
		"free-threaded":       answer("3.13.1", func(m map[string]any) { m["free_threaded"] = true }),
		"debug":               answer("3.13.1", func(m map[string]any) { m["debug"] = true }),
		"pre-release":         answer("3.13.0", func(m map[string]any) { m["level"] = "candidate" }),
		"no magic":            answer("3.13.1", func(m map[string]any) { m["magic"] = "" }),
		"no tag":              answer("3.13.1", func(m map[string]any) { m["tag"] = "../../x" }),
		"no path":             answer("3.13.1", func(m map[string]any) { m["path"] = "" }),
		"no answer":           ":",
		"rubbish":             "head -c 100000 /dev/urandom",
		"megabytes":           "head -c 30000000 /dev/zero; " + answer("3.13.1", nil),
		"half an answer":      `echo 'lamella {"path": "/x", "vers'`,
		"empty object":        `echo 'lamella {}'`,
		"exit status":         answer("3.13.1", nil) + "; exit 3",
		"crash":               "kill -SEGV $$",
		"hangs":               "sleep 60",
		"hangs in background": "sleep 60 & wait",
		"ignores the end":     "trap '' TERM; while :; do sleep 1; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			path := fake(t, filepath.Join(home, "python3.13"), script)
			begin := time.Now()
			got, err := Find(t.Context(), to, Options{Getenv: getenv("PATH", home, "HOME", home), Timeout: 2 * time.Second})
			if !errors.Is(err, ErrNotFound) || catalogue.KindOf(err) != fault.Machine {
				t.Fatalf("got %+v, %v", got, err)
			}
			if details := strings.Join(fault.Details(err), "\n"); !strings.HasPrefix(details, path+": ") {
				t.Errorf("the details are %q", details)
			}
			if hints := strings.Join(fault.Hints(err), "\n"); !strings.HasSuffix(hints, "uv python install 3.13") {
				t.Errorf("the hint is %q", hints)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// What is refused hides nothing that comes later.
func TestFindGoesOn(t *testing.T) {
	home := t.TempDir()
	fake(t, filepath.Join(home, "a", "python3.13"), answer("3.12.1", nil))
	fake(t, filepath.Join(home, "b", "python3.13"), "exit 127")
	want := fake(t, filepath.Join(home, "c", "python3.13"), answer("3.13.1", nil))
	fake(t, filepath.Join(home, ".pyenv/versions/3.13.9/bin/python3.13"), answer("3.13.9", nil))
	path := strings.Join([]string{filepath.Join(home, "a"), filepath.Join(home, "b"), filepath.Join(home, "c")}, string(os.PathListSeparator))
	env := getenv("HOME", home, "PATH", path)
	to := python(t, "python3.13")
	if got, err := Find(t.Context(), to, Options{Getenv: env}); err != nil || got.Version != "3.13.1" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Find(t.Context(), to, Options{Getenv: env, Version: "3.13.9"}); err != nil || got.Version != "3.13.9" {
		t.Errorf("pinned: got %+v, %v", got, err)
	}
	if got, err := Find(t.Context(), to, Options{Getenv: env, Program: want}); err != nil || got.Version != "3.13.1" {
		t.Errorf("by path: got %+v, %v", got, err)
	}
	_, err := Find(t.Context(), to, Options{Getenv: env, Version: "3.13.8"})
	catalogue.Record(err)
	if hints := fault.Hints(err); !errors.Is(err, ErrNotFound) || len(hints) != 1 || !strings.HasSuffix(hints[0], "uv python install 3.13.8") {
		t.Errorf("pinned to what is missing: %v, %q", err, hints)
	}
	if _, err := Find(t.Context(), to, Options{Getenv: env, Program: filepath.Join(home, "none")}); fault.KindOf(err) != fault.Machine || !errors.Is(err, ErrNotFound) {
		t.Errorf("by a path that is not there: %v", err)
	}
	for _, version := range []string{"3.12.1", "3.13", "3", "3.13.x", "3.13.1 ", "v3.13.1"} {
		if _, err := Find(t.Context(), to, Options{Getenv: env, Version: version}); catalogue.KindOf(err) != fault.Usage {
			t.Errorf("pinned to %q: %v", version, err)
		}
	}
}

func TestFindNewestOfPyenv(t *testing.T) {
	home := t.TempDir()
	for _, version := range []string{"3.13.2", "3.13.10", "3.13.9"} {
		fake(t, filepath.Join(home, ".pyenv/versions", version, "bin/python3.13"), answer(version, nil))
	}
	if got, err := Find(t.Context(), python(t, "python3.13"), Options{Getenv: getenv("HOME", home)}); err != nil || got.Version != "3.13.10" {
		t.Errorf("got %+v, %v", got, err)
	}
}

type memory map[string][]byte

func (m memory) Fact(key string, v any) bool {
	return m[key] != nil && json.Unmarshal(m[key], v) == nil
}

func (m memory) PutFact(key string, v any) (err error) {
	m[key], err = json.Marshal(v)
	return err
}

func runs(t *testing.T, path string) int {
	t.Helper()
	content, err := os.ReadFile(path + ".runs")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Count(string(content), "\n")
}

func TestFindProbesOnce(t *testing.T) {
	home, facts := t.TempDir(), memory{}
	other := fake(t, filepath.Join(home, "python3.13"), answer("3.12.0", nil))
	shim := fake(t, filepath.Join(home, "python3"), answer("3.12.1", func(m map[string]any) { m["path"] = other }))
	own := fake(t, filepath.Join(home, "python"), answer("3.13.1", nil))
	o := Options{Getenv: getenv("PATH", home), Facts: facts}
	for range 3 {
		if got, err := Find(t.Context(), python(t, "python3.13"), o); err != nil || got.Version != "3.13.1" {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if a, b, c := runs(t, other), runs(t, shim), runs(t, own); a != 1 || b != 3 || c != 1 {
		t.Errorf("the interpreters ran %d and %d times, the shim %d times", a, c, b)
	}
	fake(t, own, "# another file\n"+answer("3.13.2", nil))
	if got, err := Find(t.Context(), python(t, "python3.13"), o); err != nil || got.Version != "3.13.2" {
		t.Errorf("after an update: %+v, %v", got, err)
	}
	for key := range facts {
		facts[key] = []byte(`{"path": "x"}`)
	}
	if got, err := Find(t.Context(), python(t, "python3.13"), o); err != nil || got.Version != "3.13.2" {
		t.Errorf("with facts that are none: %+v, %v", got, err)
	}
}

func TestFindEndsWithContext(t *testing.T) {
	home := t.TempDir()
	fake(t, filepath.Join(home, "python3.13"), "sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Find(ctx, python(t, "python3.13"), Options{Getenv: getenv("PATH", home)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// ofThisMachine are the real interpreters, one for each minor version.
var ofThisMachine = sync.OnceValue(func() map[string]Interpreter {
	found := map[string]Interpreter{}
	for _, name := range target.Runtimes() {
		to, err := target.Parse(name, "x86_64")
		if err != nil {
			panic(err)
		}
		if i, err := Find(context.Background(), to, Options{}); err == nil {
			found[name] = i
		}
	}
	return found
})

func interpreters(t testing.TB) map[string]Interpreter {
	t.Helper()
	found := ofThisMachine()
	if len(found) == 0 {
		testenv.Missing(t, "this machine has no CPython of a Lambda runtime")
	}
	return found
}

func TestFindReal(t *testing.T) {
	for name, i := range interpreters(t) {
		if want := "cpython-" + strings.ReplaceAll(strings.TrimPrefix(name, "python"), ".", ""); i.Tag != want {
			t.Errorf("%s has the tag %s", i.Path, i.Tag)
		}
		if info, err := os.Stat(i.Path); err != nil || info.IsDir() {
			t.Errorf("%s: %v", i.Path, err)
		}
	}
	// A virtual environment leads to what it was made from.
	venv := testenv.Tool(t, "python")
	i, err := Find(t.Context(), python(t, fmt.Sprintf("python3.%d", 11)), Options{Program: venv})
	if err == nil && strings.HasPrefix(i.Path, testenv.Root()) {
		t.Errorf("the path is in the virtual environment: %s", i.Path)
	}
}
