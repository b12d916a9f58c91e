package wheel

import (
	"slices"
	"testing"
)

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		message string
		want    []string
	}{
		{"", nil},
		{"Name: a\nRequires-Dist: b>=1\nrequires-dist:c ; extra == 'x'\n\nRequires-Dist: in the body\n", []string{"b>=1", "c ; extra == 'x'"}},
		{"Requires-Dist: b\r\n  >=1\r\nSummary: s\r\n\tmore\r\n\r\n", []string{"b >=1"}},
		{" goes on with nothing\nRequires-Dist\n", []string{""}},
	} {
		if got := headers(c.message, "Requires-Dist"); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.message, got, c.want)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("Requires-Dist: a\n b\n\nc")
	f.Fuzz(func(t *testing.T, message string) {
		headers(message, "Requires-Dist")
	})
}
