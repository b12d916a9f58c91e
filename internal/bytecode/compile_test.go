package bytecode

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// sources are files of an interpreter's own library, with some that are known to
// marshal differently from run to run.
func sources(t testing.TB, i Interpreter) map[string][]byte {
	t.Helper()
	out, err := exec.Command(i.Path, "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatal(err)
	}
	list := map[string][]byte{
		"sets.py": []byte("def f(x):\n    return x in {None, 'a', 'b', 'zz', 1, 2.5, (1, 'a'), b'x', ..., 'os.path'} or x in {'a', None, True}\n"),
		"refs.py": []byte("import os.path\na = '.'; b = 'os.path'; c = (1, 2, (3, 'x y')); d = 'x y'\ndef g(): return (1, 2, (3, 'x y')), 300, 300, 1e100, b'a', b'', ()\n"),
		"none.py": {},
		"same.py": twoSets,
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "[a-b]*.py"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, path := range files {
		if list[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// compileAll compiles with several goroutines at once, in a random order.
func compileAll(t testing.TB, i Interpreter, list map[string][]byte) map[string][]byte {
	t.Helper()
	c := NewCompiler(t.Context(), i)
	defer c.Close()
	var names []string
	for name := range list {
		names = append(names, name)
	}
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	compiled := map[string][]byte{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() {
			content, err := c.Compile(t.Context(), Root+name, list[name])
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			compiled[name] = content
		})
	}
	group.Wait()
	return compiled
}

// The bytes depend on no order, process, folder or variable of the environment.
func TestCompileIsDeterministic(t *testing.T) {
	for name, i := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			list := sources(t, i)
			want := compileAll(t, i, list)
			t.Chdir(t.TempDir())
			for _, hostile := range []string{"marshal.py", "importlib.py", "sitecustomize.py", "json.py"} {
				if err := os.WriteFile(hostile, []byte("raise SystemExit('imported from the current folder')"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for k, v := range map[string]string{"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2", "PYTHONPATH": ".", "PYTHONNODEBUGRANGES": "1",
				"PYTHONWARNINGS": "error", "PYTHONHOME": "/nowhere", "PYTHONSTARTUP": "sitecustomize.py", "PYTHONDONTWRITEBYTECODE": "", "LC_ALL": "C"} {
				t.Setenv(k, v)
			}
			got := compileAll(t, i, list)
			for name := range list {
				if !bytes.Equal(want[name], got[name]) {
					t.Errorf("%s differs", name)
				}
			}
		})
	}
}

var twoSets = []byte("def f(x): return x in {'before_a', 'a b', 'before_b'}\ndef g(x): return 7 if x in {'before_b', 'before_a', 'a b'} else 8\n")

// The bytes do not depend on what the process compiled before: it keeps interned
// strings, and a frozen set of such strings is copied.
func TestCompileForgets(t *testing.T) {
	for name, i := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			var want []byte
			for _, before := range []string{"", "before_a = before_b = 1\n", "def f(): 'a b'; return {'before_a'}, 'before_b'\n", string(twoSets)} {
				c := NewCompiler(t.Context(), i)
				if _, err := c.Compile(t.Context(), Root+"before.py", []byte(before)); err != nil {
					t.Fatal(err)
				}
				got, err := c.Compile(t.Context(), Root+"same.py", twoSets)
				c.Close()
				if err != nil {
					t.Fatal(err)
				}
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) {
					t.Errorf("after %q: %d bytes, want the %d bytes of before", before, len(got), len(want))
				}
			}
		})
	}
}

// What is written is what the interpreter compiled, and what it loads without a
// look at the source.
func TestCompileIsWhatPythonCompiles(t *testing.T) {
	const script = `
import sys, os, marshal, importlib.util, importlib._bootstrap_external as b
def same(a, b):
    if type(a) is not type(b): return False
    if isinstance(a, type(same.__code__)):
        names = [n for n in dir(a) if n.startswith("co_") and not callable(getattr(a, n))]
        return all(same(getattr(a, n), getattr(b, n)) for n in names)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b and repr(a) == repr(b) or isinstance(a, frozenset) and a == b
for name in os.listdir("."):
    if not name.endswith(".py"): continue
    source = open(name, "rb").read()
    data = open(importlib.util.cache_from_source(name), "rb").read()
    assert b._classify_pyc(data, name, {}) == 1, name
    assert data[8:16] == importlib.util.source_hash(source), name
    path = "/opt/python/" + name
    want = compile(source, path, "exec", dont_inherit=True, optimize=0)
    assert same(marshal.loads(data[16:]), want), name
    assert want.co_filename == path
print("same")
`
	for name, i := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			list := sources(t, i)
			for name, content := range compileAll(t, i, list) {
				cached := filepath.Join(dir, "__pycache__", strings.TrimSuffix(name, ".py")+"."+i.Tag+".pyc")
				if err := os.MkdirAll(filepath.Dir(cached), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(os.WriteFile(cached, content, 0o666), os.WriteFile(filepath.Join(dir, name), list[name], 0o666)); err != nil {
					t.Fatal(err)
				}
			}
			check := exec.Command(i.Path, "-W", "ignore", "-c", script)
			check.Dir = dir
			if out, err := check.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "same" {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestCompileRejects(t *testing.T) {
	for name, i := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			c := NewCompiler(t.Context(), i)
			defer c.Close()
			for source, good := range map[string]bool{
				"x = 'é'": true, "# -*- coding: latin-1 -*-\nx = '\xe9'": true, "\xef\xbb\xbfx = 1": true, "x = 1\r\ny = 2\r\n": true,
				"x = 1\ry = 2": true, "x = 1\x0c\n": true, "x = '\\d'": true, "x is 1": true, "\n\n": true,
				"x = '\xe9'": false, "# coding: no-such\n": false, "x = 1\x00": false, "print 1": false, "f(": false,
				"match x:\n    case 1 if (y := 2) := 3: pass\n": false, "{{ cookiecutter.name }} = 1\n": false,
				"return": false, "\xff\xfex\x00": false, "x = " + strings.Repeat("(", 100_000): false, "x = " + strings.Repeat("-", 200_000) + "1": false,
			} {
				content, err := c.Compile(t.Context(), Root+"x.py", []byte(source))
				var rejected *Rejected
				if good != (err == nil) || !good && (!errors.As(err, &rejected) || rejected.Reason == "") {
					t.Errorf("%.40q: %d bytes, %v", source, len(content), err)
				}
			}
			if content, err := c.Compile(t.Context(), Root+"x.py", []byte("x = 1")); err != nil || len(content) == 0 {
				t.Errorf("after what does not compile: %v", err)
			}
		})
	}
}

// hello is what a fake worker prints first, if it is to be taken for i.
const hello = `[ "$6" = -c ] && echo "lamella 1 3.13.1 f30d0d0a"; `

func fakeInterpreter(t *testing.T, script string) Interpreter {
	path := fake(t, filepath.Join(t.TempDir(), "python3.13"), script)
	return Interpreter{Path: path, Version: "3.13.1", Tag: "cpython-313", Magic: "f30d0d0a"}
}

func TestCompileFails(t *testing.T) {
	for name, script := range map[string]string{
		"no hello":        "exit 0",
		"other version":   "echo 'lamella 1 3.13.2 f30d0d0a'; cat",
		"rubbish":         "cat /dev/urandom",
		"zeros":           "cat /dev/zero",
		"says nothing":    "sleep 60",
		"crash at once":   "kill -SEGV $$",
		"crash halfway":   hello + "head -c 10 >/dev/null; kill -SEGV $$",
		"ends halfway":    hello + "head -c 10 >/dev/null; printf '\\0'; exit 0",
		"short reply":     hello + "head -c 10 >/dev/null; printf '\\0\\0\\0\\1\\0half'; exit 0",
		"lying length":    hello + "head -c 10 >/dev/null; printf '\\0\\377\\377\\377\\377'; cat",
		"unknown status":  hello + "head -c 10 >/dev/null; printf '\\7\\0\\0\\0\\0'; cat",
		"empty code":      hello + "head -c 10 >/dev/null; printf '\\0\\0\\0\\0\\0'; cat",
		"no code":         hello + "head -c 10 >/dev/null; printf '\\0\\0\\0\\0\\11hashhashN'; cat",
		"hangs":           hello + "cat > /dev/null; sleep 60",
		"never reads":     hello + "sleep 60 & sleep 60",
		"ignores the end": "trap '' TERM; " + hello + "while :; do sleep 1; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewCompiler(t.Context(), fakeInterpreter(t, script))
			c.limit = time.Second
			defer c.Close()
			begin := time.Now()
			_, err := c.Compile(t.Context(), Root+"x.py", bytes.Repeat([]byte("x = 1\n"), 100_000))
			if catalogue.KindOf(err) != fault.Machine || errors.As(err, new(*Rejected)) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A worker that dies of one source is replaced, and nothing is lost.
func TestCompileSurvivesACrash(t *testing.T) {
	flag := filepath.Join(t.TempDir(), "crashed")
	for name, i := range interpreters(t) {
		path := fake(t, filepath.Join(t.TempDir(), "python"), fmt.Sprintf(
			"if [ -e %[1]s ]; then exec %[2]s \"$@\"; fi; : > %[1]s; %[2]s -c 'import os; os.write(1, b\"lamella 1 %[3]s %[4]s\\n\"); os.abort()'", flag, i.Path, i.Version, i.Magic))
		real := i
		i.Path = path
		c := NewCompiler(t.Context(), i)
		got, err := c.Compile(t.Context(), Root+"x.py", []byte("x = 1"))
		c.Close()
		if want := compileAll(t, real, map[string][]byte{"x.py": []byte("x = 1")})["x.py"]; err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, %v", name, got, err)
		}
		os.Remove(flag)
	}
}

func TestCompileEndsWithContext(t *testing.T) {
	i := fakeInterpreter(t, hello+"sleep 60 & echo $! > \"$0.child\"; wait")
	c := NewCompiler(context.Background(), i)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := c.Compile(ctx, Root+"x.py", []byte("x = 1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	child, err := os.ReadFile(i.Path + ".child")
	if err != nil {
		t.Fatal(err)
	}
	gone := func() bool { return exec.Command("kill", "-0", strings.TrimSpace(string(child))).Run() != nil }
	for range 100 {
		if gone() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("what the worker started is still there: %s", child)
}

// golden are the digests of one small layer's bytecode, by exact version of the
// interpreter. A version that is not listed is only noted.
var golden = map[string]string{
	"3.9.18":  "5442f5041a951fcbd20c6dc7a4a07996c294b3b6229e0611e7b087678e5a48d0",
	"3.10.13": "e47ce3963b7551290f9cd04ed86cd5d3ddf57767f1d4692ae956b4dec6a44230",
	"3.11.2":  "65332255525f3fb78c893be1397396b0a57beaf689763770010c1ab0098eaee6",
	"3.11.7":  "65332255525f3fb78c893be1397396b0a57beaf689763770010c1ab0098eaee6",
	"3.12.1":  "8412b99bcfd03885ae8da8b399f1f6b3de6d6d02e06a033919c2199700273594",
	"3.13.0":  "3aab9d602fe1103326331930156219b84b5ec9e59b8049c7bfd097933cdfeb1b",
}

func TestGoldenDigests(t *testing.T) {
	list := map[string][]byte{
		"demo/__init__.py": []byte("\"\"\"A small package.\"\"\"\nfrom . import core\n__all__ = ['core']\n"),
		"demo/core.py": []byte(`import os.path


class Shape:
    """With names, constants and nesting of every kind."""

    sides: int = 4

    def area(self, *, scale=1.5, **options):
        if self.sides in {3, 4, None, "many"}:
            return [x ** 2 for x in range(self.sides)], f"{scale!r:>10}"
        try:
            return lambda y=(1, 2, ("a b", b"c")): y + (scale,)
        except (ValueError, KeyError) as e:
            raise RuntimeError("no area") from e


async def stream(it):
    async with it as s:
        async for piece in s:
            yield piece if piece else 10 ** 30
`),
	}
	all := slices.Collect(maps.Values(interpreters(t)))
	for version := range golden { // also those that are not the first of their minor version
		if i, err := Find(t.Context(), python(t, "python"+version[:strings.LastIndex(version, ".")]), Options{Version: version}); err == nil {
			all = append(all, i)
		}
	}
	for _, i := range all {
		compiled := compileAll(t, i, list)
		h := sha256.New()
		for _, path := range []string{"demo/__init__.py", "demo/core.py"} {
			h.Write(compiled[path])
		}
		got := fmt.Sprintf("%x", h.Sum(nil))
		t.Logf("Python %s: %s", i.Version, got)
		switch {
		case golden[i.Version] == "":
			t.Logf("no digest is known of Python %s: %s", i.Version, got)
		case golden[i.Version] != got:
			t.Errorf("Python %s: got %s, want %s; if that is meant, raise the cache's format", i.Version, got, golden[i.Version])
		}
	}
}
