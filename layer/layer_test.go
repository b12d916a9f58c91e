package layer_test

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/layer"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "a/b.py", "python/naïve/日本.txt", "a b/c", "..a/b..", ".hidden", "ab:c", strings.Repeat("x", 255), strings.Repeat("ü", 127), strings.Repeat("x/", 2044) + "xx"} {
		if err := layer.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"":                                 "empty",
		"/etc/passwd":                      "absolute",
		"../x":                             `".."`,
		"a/../../x":                        `".."`,
		"a/..":                             `".."`,
		"./a":                              `"." segment`,
		"a//b":                             "empty",
		"a/":                               "empty",
		`a\b`:                              "backslash",
		"C:/x":                             "drive",
		"c:x":                              "drive",
		"a\x00b":                           "U+0000",
		"a\nb":                             "U+000A",
		"a\u202eb":                         "U+202E",
		"a\xffb":                           "UTF-8",
		strings.Repeat("x", 256):           "256 bytes",
		"a/" + strings.Repeat("x", 259):    "259 bytes",
		strings.Repeat("ü", 128) + "/a":    "256 bytes",
		strings.Repeat("x/", 2044) + "xxx": "4091 bytes",
		strings.Repeat("xy/", 1700):        "5100 bytes",
	} {
		if err := layer.CheckName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", name, err, want)
		}
	}
}

func TestClash(t *testing.T) {
	entries := func(names ...string) []layer.Entry {
		var list []layer.Entry
		for _, name := range names {
			list = append(list, layer.Entry{Name: name})
		}
		return list
	}
	if i, j := layer.Clash(entries("a/b", "a/c", "a-b", "ab")); i != -1 || j != -1 {
		t.Errorf("no clash: got %d, %d", i, j)
	}
	// "-" sorts before "/": the two are not neighbours.
	if i, j := layer.Clash(entries("a", "a-b", "a/b/c")); i != 0 || j != 2 {
		t.Errorf("got %d, %d, want 0, 2", i, j)
	}
}

func TestOpen(t *testing.T) {
	text := strings.Repeat("lamella ", 1000)
	var b bytes.Buffer
	b.WriteString("??")
	w, _ := flate.NewWriter(&b, 6)
	io.WriteString(w, text)
	w.Close()
	e := layer.Entry{Name: "python/x", Method: layer.Deflate, Size: int64(len(text)),
		Source: bytes.NewReader(b.Bytes()), Offset: 2, Compressed: int64(b.Len() - 2)}
	if got, err := io.ReadAll(e.Open()); err != nil || string(got) != text {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	e = layer.Entry{Name: "bin/x", Size: 4, Compressed: 4, Offset: 2, Source: strings.NewReader("??textmore")}
	if got, err := io.ReadAll(e.Open()); err != nil || string(got) != "text" {
		t.Errorf("got %q, %v", got, err)
	}
	if got := e.Path(); got != "bin/x" {
		t.Errorf("Path: %q", got)
	}
}
