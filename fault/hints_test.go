package fault

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
)

// An alternative needs something before it.
func TestHintsDoNotBeginWithAnAlternative(t *testing.T) {
	err := &Error{Message: "m", Hints: []string{"or a: --a"}, Err: &Error{Message: "n", Hints: []string{"or b: --b"}}}
	if got, want := Hints(err), []string{"a: --a", "or b: --b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A step that follows the others comes last, whoever names it.
func TestHintsInOrder(t *testing.T) {
	const then = "then run the same command again"
	for _, c := range []struct{ inner, want []string }{
		{[]string{"allow it", "or allow all"}, []string{"allow it", "or allow all", then}},
		{nil, []string{"run the same command again"}},
	} {
		err := &Error{Message: "m", Hints: []string{then}, Err: &Error{Message: "n", Hints: c.inner}}
		if got := Hints(err); !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A path is not said twice.
func TestPathOnce(t *testing.T) {
	for message, want := range map[string]string{
		"cannot read a/b":                   "cannot read a/b: no such file",
		"cannot use X (a/b)":                "cannot use X (a/b): no such file",
		"cannot read a/b, which is needed":  "cannot read a/b, which is needed: no such file",
		"cannot write a/b/c":                "cannot write a/b/c: open a/b: no such file",
		"cannot write the zip of the layer": "cannot write the zip of the layer: open a/b: no such file",
	} {
		err := &Error{Message: message, Err: &fs.PathError{Op: "open", Path: "a/b", Err: errors.New("no such file")}}
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
