package imports_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/target"
)

// files are a layer of three distributions. app imports the other two, optional only if
// it is there; app and second both import shared.
var files = map[string]string{
	"python/app/__init__.py":                          "import time, shared.part\nfrom app import late\ntry:\n    import optional\nexcept ImportError:\n    pass\ntry:\n    import nowhere\nexcept ImportError:\n    pass\ntime.sleep(0.02)\n",
	"python/app/late.py":                              "import time\ntime.sleep(0.03)\n",
	"python/app-1.0.dist-info/METADATA":               "Name: app\nVersion: 1.0\n",
	"python/app-1.0.dist-info/RECORD":                 "app/__init__.py,,\napp/late.py,,\n",
	"python/shared/__init__.py":                       "",
	"python/shared/part.py":                           "import time\ntime.sleep(0.03)\n",
	"python/shared-1.0.dist-info/METADATA":            "Name: shared\nVersion: 1.0\n",
	"python/shared-1.0.dist-info/RECORD":              "shared/__init__.py,,\nshared/part.py,,\n",
	"python/optional.py":                              "import time\ntime.sleep(0.04)\n",
	"python/opt-1.0.dist-info/METADATA":               "Name: opt\nVersion: 1.0\n",
	"python/opt-1.0.dist-info/RECORD":                 "optional.py,,\n",
	"python/second.py":                                "import shared.part\n",
	"python/space/inner/__init__.py":                  "x = '</script><script>fail()</script>'\n",
	"python/raises.py":                                "raise ValueError('no luck')\n",
	"python/exits.py":                                 "import sys\nsys.exit(3)\n",
	"python/leaves.py":                                "import os\nos._exit(4)\n",
	"python/hangs.py":                                 "import time\ntime.sleep(300)\n",
	"python/prints.py":                                "import sys\nprint('hello')\nprint('import time: 1 | 2 | x', file=sys.stderr)\n",
	"python/threads.py":                               "import threading, time\ndef f():\n    import wave\n    time.sleep(300)\nthreading.Thread(target=f, name='worker').start()\ntime.sleep(0.05)\n",
	"python/calls.py":                                 "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError:\n    pass\n",
	"python/foreign.cpython-311-x86_64-linux-gnu.so":  "\x7fELF for another machine",
	"python/foreign.cpython-311-aarch64-linux-gnu.so": "\x7fELF for another machine",
}

func open(t *testing.T) (*check.Zip, probe.Interpreter, target.Target) {
	t.Helper()
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	to, err := target.Parse("python3.11", architecture)
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("no Lambda runtime's modules can be imported on this machine")
	}
	it, err := probe.Ask(t.Context(), []string{testenv.Interpreter(t, to.Runtime)}, to)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "layer.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for name, content := range files {
		e, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	layer, err := check.OpenZip(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { layer.Close() })
	return layer, it, to
}

// index are the modules of a tree by their paths: "app/app.late".
func index(tree []*imports.Module, above string, into map[string]*imports.Module) map[string]*imports.Module {
	for _, m := range tree {
		into[above+m.Name] = m
		index(m.Imports, above+m.Name+"/", into)
	}
	return into
}

func TestMeasure(t *testing.T) {
	layer, it, to := open(t)
	p, err := imports.Measure(t.Context(), layer.Layer, to, it, []string{"app", "second"}, imports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	modules := index(p.Tree, "", map[string]*imports.Module{})
	for path, distribution := range map[string]string{"app": "app", "app/shared": "shared", "app/shared.part": "shared", "app/app.late": "app", "app/optional": "opt", "second": ""} {
		m := modules[path]
		if m == nil {
			t.Fatalf("no %s among %v", path, modules)
		}
		if m.Distribution != distribution || !strings.HasPrefix(m.File, "/opt/python/") || !m.Compiled || m.Failed {
			t.Errorf("%s: %+v", path, *m)
		}
	}
	if m := modules["app/nowhere"]; m == nil || !m.Failed {
		t.Errorf("nowhere: %+v", m)
	}
	app := modules["app"]
	if app.Own < 0.02 || app.Own > app.Total-0.1 || app.Total > p.Seconds {
		t.Errorf("app took %v itself, %v with what it imports, of %v", app.Own, app.Total, p.Seconds)
	}
	sum := 0.0
	for _, c := range p.Cost {
		sum += c.Own
	}
	if sum > p.Seconds || sum < 0.12 { // what the modules sleep
		t.Errorf("the distributions took %v of %v", sum, p.Seconds)
	}
	if p.Start <= 0 || p.Init() <= p.Seconds || p.Runs != 3 {
		t.Errorf("start %v, runs %d", p.Start, p.Runs)
	}
	// shared is needed by second, too: app does not save it.
	if len(p.Lazy) == 0 || p.Lazy[0].Name != "app" || p.Lazy[0].Seconds > app.Total-0.03 || p.Lazy[0].Seconds < 0.09 {
		t.Errorf("lazy: %+v", p.Lazy)
	}
	// app cannot do without shared.
	if len(p.Exclude) != 1 || p.Exclude[0].Name != "opt" || p.Exclude[0].Seconds < 0.04 || p.Exclude[0].Bytes == 0 {
		t.Errorf("exclude: %+v", p.Exclude)
	}
}

func TestMeasureOddModules(t *testing.T) {
	layer, it, to := open(t)
	p, err := imports.Measure(t.Context(), layer.Layer, to, it, []string{"space.inner", "prints", "threads", "calls"}, imports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(p.Output, "hello") || !slices.Contains(p.Threads, "worker") || !slices.Contains(p.Refused, "192.0.2.1:80") || p.Elsewhere == 0 {
		t.Errorf("output %q, threads %q, connections %q, %d elsewhere", p.Output, p.Threads, p.Refused, p.Elsewhere)
	}
	modules := index(p.Tree, "", map[string]*imports.Module{})
	if modules["space"] == nil || modules["space.inner"] == nil {
		t.Errorf("a namespace package and what is in it: %v", modules)
	}
}

func TestMeasureRefuses(t *testing.T) {
	layer, it, to := open(t)
	for module, kind := range map[string]fault.Kind{"absent": fault.Usage, "app.absent": fault.Usage, "not a module": fault.Usage, "": fault.Usage, "raises": fault.Layer,
		"exits": fault.Layer, "leaves": fault.Layer, "hangs": fault.Layer, "foreign": fault.Layer} {
		o := imports.Options{Probe: probe.Options{Timeout: 20 * time.Second}}
		if module == "hangs" {
			o.Probe.Timeout = time.Second
		}
		_, err := imports.Measure(t.Context(), layer.Layer, to, it, []string{module}, o)
		kindOf := catalogue.KindOfTool
		if kind == fault.Usage {
			kindOf = catalogue.KindOf
		}
		if kindOf(err) != kind {
			t.Errorf("%q: %v, want kind %v", module, err, kind)
		}
	}
}
