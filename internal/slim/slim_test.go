package slim_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// entries are files of the distribution that is the first part of their names' folder, or
// of "single.py".
func entries(files map[string]string) []layer.Entry {
	var list []layer.Entry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		owner, _, _ := strings.Cut(name, "/")
		owner, _, _ = strings.Cut(owner, ".")
		owner, _, _ = strings.Cut(owner, "-")
		size := int64(len(files[name]))
		list = append(list, layer.Entry{Name: "python/" + name, Owner: owner, Size: size, Compressed: size, Source: bytes.NewReader([]byte(files[name]))})
	}
	return list
}

func TestSelect(t *testing.T) {
	for name, c := range map[string]struct {
		presets []string
		files   map[string]string
		out     []string
	}{
		"nothing is asked for": {nil, map[string]string{"a/tests/x.py": ""}, nil},
		"tests": {[]string{"tests"}, map[string]string{"a/__init__.py": "import a.testing", "a/testing/__init__.py": "", "a/tests/__init__.py": "", "a/b/test/data/x.csv": "",
			"a/conftest.py": "", "a/latest/x.py": "", "tests/test_a.py": "", "a/tests.py": "", "a-1.dist-info/tests/x": "", "a/x.pyi": ""},
			[]string{"a/b/test/data/x.csv", "a/conftest.py", "a/tests/__init__.py", "tests/test_a.py"}},
		"headers": {[]string{"headers"}, map[string]string{"a/include/a.h": "", "a/include/x/b.inl": "", "a/x.inl": "", "a/x.pxd": "", "a/x.so": "", "cffi/_cffi_include.h": "", "a/x.HPP": ""},
			[]string{"a/include/a.h", "a/include/x/b.inl", "a/x.HPP", "a/x.pxd"}},
		"docs": {[]string{"docs"}, map[string]string{"a/docs/index.rst": "", "a/examples/x.py": "", "share/doc/a/README": "", "share/a/doc.txt": "", "a/doc.py": "", "a-1.dist-info/docs/LICENSE": ""},
			[]string{"a/docs/index.rst", "a/examples/x.py", "share/doc/a/README"}},
		"typing": {[]string{"typing"}, map[string]string{"a/x.pyi": "", "a/py.typed": "", "a-stubs/y.pyi": "", "typing_extensions.py": ""}, []string{"a-stubs/y.pyi", "a/x.pyi"}},
		"stubs that are read": {[]string{"typing"}, map[string]string{"a/__init__.py": "import lazy_loader as lazy\n__getattr__, __dir__, _ = lazy.attach_stub(__name__, __file__)",
			"a/__init__.pyi": "", "b/x.pyi": "", "c/__init__.py": "# attach.pyi", "c/x.pyi": ""}, []string{"b/x.pyi", "c/x.pyi"}},
		"what is imported stays, with what that imports": {[]string{"tests", "docs"}, map[string]string{
			"a/__init__.py": "from b.tests import helper\n", "b/tests/__init__.py": "", "b/tests/helper.py": "from ..docs import (  # why\n  deep,\n)\n", "b/tests/other.py": "",
			"b/tests/data.txt": "", "b/docs/__init__.py": "", "b/docs/deep.cpython-313-x86_64-linux-gnu.so": "", "b/docs/rest.py": ""},
			[]string{"b/docs/rest.py", "b/tests/other.py"}},
		"each way to import": {[]string{"tests"}, map[string]string{
			"a/__init__.py":  "if x: import a.tests.one\ntry:\n    import os, a.tests.two as t\nexcept ImportError: pass\ndef f():\n    from .tests \\\n      import three, \\\n  four\nfrom . import (b, tests)\nimport_module('a.tests.five')\n",
			"a/tests/one.py": "", "a/tests/two.py": "", "a/tests/three.py": "", "a/tests/four.py": "", "a/tests/five.py": "", "a/tests/seven.py": ""}, []string{"a/tests/seven.py"}},
		"a relative name in a string": {[]string{"tests"}, map[string]string{"a/b/c.py": "import_module('..tests.one', __package__)", "a/tests/one.py": "", "b/tests/x.py": ""}, []string{"b/tests/x.py"}},
		"what only tests import goes": {[]string{"tests"}, map[string]string{"a/x.py": "# as a.tests.one\ns = 'tests'", "a/tests/one.py": "from a.tests import two", "a/tests/two.py": ""},
			[]string{"a/tests/one.py", "a/tests/two.py"}},
		"paths": {[]string{"tests", "docs"}, map[string]string{"a/x.py": "open(os.path.join(HERE, 'docs', 'x'))\np = 'tests/data/y.json'", "a/docs/x": "", "a/tests/data/y.json": "", "a/tests/data/z.json": "", "b/docs/x": ""},
			[]string{"a/tests/data/z.json", "b/docs/x"}},
		"entry points":    {[]string{"tests"}, map[string]string{"a-1.dist-info/entry_points.txt": "[console_scripts]\na-test = a.tests.main:run\n", "a/tests/main.py": "", "a/tests/x.py": ""}, []string{"a/tests/x.py"}},
		"a known mention": {[]string{"tests"}, map[string]string{"pandas/x.py": "os.path.join(PKG, 'tests')", "pandas/tests/x.py": ""}, []string{"pandas/tests/x.py"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := entries(c.files)
			kept, left, err := slim.Select(t.Context(), all, slim.Options{Presets: c.presets})
			if err != nil {
				t.Fatal(err)
			}
			stays := map[string]bool{}
			for _, e := range kept {
				stays[e.Path()] = true
			}
			var out []string
			for _, e := range all {
				if !stays[e.Path()] {
					out = append(out, e.Path())
				}
			}
			if !slices.Equal(out, c.out) {
				t.Errorf("left out %q, want %q", out, c.out)
			}
			files := 0
			for _, l := range left {
				files += l.Files
			}
			if len(left) != len(c.presets) || files != len(c.out) {
				t.Errorf("reported %+v", left)
			}
		})
	}
}

// facts is a cache in memory.
type facts map[string][]byte

func (f facts) Fact(key string, v any) bool {
	known, ok := f[key]
	return ok && json.Unmarshal(known, v) == nil
}

func (f facts) PutFact(key string, v any) error {
	known, err := json.Marshal(v)
	f[key] = known
	return err
}

// What was read of a wheel is not read again, and gives the same.
func TestSelectByFacts(t *testing.T) {
	files := map[string]string{"a/x.py": "import a.tests.one", "a/tests/one.py": "", "a/tests/two.py": ""}
	f := facts{}
	o := slim.Options{Presets: []string{"tests"}, Facts: f, Wheels: map[string]string{"a": "hash"}}
	for range 2 {
		kept, _, err := slim.Select(t.Context(), entries(files), o)
		if err != nil || len(kept) != 2 || len(f) != 1 {
			t.Fatalf("kept %d, %d facts, %v", len(kept), len(f), err)
		}
		for name := range files {
			files[name] = ""
		}
	}
}

// What was read of a part of a wheel is not taken for all of it.
func TestSelectByFactsOfAPart(t *testing.T) {
	o := slim.Options{Presets: []string{"tests"}, Facts: facts{}, Wheels: map[string]string{"a": "hash"}}
	part := map[string]string{"a/tests/one.py": ""}
	all := map[string]string{"a/x.py": "import a.tests.one", "a/tests/one.py": ""}
	if kept, _, err := slim.Select(t.Context(), entries(part), o); err != nil || len(kept) != 0 {
		t.Errorf("of a part: kept %d, %v", len(kept), err)
	}
	if kept, _, err := slim.Select(t.Context(), entries(all), o); err != nil || len(kept) != 2 {
		t.Errorf("of all: kept %d, %v", len(kept), err)
	}
}

// What Read has read, Select does not read again, in whatever order the entries are.
func TestRead(t *testing.T) {
	f := facts{}
	o := slim.Options{Facts: f, Wheels: map[string]string{"a": "hash"}}
	all := entries(map[string]string{"a/x.py": "import a.tests.one", "a/tests/one.py": ""})
	if err := slim.Read(t.Context(), all, o); err != nil || len(f) != 1 {
		t.Fatalf("%d facts, %v", len(f), err)
	}
	slices.Reverse(all)
	for i := range all {
		all[i].Source = nil
	}
	o.Presets = []string{"tests"}
	if kept, _, err := slim.Select(t.Context(), all, o); err != nil || len(kept) != 2 {
		t.Errorf("kept %d, %v", len(kept), err)
	}
}

func TestCheck(t *testing.T) {
	if err := slim.Check([]string{"tests", "test"}); catalogue.KindOf(err) != fault.Usage {
		t.Error(err)
	}
	if err := slim.Check(slim.Presets()); err != nil {
		t.Error(err)
	}
}
