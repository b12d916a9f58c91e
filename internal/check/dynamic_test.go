package check_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// importAll checks files with both parts and returns the findings.
func importAll(t *testing.T, f files, o check.Options, modules ...string) ([]string, *check.Report) {
	t.Helper()
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || architecture == "" {
		t.Skip("no Lambda runtime's modules can be imported on this machine")
	}
	to := parse(t, "python3.11/"+architecture)
	it, err := probe.Ask(t.Context(), []string{testenv.Interpreter(t, to.Runtime)}, to)
	if err != nil {
		t.Fatal(err)
	}
	l := f.layer()
	r, err := check.Static(t.Context(), l, to, o)
	if err != nil {
		t.Fatal(err)
	}
	err = check.Import(t.Context(), r, l, to, it, check.ImportOptions{Options: o, Modules: modules, Probe: probe.Options{Timeout: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, found := range r.Findings {
		got = append(got, string(found.Severity)+" "+string(found.Code)+" "+found.Subject)
	}
	return got, r
}

func TestImport(t *testing.T) {
	requires := func(name string) []string { return []string{"Requires-Dist: " + name} }
	optional := files{"demo/__init__.py": "", "demo_plugin.py": "import pytest\n"}.dist("demo", "1", nil, "demo/__init__.py", "demo_plugin.py")
	excluded := files{"demo.py": "import yaml\n"}.dist("demo", "1", requires("PyYAML"), "demo.py")
	for name, test := range map[string]struct {
		files    files
		excluded []string
		modules  []string
		want     []string
	}{
		"all":              {files{"a.py": "", "b/__init__.py": "import a\n", "n/s/c.py": "import b\n", "b/broken.py": "raise SystemError\n"}, nil, nil, nil},
		"a further module": {files{"b/__init__.py": "", "b/broken.py": "raise SystemError\n"}, nil, []string{"b.broken"}, []string{"error import-failed b.broken"}},
		"raises":           {files{"a.py": "raise ValueError('x')\n"}, nil, nil, []string{"error import-failed a"}},
		"in a namespace":   {files{"n/s/c.py": "import absent\n"}, nil, nil, []string{"error import-failed n.s.c"}},
		"exits":            {files{"a.py": "import sys; sys.exit()\n"}, nil, nil, []string{"error import-crashed a"}},
		"prints":           {files{"a.py": "print('hello')\n"}, nil, nil, []string{"note import-side-effect a"}},
		"threads":          {files{"a.py": "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n"}, nil, nil, []string{"note import-side-effect a"}},
		"network":          {files{"a.py": "import socket\nsocket.create_connection(('index.example', 80))\n"}, nil, nil, []string{"warning import-needs-network a"}},
		"needs the SDK":    {files{"a.py": "import boto3.session\n"}, nil, nil, []string{"note import-unknown a"}},
		"excluded":         {excluded, []string{"pyyaml"}, nil, []string{"warning import-failed demo", "warning missing-requirement pyyaml"}},
		"excluded by name": {files{"a.py": "import some_lib\n"}, []string{"some-lib"}, nil, []string{"warning import-failed a"}},
		"not excluded":     {excluded, nil, nil, []string{"error import-failed demo", "error missing-requirement pyyaml"}},
		"an optional part": {optional, nil, nil, []string{"note import-failed demo_plugin"}},
		"imported by another": {files{"_fast.py": "import sys\nif 'demo' not in sys.modules: raise ImportError('import demo')\n"}.dist("demo", "1", []string{`Requires-Dist: demo-fast; extra == "fast"`}, "demo.py").
			dist("demo-fast", "1", nil, "_fast.py"), nil, nil, nil},
		"shadowed":           {files{}.dist("typing", "3", nil, "typing.py"), nil, nil, []string{"error shadows-standard typing"}},
		"missing library":    {files{"a.py": "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"}, nil, nil, []string{"error import-failed a"}},
		"this machine's lib": {files{"a.py": "raise ImportError('libstdc++.so.6: cannot open shared object file: No such file or directory')\n"}, nil, nil, []string{"note import-unknown a"}},
		"an older machine":   {files{"a.py": "raise ImportError(\"/lib/libc.so.6: version `GLIBC_2.26' not found\")\n"}, nil, nil, []string{"note import-unknown a"}},
		"tests are left out": {files{"tests/__init__.py": "raise SystemError\n", "lib/x.py": "raise SystemError\n", "m.libs/y.py": "raise SystemError\n"}, nil, nil, nil},
	} {
		if got, _ := importAll(t, test.files, check.Options{Excluded: test.excluded}, test.modules...); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestImportReport(t *testing.T) {
	_, r := importAll(t, files{"a.py": "import time\ntime.sleep(0.1)\nx = bytearray(50_000_000)\n"}, check.Options{})
	if r.Interpreter == nil || r.ImportsSkipped != "" || len(r.Imports) != 1 {
		t.Fatalf("got %+v", r)
	}
	if i := r.Imports[0]; i.Seconds < 0.1 || i.Memory < 40_000_000 || i.Memory > 100_000_000 {
		t.Errorf("got %+v", i)
	}
}
