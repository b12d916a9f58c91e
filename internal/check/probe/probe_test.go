package probe_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/target"
)

func host(t *testing.T) target.Target {
	t.Helper()
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	to, err := target.Parse("python3.11", architecture)
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("no Lambda runtime's modules can be imported on this machine")
	}
	return to
}

func ask(t *testing.T) (probe.Interpreter, target.Target) {
	t.Helper()
	to := host(t)
	it, err := probe.Ask(t.Context(), []string{testenv.Interpreter(t, to.Runtime)}, to)
	if err != nil {
		t.Fatal(err)
	}
	return it, to
}

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestImport(t *testing.T) {
	it, to := ask(t)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("PYTHONPATH", "/nowhere")
	root := tree(t, map[string]string{
		"python/fine.py":    "import json\n",
		"python/raises.py":  "def f():\n    raise ValueError('no luck')\nf()\n",
		"python/wants.py":   "try:\n    import absent.part\nexcept ImportError as e:\n    raise RuntimeError('install it')\n",
		"python/exits.py":   "import sys\nsys.exit(3)\n",
		"python/leaves.py":  "import os\nos._exit(4)\n",
		"python/crashes.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
		"python/hangs.py":   "import time, subprocess\nsubprocess.Popen(['sleep', '300'])\ntime.sleep(300)\n",
		"python/prints.py":  "print('hello')\nfor i in range(1000): print(i)\n",
		"python/threads.py": "import threading, time\nthreading.Thread(target=time.sleep, args=(300,), name='worker').start()\n",
		"python/calls.py":   "import urllib.request\nurllib.request.urlopen('http://index.example/')\n",
		"python/tries.py":   "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError:\n    pass\n",
		"python/enum.py":    "raise SystemError('never imported')\n",
		"python/uses.py":    "import enum, re\nassert enum.Enum\n",
		"python/x.pth":      "import sys; sys.from_pth = True\n",
		"python/pth.py":     "import sys\nassert sys.from_pth\n",
		"python/alone.py":   "import os, sys\nassert not any('site-packages' in p for p in sys.path if p.startswith(sys.prefix)), sys.path\nassert 'AWS_SECRET_ACCESS_KEY' not in os.environ\n",
		"python/first.py":   "raise ValueError\n",
		"python/lib/python3.11/site-packages/first.py":  "",
		"python/lib/python3.11/site-packages/second.py": "",
	})
	want := map[string]probe.Status{"fine": probe.Imported, "raises": probe.Failed, "wants": probe.Failed, "exits": probe.Exited,
		"leaves": probe.Exited, "crashes": probe.Crashed, "hangs": probe.TimedOut, "prints": probe.Imported, "threads": probe.Imported,
		"calls": probe.Failed, "tries": probe.Imported, "enum": probe.Imported, "uses": probe.Imported, "pth": probe.Imported,
		"alone": probe.Imported, "first": probe.Imported, "second": probe.Imported, "absent": probe.Failed}
	var modules []string
	for name := range want {
		modules = append(modules, name)
	}
	results, err := probe.Import(t.Context(), it, probe.Layer{Root: root, Target: to}, modules, probe.Options{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]probe.Result{}
	for i, r := range results {
		if got[r.Module] = r; r.Module != modules[i] || r.Status != want[r.Module] {
			t.Errorf("%s: got %+v, want %s", modules[i], r, want[modules[i]])
		}
	}
	if r := got["raises"]; r.Exception != "ValueError: no luck" || !strings.Contains(strings.Join(r.Traceback, "\n"), "raises.py") {
		t.Errorf("%+v", r)
	}
	if r := got["wants"]; r.Missing != "absent" {
		t.Errorf("%+v", r)
	}
	if r := got["prints"]; len(r.Output) != 20 || r.Output[0] != "hello" {
		t.Errorf("%+v", r)
	}
	if r := got["threads"]; !slices.Equal(r.Threads, []string{"worker"}) {
		t.Errorf("%+v", r)
	}
	if r := got["calls"]; !slices.Equal(r.Connections, []string{"index.example:80"}) {
		t.Errorf("%+v", r)
	}
	if r := got["tries"]; len(r.Connections) != 1 {
		t.Errorf("%+v", r)
	}
	if r := got["fine"]; r.Seconds <= 0 || r.Seconds > 5 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(root, "python", "__pycache__")); err == nil {
		t.Error("the import wrote into the layer")
	}
}

func TestAskRefuses(t *testing.T) {
	to := host(t)
	fake := func(answer string) []string { return []string{"/bin/echo", "lamella " + answer} }
	for name, words := range map[string][]string{
		"absent":        {"/nowhere/python3"},
		"no Python":     {"/bin/echo"},
		"fails":         {"/bin/false"},
		"another minor": {testenv.Interpreter(t, "python3.13")},
		"PyPy":          fake(`{"version": "3.11.9", "implementation": "pypy", "system": "linux"}`),
		"free-threaded": {"sh", "-c", `echo 'lamella {"version": "3.11.9", "implementation": "cpython", "system": "linux", "machine": "` + to.Machine + `", "free_threaded": true}'`},
		"debug":         {"sh", "-c", `echo 'lamella {"version": "3.11.9", "implementation": "cpython", "system": "linux", "machine": "` + to.Machine + `", "debug": true}'`},
		"other machine": {"sh", "-c", `echo 'lamella {"version": "3.11.9", "implementation": "cpython", "system": "linux", "machine": "s390x"}'`},
		"macOS":         {"sh", "-c", `echo 'lamella {"version": "3.11.9", "implementation": "cpython", "system": "darwin", "machine": "x86_64"}'`},
		"nothing":       nil,
	} {
		if _, err := probe.Ask(t.Context(), words, to); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
