package bytecode

import (
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

func TestTrace(t *testing.T) {
	entries := []layer.Entry{
		entry("a", "python/a/__init__.py", "print('noise')\nimport importlib, os\nimportlib.import_module('b')\nfrom . import used\nos.write(1, b'lamella 1')\n"),
		entry("a", "python/a/used.py", "import sys\ndel sys.modules['b']\ndef f():\n    import lazy\n"),
		entry("a", "python/a/unused.py", ""),
		entry("a", "python/b.py", ""),
		entry("a", "python/lazy.py", ""),
		entry("a", "python/bad.py", "raise SystemExit(0)\n"),
		entry("a", "python/worse.py", "import os\nos._exit(0)\n"),
		entry("a", "python/failing.py", "import nothing_of_that_name\n"),
		entry("a", "bin/tool.py", ""),
	}
	for name, i := range interpreters(t) {
		facts := memory{}
		for range 2 {
			got, err := Trace(t.Context(), i, entries, []string{"a"}, facts)
			want := []string{"python/a/__init__.py", "python/a/used.py", "python/b.py"}
			if err != nil || !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
				t.Errorf("%s: got %v, %v\n%q", name, got, err, fault.Details(err))
			}
		}
		if len(facts) != 1 {
			t.Errorf("%d facts", len(facts))
		}
		for _, module := range []string{"bad", "worse", "failing", "missing"} {
			if got, err := Trace(t.Context(), i, entries, []string{"a", module}, facts); catalogue.KindOfTool(err) != fault.Layer {
				t.Errorf("%s: %v, %v", module, got, err)
			}
		}
	}
	damaged := entries[0]
	damaged.Source = errorReader{}
	if _, err := Trace(t.Context(), some(t), []layer.Entry{damaged}, []string{"a"}, nil); catalogue.KindOf(err) != fault.Machine {
		t.Errorf("got %v", err)
	}
}

type errorReader struct{}

func (errorReader) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }
