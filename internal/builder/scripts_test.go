package builder_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
)

const (
	points = "[other]\nx = y\n[console_scripts]\n# c\ndemo = demo.cli:main\nwith-extra = demo.cli:App.run [fast, more]\n[gui_scripts]\nwindow = demo.cli:main\n"
	cli    = "import sys\ndef main():\n    print('ran', *sys.argv[1:])\nclass App:\n    run = staticmethod(main)\n"
)

func scriptWheel(t *testing.T) builder.Input {
	return makeWheel(t, "demo", "demo/__init__.py=", "demo/cli.py="+cli, "demo-1.0.dist-info/entry_points.txt="+points,
		"demo-1.0.data/scripts/demo.exe=replaced by the entry point",
		"demo-1.0.data/scripts/hand.py=#!python\n'''doc'''\nfrom __future__ import annotations\nimport demo.cli\ndemo.cli.main()\n",
		"demo-1.0.data/scripts/shell=#!/bin/sh\necho ran \"$@\"\n", "demo-1.0.data/scripts/program=\x7fELF")
}

// What is in bin/ runs wherever the layer is unpacked, and finds its modules.
func TestScripts(t *testing.T) {
	tree, err := builder.Native(t.Context(), []builder.Input{scriptWheel(t)}, builder.Options{Scripts: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	got := contents(t, tree)
	dir := t.TempDir()
	for name, content := range got {
		name, executable := strings.CutSuffix(name, "+x")
		mode := os.FileMode(0o644)
		if executable {
			mode = 0o755
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"demo", "with-extra", "window", "hand.py", "shell", "program"} {
		content, ok := got["bin/"+name+"+x"]
		if !ok {
			t.Errorf("no executable bin/%s in %q", name, got)
			continue
		}
		if !strings.Contains(got["python/demo-1.0.dist-info/RECORD"], "../bin/"+name+",sha256=") {
			t.Errorf("RECORD does not list %s", name)
		}
		if python := name != "shell" && name != "program"; python && !strings.HasPrefix(content, "#!/usr/bin/env python3\n") {
			t.Errorf("%s begins %.40q", name, content)
		}
		if _, err := exec.LookPath("python3"); err != nil || name == "program" {
			continue
		}
		out, err := exec.Command(filepath.Join(dir, "bin", name), "a", "b").CombinedOutput()
		if err != nil || string(out) != "ran a b\n" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if got["bin/demo.exe+x"] != "" || len(tree.Entries) != 12 {
		t.Errorf("%d entries: %q", len(tree.Entries), got)
	}
}

func TestScriptsAreLeftOut(t *testing.T) {
	said := map[event.Kind]string{}
	tree, err := builder.Native(t.Context(), []builder.Input{scriptWheel(t)}, builder.Options{}, func(e event.Event) { said[e.Kind] += e.Message })
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for _, e := range tree.Entries {
		if strings.HasPrefix(e.Name, "bin/") {
			t.Errorf("%s is there", e.Name)
		}
	}
	if !strings.Contains(said[event.Note], "program") || !strings.Contains(said[event.Debug], "with-extra") {
		t.Errorf("said %v", said)
	}
}

// Excludes and preferences are about bin/, too.
func TestScriptsAreChosen(t *testing.T) {
	other := makeWheel(t, "other", "other-1.0.dist-info/entry_points.txt=[console_scripts]\ndemo = other:main\n")
	tree, err := builder.Native(t.Context(), []builder.Input{scriptWheel(t), other},
		builder.Options{Scripts: true, Prefer: []string{"other:bin/demo"}, Exclude: []string{"bin/shell"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if got := contents(t, tree); !strings.Contains(got["bin/demo+x"], "from other import main") || got["bin/shell+x"] != "" {
		t.Errorf("got %q", got)
	}
	for _, wrong := range []string{"x = demo", "../x = demo:main", "x = demo:main; evil", "x = de mo:main"} {
		bad := makeWheel(t, "bad", "bad-1.0.dist-info/entry_points.txt=[console_scripts]\n"+wrong+"\n")
		if tree, err := builder.Native(t.Context(), []builder.Input{bad}, builder.Options{Scripts: true}, nil); err == nil {
			tree.Close()
			t.Errorf("%q is taken", wrong)
		} else if hints := strings.Join(fault.Hints(err), "\n"); !strings.Contains(hints, "--scripts=false") || strings.Contains(hints, "cache") {
			t.Errorf("%q: the hints are %q", wrong, hints)
		}
	}
}
