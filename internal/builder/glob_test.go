package builder

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

func TestMatch(t *testing.T) {
	for text, cases := range map[string]struct{ yes, no string }{
		"**/tests/**":          {"tests/a.py a/tests/b a/b/tests/c/d", "a/tests testsuite/a a/test/b a-1.dist-info/tests/x"},
		"**/tests":             {"tests tests/a.py a/tests/b a/b/tests", "testsuite/a a/test/b"},
		"pyarrow/include/**":   {"pyarrow/include/a.h pyarrow/include/b/c.h", "pyarrow/include x/pyarrow/include/a pyarrow/includes/a"},
		"pyarrow/include":      {"pyarrow/include pyarrow/include/a.h", "pyarrow/included x/pyarrow/include"},
		"pyarrow/include/":     {"pyarrow/include/b/c.h", "pyarrow/x"},
		"*.pyi":                {"a.pyi a/b/c.pyi stubs.pyi/x", "a.pyi2 pyi a/pyi"},
		"examples":             {"examples/a a/examples/b", "examples2/a"},
		"a/*/c":                {"a/b/c a/x/c/d", "a/c a/b/b/c"},
		"a/**/c":               {"a/c a/b/c a/b/b/c a/b/c/d a/c/b", "b/a/c a/b"},
		"a/**/c/**/e":          {"a/c/e a/c/d/e a/b/c/d/d/e", "a/c a/e a/e/c"},
		"**/a/b":               {"a/b a/a/b a/x/a/b", "a/x/b"},
		"a?c":                  {"abc x/aüc", "ac abbc a/c"},
		"*a*b":                 {"ab xaxb aab abab", "ba abx"},
		"numpy/*.py":           {"numpy/x.py", "numpy/a/x.py numpy.py"},
		"*.dist-info/licenses": {"x-1.dist-info/licenses/MIT", "x-1.dist-info/METADATA licenses"},
		"**/*.txt":             {"a.txt a/b.txt", "a-1.dist-info/entry_points.txt"},
		"*/**":                 {"a/b a/b/c", "a a-1.dist-info/METADATA"},
		"./LICENSE":            {"LICENSE LICENSE/a", "a/LICENSE LICENSE.md x-1.dist-info/LICENSE"},
		"./*.md":               {"README.md", "a/README.md"},
		"./a/b":                {"a/b a/b/c", "x/a/b"},
	} {
		p, err := compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, path := range strings.Fields(cases.yes) {
			if !p.match(path) {
				t.Errorf("%s does not match %s", text, path)
			}
		}
		for _, path := range strings.Fields(cases.no) {
			if p.match(path) {
				t.Errorf("%s matches %s", text, path)
			}
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for text, hint := range map[string]string{
		"": "", "/": "", "**": "", "**/**": "", "../a": "", "a/../b//c": "", "[ab].py": "", "{a,b}": "", "!a": "",
		"./": "", "./**": "", "a//b": `exclude = ["a/b"]`, "a/./b": `exclude = ["a/b"]`, "././a": `exclude = ["./a"]`, "a//": `exclude = ["a"]`, "**//**": "", "/a": `exclude = ["./a"]`, "python/a": `exclude = ["./a"]`,
		"/a/b": `exclude = ["a/b"]`, `a\b`: `exclude = ["a/b"]`, "python/a/**": `exclude = ["a/**"]`, "a**/b": `exclude = ["a*/b"]`,
	} {
		_, err := compile(text)
		if catalogue.KindOf(err) != fault.Usage || strings.TrimPrefix(strings.Join(fault.Hints(err), ""), "correct the pattern: ") != hint {
			t.Errorf("%q: %v, hints %q", text, err, fault.Hints(err))
		}
	}
}

// reference translates a pattern into a regular expression, rule by rule.
func reference(p pattern) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for i, s := range p.segments {
		last := i == len(p.segments)-1
		switch {
		case s == "**" && last:
			b.WriteString(`[^/]+(/[^/]+)*`)
		case s == "**":
			b.WriteString(`([^/]+/)*`)
		default:
			for _, r := range s {
				switch r {
				case '*':
					b.WriteString(`[^/]*`)
				case '?':
					b.WriteString(`[^/]`)
				default:
					b.WriteString(regexp.QuoteMeta(string(r)))
				}
			}
			if !last {
				b.WriteByte('/')
			}
		}
	}
	b.WriteString(`(/.*)?\z`)
	return regexp.MustCompile(`(?s)` + b.String())
}

func FuzzMatch(f *testing.F) {
	for _, pattern := range []string{"**/tests/**", "a/**/b/*c?", "*.pyi", "a/b/**/**/c", "*a*b*c"} {
		f.Add(pattern, "a/tests/b.pyi")
		f.Add(pattern, "a/b/c/b/xcx")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		p, err := compile(strings.ToValidUTF8(text, "x"))
		segments := strings.Split(strings.ToValidUTF8(path, "y"), "/")
		for _, s := range segments {
			if s == "" {
				return // no path of a layer has an empty segment
			}
		}
		path = strings.Join(segments, "/")
		if err != nil {
			return
		}
		if got, want := matchSegments(p.segments, path), reference(p).MatchString(path); got != want {
			t.Errorf("%q, %q: got %t, want %t", text, path, got, want)
		}
	})
}
