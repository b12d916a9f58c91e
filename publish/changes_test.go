package publish

import "testing"

func TestOptionsReason(t *testing.T) {
	type options = map[string][]string
	for _, test := range []struct {
		old, new options
		want     string
	}{
		{nil, nil, ""},
		{options{"exclude": {"a"}}, options{"exclude": {"a"}}, ""},
		{nil, options{"exclude": {"b", "a"}}, `the options changed: added a to "exclude", added b to "exclude"`},
		{options{"exclude": {"a", "b"}}, options{"exclude": {"b"}}, `the options changed: removed a from "exclude"`},
		{options{"rules": {"1"}}, options{"rules": {"2"}}, `the options changed: set "rules" to 2 instead of 1`},
		{nil, options{"scripts": {"true"}}, `the options changed: turned on "scripts"`},
		{options{"scripts": {"true"}}, nil, `the options changed: turned off "scripts"`},
	} {
		if got := optionsReason(test.old, test.new); got != test.want {
			t.Errorf("from %v to %v: got %q, not %q", test.old, test.new, got, test.want)
		}
	}
}
