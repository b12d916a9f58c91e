package bound

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := ReadFile(path, 8, "a thing"); err != nil || string(content) != "12345678" {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := ReadFile(path, 7, "a thing"); !errors.As(err, new(*Exceeded)) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := ReadFile(path+"x", 8, "a thing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := ReadFile(filepath.Dir(path), 8, "a thing"); !errors.Is(err, ErrNoFile) {
		t.Errorf("a folder: %v", err)
	}
}

func TestUnmarshalJSON(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		fits bool
	}{
		"few":                            {`[{}, 1, "a"]`, true},
		"most":                           {"[" + strings.Repeat("1,", Values-1) + "1]", true},
		"numbers":                        {"[" + strings.Repeat("1,", Values) + "1]", false},
		"objects":                        {"[" + strings.Repeat("{},", Values) + "{}]", false},
		"broken":                         {"[", false},
		"open":                           {`{"a`, false},
		"escape":                         {`{"a\`, false},
		"no keys":                        {`]},"`, false},
		"deepest":                        {strings.Repeat("[", Nesting) + strings.Repeat("]", Nesting), true},
		"too deep":                       {strings.Repeat("[", Nesting+1) + strings.Repeat("]", Nesting+1), false},
		"deep objects":                   {strings.Repeat(`{"a":`, Nesting+1) + "1" + strings.Repeat("}", Nesting+1), false},
		"brackets in a string":           {`["` + strings.Repeat("[", 1000) + `"]`, true},
		"same keys of several objects":   {`[{"a": {"a": 1}}, {"a": ["a", "a"], "b": "a"}]`, true},
		"key twice":                      {`{"a": 1, "b": [{"a": 2}], "a": 1}`, false},
		"key twice, below":               {`[{"x": {"a": 1, "a": 1}}]`, false},
		"key twice, written differently": {`{"a": 1, "\u0061": 2}`, false},
		"other case":                     {`{"a": 1, "A": 2}`, true},
		"quote in a key":                 {`{"a\"": 1, "a": 2}`, true},
		"no UTF-8":                       {"[\"\xff\"]", false},
		"no UTF-8 in a key":              {"{\"\xc3\": 1}", false},
	} {
		var v any
		if err := UnmarshalJSON([]byte(c.text), &v); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuffer(t *testing.T) {
	var b Buffer
	part := make([]byte, Output/4)
	for i := range 5 {
		if _, err := b.Write(part); (err == nil) != (i < 4) {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	if len(b.String()) != Output {
		t.Errorf("%d bytes were kept", len(b.String()))
	}
}
