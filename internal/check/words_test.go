package check

import "testing"

func TestDoing(t *testing.T) {
	for want, names := range map[string][]string{
		"the layer needs":      nil,
		"a needs":              {"a"},
		"a and b need":         {"a", "b"},
		"a, b and 2 more need": {"a", "b", "c", "d"},
	} {
		if got := doing(names, "needs", "need"); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}
