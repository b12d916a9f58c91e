package builder_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

const (
	pkgutilStub   = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
	resourcesStub = "__import__('pkg_resources').declare_namespace(__name__)\n"
	eitherStub    = "try:\n    " + resourcesStub + "except ImportError:\n    " + pkgutilStub
)

func TestNamespaceStubs(t *testing.T) {
	for name, test := range map[string]struct {
		a, b string
		want string // "a", "b", or "" for a collision
	}{
		"comment":               {pkgutilStub, "# A Python namespace package.\n" + pkgutilStub, "a"},
		"comment behind":        {pkgutilStub + "# type: ignore\n", strings.TrimSpace(pkgutilStub) + "  # type: ignore", "a"},
		"quotes":                {strings.ReplaceAll(pkgutilStub, "'", `"`), pkgutilStub, "a"},
		"docstring":             {`"""backports"""` + "\n" + pkgutilStub, pkgutilStub, "a"},
		"line ends":             {strings.ReplaceAll(pkgutilStub, "\n", "\r\n"), pkgutilStub, "a"},
		"line broken":           {strings.Replace(pkgutilStub, "(__path__, ", "(\n    __path__,\n    ", 1), pkgutilStub, "a"},
		"from":                  {"from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n", pkgutilStub, "a"},
		"import":                {"import pkgutil\n__path__ = pkgutil.extend_path(__path__,__name__)", pkgutilStub, "a"},
		"semicolon":             {"import pkgutil; __path__ = pkgutil.extend_path(__path__, __name__)", pkgutilStub, "a"},
		"future":                {"from __future__ import absolute_import\n" + pkgutilStub, pkgutilStub, "a"},
		"byte order mark":       {"\ufeff" + pkgutilStub, pkgutilStub, "a"},
		"pkg_resources":         {resourcesStub, "# -*- coding: utf-8 -*-\nimport pkg_resources\npkg_resources.declare_namespace(__name__)\n", "a"},
		"either":                {eitherStub, strings.ReplaceAll(eitherStub, "    ", "\t"), "a"},
		"either, on one line":   {"try: " + resourcesStub + "except Exception: " + pkgutilStub, eitherStub, "a"},
		"the one that needs no": {resourcesStub, pkgutilStub, "b"},
		"either is safer":       {resourcesStub, eitherStub, "b"},
		"pkgutil is safest":     {pkgutilStub, eitherStub, "a"},
		"nothing, twice":        {"# licence of a\n", "", "a"},
		"stub and nothing":      {"", pkgutilStub, "b"},
		"either and nothing":    {"# nothing\n", eitherStub, "b"},
		"unsure":                {"", resourcesStub, ""},
		"code":                  {pkgutilStub + "x = 1\n", pkgutilStub, ""},
		"code before":           {"import os\n" + pkgutilStub, pkgutilStub, ""},
		"code and nothing":      {"x = 1\n", "", ""},
		"code, comment":         {"x = 1\n", "x = 1  # one\n", ""},
		"other function":        {strings.Replace(pkgutilStub, "extend_path", "extend", 1), pkgutilStub, ""},
		"other argument":        {strings.Replace(pkgutilStub, "__name__", "'x'", 1), pkgutilStub, ""},
		"conditional":           {"if x:\n    " + pkgutilStub, pkgutilStub, ""},
		"either and more":       {eitherStub + "x = 1\n", eitherStub, ""},
		"in a string":           {"'''\n" + pkgutilStub + "'''\nx", pkgutilStub, ""},
		"no Python":             {"__path__ = (", pkgutilStub, ""},
		"too long to be looked": {"#" + strings.Repeat("x", 20<<10) + "\n" + pkgutilStub, pkgutilStub, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := makeWheel(t, "a", "ns/__init__.py="+test.a, "ns/a.py=1")
			b := makeWheel(t, "b", "ns/__init__.py="+test.b, "ns/b.py=1")
			tree, err := builder.Native(t.Context(), []builder.Input{b, a}, builder.Options{}, nil)
			if test.want == "" {
				if catalogue.KindOf(err) != fault.Layer {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			want := map[string]string{"a": test.a, "b": test.b}[test.want]
			if got := contents(t, tree); got["python/ns/__init__.py"] != want || got["python/ns/a.py"] == "" || got["python/ns/b.py"] == "" {
				t.Errorf("got %q", got["python/ns/__init__.py"])
			}
		})
	}
	// Only an __init__.py declares a namespace.
	a, b := makeWheel(t, "a", "ns.py="+pkgutilStub), makeWheel(t, "b", "ns.py=#\n"+pkgutilStub)
	if _, err := builder.Native(t.Context(), []builder.Input{a, b}, builder.Options{}, nil); catalogue.KindOf(err) != fault.Layer {
		t.Errorf("a module: %v", err)
	}
}

func TestPrefer(t *testing.T) {
	full := makeWheel(t, "opencv-python", "cv2/cv2.so=full", "cv2/qt.so=q", "LICENSE=f", "cv2/same=1", "lib=file")
	slim := makeWheel(t, "opencv-python-headless", "cv2/cv2.so=slim", "LICENSE=s", "cv2/same=1", "lib/a=1", "lib/b=1")
	for name, test := range map[string]struct {
		prefer, exclude []string
		so, license     string // "" for a collision
		lib             bool   // the folder is there, not the file
	}{
		"all of one":          {[]string{"OpenCV_Python"}, nil, "full", "f", false},
		"all of the other":    {[]string{"opencv-python-headless"}, nil, "slim", "s", true},
		"by pattern":          {[]string{"opencv-python:cv2/**", "opencv-python-headless:./LICENSE", "opencv-python:./lib"}, nil, "full", "f s", false},
		"the first one wins":  {[]string{"opencv-python-headless:*.so", "opencv-python"}, nil, "slim", "f", false},
		"rest excluded":       {[]string{"opencv-python:cv2/cv2.so"}, []string{"./LICENSE", "./lib"}, "full", "-", false},
		"some are undecided":  {[]string{"opencv-python:cv2/**"}, nil, "", "", false},
		"nobody of that name": {[]string{"numpy"}, nil, "", "", false},
	} {
		tree, err := builder.Native(t.Context(), []builder.Input{slim, full}, builder.Options{Exclude: test.exclude, Prefer: test.prefer}, nil)
		if test.so == "" {
			if catalogue.KindOf(err) != fault.Layer {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		defer tree.Close()
		got := contents(t, tree)
		_, file := got["python/lib"]
		if got["python/cv2/cv2.so"] != test.so || test.lib == file && test.exclude == nil || got["python/cv2/qt.so"] != "q" ||
			!strings.HasSuffix(test.license, got["python/LICENSE"]) || test.lib && got["python/lib/b"] != "1" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	for _, wrong := range []string{"", ":cv2", "opencv-python:", "cv2/**", "opencv-python:/x", "opencv-python:[a]"} {
		if _, err := builder.Native(t.Context(), []builder.Input{full}, builder.Options{Prefer: []string{wrong}}, nil); catalogue.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	warned := 0
	tree, err := builder.Native(t.Context(), []builder.Input{full}, builder.Options{Prefer: []string{"opencv-python"}},
		func(e event.Event) {
			if e.Kind == event.Warn {
				warned++
			}
		})
	if err != nil || warned != 1 {
		t.Errorf("%d warnings, %v", warned, err)
	}
	tree.Close()
}

// All collisions are told at once, with ways out that work as they are written.
func TestCollisionsAreListed(t *testing.T) {
	a := makeWheel(t, "alpha", "LICENSE=a", "README.md=a", "it's [1].txt=a", "only/a.py=1")
	b := makeWheel(t, "beta", "LICENSE=b", "README.md=b", "it's [1].txt=b", "m/x.so=b")
	c := makeWheel(t, "gamma", "m/x.so=c")
	_, err := builder.Native(t.Context(), []builder.Input{c, b, a}, builder.Options{}, nil)
	if catalogue.KindOf(err) != fault.Layer {
		t.Fatal(err)
	}
	details := strings.Join(fault.Details(err), "\n")
	for _, want := range []string{"alpha 1.0 and beta 1.0: 3 paths", "python/LICENSE", "python/README.md", "beta 1.0 and gamma 1.0: 1 path", "python/m/x.so"} {
		if !strings.Contains(details, want) {
			t.Errorf("no %q in\n%s", want, details)
		}
	}
	hints := fault.Hints(err)
	if !slices.ContainsFunc(hints, func(h string) bool {
		return strings.Contains(h, "--exclude alpha ") && strings.Contains(h, "only/a.py")
	}) {
		t.Errorf("nothing says what is lost: %q", hints)
	}
	o := builder.Options{}
	for _, hint := range hints {
		if strings.Contains(hint, "x.so'") && strings.Contains(hint, "--exclude '") {
			t.Errorf("a trap: %s", hint)
		}
		if strings.Contains(hint, "every copy") {
			for _, flag := range strings.Split(hint, "--exclude ")[1:] {
				o.Exclude = append(o.Exclude, strings.Trim(flag, " '"))
			}
		}
		if _, value, ok := strings.Cut(hint, "--prefer 'beta:m"); ok {
			pattern, _, _ := strings.Cut(value, "'")
			o.Prefer = append(o.Prefer, "beta:m"+pattern)
		}
	}
	tree, err := builder.Native(t.Context(), []builder.Input{c, b, a}, o, nil)
	if err != nil {
		t.Fatalf("with what the hints say, %+v: %v", o, err)
	}
	defer tree.Close()
	if got := contents(t, tree); got["python/m/x.so"] != "b" || got["python/LICENSE"] != "" {
		t.Errorf("got %q", got)
	}
}
