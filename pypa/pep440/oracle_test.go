package pep440

import (
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
)

// oracleVersions has every kind of segment beside every other, and neighbours
// of each.
func oracleVersions() []string {
	var versions []string
	for _, release := range []string{"0", "1", "1.0", "1.1", "1.2.3", "2", "2.0.0", "1!1.0", "18446744073709551616.1"} {
		for _, pre := range []string{"", "a0", "A1", "b2", "rc1"} {
			for _, rest := range []string{"", ".post0", "-1", ".dev0", "dev1", ".post1.dev2", "+local", "+1.a", ".post1+01"} {
				versions = append(versions, release+pre+rest)
			}
		}
	}
	return append(versions, "v1.0", " 1.0 ", "1..0", "latest", "1.0+", "")
}

func oracleSpecifiers() []string {
	var specifiers []string
	for _, op := range operators {
		for _, version := range []string{
			"0", "1", "1.0", "1.0.0", "1.2.3", "2.0", "1!1", "18446744073709551616.1", "1.*", "1.0.0.*", "1!1.*", "2a1.*",
			"1a1", "1.0rc1", "1.0.dev0", "1.0.post0", "1.0-1", "1.0.post1.dev2", "1.0a1.post1", "1.0a0.dev1", "1.0a1.post1.dev2",
			"2.0.post1", "1.0+local", "1.0+1.a", "1.2.post1+1", "latest", "",
		} {
			specifiers = append(specifiers, string(op)+version)
		}
	}
	return append(specifiers, "", ",", ">=1, <2 ,", ">=1,!=1.0.*,<2", ">1.0,!=1.0.post1", "~=1.0,===1.1", "=1", "1", ">=1;", "===a b", "=== 1.0")
}

// TestOracle compares with packaging: each version's normal form, their order,
// and each specifier with each version.
func TestOracle(t *testing.T) {
	q := oracle.Question{Versions: oracleVersions(), Specifiers: oracleSpecifiers()}
	answer := oracle.Ask(t, q)
	for i, text := range q.Versions {
		v, err := Parse(text)
		want := answer.Versions[i]
		if (err == nil) != (want != nil) || want != nil && want.Text != v.String() {
			t.Errorf("version %q is %q, %v; packaging says %v", text, v, err, want)
		}
		for j, other := range q.Versions[:i] {
			w, _ := Parse(other)
			if want == nil || answer.Versions[j] == nil {
				continue
			}
			if got, want := v.Compare(w), min(1, max(-1, want.Rank-answer.Versions[j].Rank)); got != want {
				t.Errorf("%s compared with %s is %d; packaging says %d", v, w, got, want)
			}
		}
	}
	cases := 0
	for i, text := range q.Specifiers {
		s, err := ParseSpecifiers(text)
		want := answer.Specifiers[i]
		if (err == nil) != (want != nil) || want != nil && want.Text != s.String() {
			t.Errorf("specifiers %q are %q, %v; packaging says %v", text, s, err, want)
		}
		if want == nil {
			continue
		}
		for j, version := range q.Versions {
			cases++
			if got := s.ContainsText(version); got != (want.Holds[j] == 'y') {
				t.Errorf("%q with %q is %v; packaging says the other", text, version, got)
			}
		}
	}
	t.Logf("%d specifiers with versions compared", cases)
}
