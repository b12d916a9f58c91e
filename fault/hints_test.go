package fault

import (
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
