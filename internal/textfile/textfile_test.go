package textfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

func TestRead(t *testing.T) {
	tests := []struct{ content, text, wrong string }{
		{"", "", ""},
		{"a = \"ä\"\n", "a = \"ä\"\n", ""},
		{"\xef\xbb\xbfa = 1\r\n", "a = 1\r\n", ""},
		{"\xef\xbb\xbf", "", ""},
		{"\xff\xfea\x00", "", "UTF-16"},
		{"\xfe\xff\x00a", "", "UTF-16"},
		{"\xff\xfe\x00\x00a\x00\x00\x00", "", "UTF-32"},
		{"\x00\x00\xfe\xff\x00\x00\x00a", "", "UTF-32"},
		{"a\x00=\x00", "", "UTF-16LE"},
		{"\x00a\x00=", "", "UTF-16BE"},
		{"a\nb = \xe4\n", "", "line 2"},
	}
	path := filepath.Join(t.TempDir(), "a file.toml")
	for _, test := range tests {
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if test.wrong == "" {
			if err != nil || string(got) != test.text {
				t.Errorf("%q: got %q, %v", test.content, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error()+strings.Join(fault.Hints(err), " "), test.wrong) {
			t.Errorf("%q: got %q, %v; want an error with %s", test.content, got, err, test.wrong)
		}
		if hints := fault.Hints(err); len(hints) == 0 || !strings.Contains(hints[0], "'"+path+"'") {
			t.Errorf("%q: hints %q do not convert the file", test.content, hints)
		}
	}
	if _, err := Read(path + "x"); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

func TestDecode(t *testing.T) {
	for _, content := range []string{"aä", "\xef\xbb\xbfaä", "\xff\xfea\x00\xe4\x00", "\xfe\xff\x00a\x00\xe4",
		"\xff\xfe\x00\x00a\x00\x00\x00\xe4\x00\x00\x00", "\x00\x00\xfe\xff\x00\x00\x00a\x00\x00\x00\xe4"} {
		if got, err := Decode("f", []byte(content)); err != nil || got != "aä" {
			t.Errorf("%q: got %q, %v", content, got, err)
		}
	}
	for _, content := range []string{"\xff\xfea", "\xff\xfe\x00\x00a", "\xe4", "a\x00"} {
		if got, err := Decode("f", []byte(content)); err == nil {
			t.Errorf("%q: got %q, want an error", content, got)
		}
	}
}

func TestTOMLReason(t *testing.T) {
	for message, want := range map[string]string{
		"toml: basic strings cannot have new lines":                         "a quoted string cannot contain a newline",
		"literal strings cannot have control characters":                    "a quoted string cannot contain control characters",
		"multiline basic strings cannot have control characters":            "a multiline string cannot contain control characters",
		"unterminated literal string":                                       "the quoted string is not closed",
		`multiline basic string not terminated by """`:                      `the multiline string is not closed by """`,
		"invalid UTF-8 character in basic string":                           "invalid UTF-8 character in a quoted string",
		"too many quotes at the end of a multiline literal string":          "too many quotes at the end of a multiline string",
		"invalid UTF-8 character in multiline basic string":                 "invalid UTF-8 character in a multiline string",
		"toml: expected newline but got U+0061 'a'":                         "expected a newline, but found 'a'",
		"toml: unexpected character U+000A at start of value":               "expected a value, but the line ends",
		"toml: expected '=' after key":                                      "expected '=' after the key",
		"toml: expected ']]' to close array table name":                     "expected ']]' to close the array table name",
		"toml: unexpected character U+0073 's' at start of value":           "unexpected character 's' at the start of the value",
		"toml: invalid character at start of key: U+0021 '!'":               "invalid character at the start of the key: '!'",
		"toml: expected value, not end of input":                            "expected a value, but the file ends",
		"toml: array is incomplete":                                         "the array is not closed",
		"toml: arrays and inline tables are nested more than 9 levels deep": "arrays and inline tables are nested more than 9 levels deep",
	} {
		if got := TOMLReason(message); got != want {
			t.Errorf("%s: got %q, want %q", message, got, want)
		}
	}
}
