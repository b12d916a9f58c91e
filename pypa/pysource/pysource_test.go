package pysource

import (
	"fmt"
	"strings"
	"testing"
)

// shown writes statements as one line each, indented by their depth.
func shown(statements []Statement) string {
	var b strings.Builder
	for _, s := range statements {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", s.Depth), strings.Join(s.Tokens, " "))
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for source, want := range map[string]string{
		"":                                       "",
		"# only a comment":                       "",
		"\n \t\n\f\n# x\r\n":                     "",
		"x=1":                                    "x = 1\n",
		"x = 1  # y\r\ny = 2\r":                  "x = 1\ny = 2\n",
		"\ufeffx = 'a'":                          "x = \"a\"\n",
		"x = u\"a\"":                             "x = \"a\"\n",
		"x = r'a' ; y = b'''c\n'''":              "x = r'a'\ny = b'''c\n'''\n",
		"x = 'it\\'s'":                           "x = 'it\\'s'\n",
		"x = (1,  # one\n  2\n)":                 "x = ( 1 , 2 )\n",
		"x = \\\n  1":                            "x = 1\n",
		"try: a(); b()\nexcept (A, B) : pass":    "try :\n  a ( )\n  b ( )\nexcept ( A , B ) :\n  pass\n",
		"try:\n\ta()\n# x\nexcept A:\n    b()\n": "try :\n  a ( )\nexcept A :\n  b ( )\n",
		"if a:\n  if b:\n    c\nd":               "if a :\n  if b :\n    c\nd\n",
		"'''doc # no comment\n'''\nü = 1":        "\"doc # no comment\\n\"\nü = 1\n",
	} {
		statements, err := Parse([]byte(source))
		if err != nil || shown(statements) != want {
			t.Errorf("%q: got %q, %v\nwant %q", source, shown(statements), err, want)
		}
	}
	for _, source := range []string{"x = 'a", "'''a''", "x = (", "x = )", "x = (]", "a\\b", "if a:\n    b\n  c", "'a\nb'"} {
		if statements, err := Parse([]byte(source)); err == nil {
			t.Errorf("%q is read as %q", source, shown(statements))
		}
	}
}

func TestTop(t *testing.T) {
	for _, source := range []string{
		"#!x\n# coding\n|import os\n", "#!x\n'''doc'''\n|import os", "#!x\n\"doc\"\nfrom __future__ import a\n# c\n|x", "|", "# c\n|",
		"'doc'|", "from __future__ import (a,\n  b)\n|'no doc'", "'doc'; x = 1\n|y = 2",
	} {
		before, after, _ := strings.Cut(source, "|")
		if got, err := Top([]byte(before + after)); err != nil || got != len(before) {
			t.Errorf("%q: got %d, %v", source, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"x = 'a'", "try: a\nexcept: b", "if (\n'''", "\\\r\n\t;"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		statements, err := Parse(source)
		if err != nil {
			return
		}
		last := 0
		for _, s := range statements {
			if len(s.Tokens) == 0 || s.Line < last || s.End < s.Line || s.End > len(source) {
				t.Fatalf("%+v of %q", s, source)
			}
			last = s.Line
		}
		if at, err := Top(source); err != nil || at < 0 || at > len(source) {
			t.Fatalf("Top is %d, %v of %q", at, err, source)
		}
	})
}
