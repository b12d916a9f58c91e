package pep440

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

func mustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// parses checks that the argument of that name is a version.
func parses(name string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		_, err := Parse(r.Text(name))
		return err
	}
}

// gives checks what get makes of the argument version against the argument want.
func gives(want string, get func(Version) any) func(oracle.Row) error {
	return func(r oracle.Row) error {
		v, err := Parse(r.Text("version"))
		if err != nil {
			return err
		}
		if got := fmt.Sprint(get(v)); got != fmt.Sprint(r[want]) {
			return fmt.Errorf("got %s", got)
		}
		return nil
	}
}

// Vectors have null where there is no number.
func orNil(n string) any {
	if n == "" {
		return nil
	}
	return n
}

func compares(want bool) func(oracle.Row) error {
	return func(r oracle.Row) error {
		c := mustParse(r.Text("left")).Compare(mustParse(r.Text("right")))
		got, known := map[string]bool{
			"callable:lt": c < 0, "callable:le": c <= 0, "callable:eq": c == 0,
			"callable:ne": c != 0, "callable:ge": c >= 0, "callable:gt": c > 0,
		}[r.Text("op")]
		if !known || got != want {
			return fmt.Errorf("Compare says %d", c)
		}
		return nil
	}
}

func TestVersionVectors(t *testing.T) {
	normal := func(v Version) any { return v.String() }
	oracle.Suite{
		File: "test_version.json",
		Tests: map[string]func(oracle.Row) error{
			"TestVersion.test_valid_versions":       parses("version"),
			"TestVersion.test_version_hash":         parses("version"),
			"TestVersion.test_normalized_versions":  gives("normalized", normal),
			"TestVersion.test_version_str_repr":     gives("expected", normal),
			"test_pickle_roundtrip":                 gives("version", normal),
			"TestVersion.test_version_public":       gives("public", func(v Version) any { return v.WithoutLocal() }),
			"TestVersion.test_version_base_version": gives("base_version", func(v Version) any { return v.text[:v.release] }),
			"TestVersion.test_version_epoch":        gives("epoch", func(v Version) any { return v.epochNumber() }),
			"TestVersion.test_version_release": gives("release", func(v Version) any {
				return "[" + strings.ReplaceAll(v.releaseText(), ".", " ") + "]"
			}),
			"TestVersion.test_version_local": gives("local", func(v Version) any { return orNil(v.Local()) }),
			"TestVersion.test_version_pre": gives("pre", func(v Version) any {
				if !v.hasPre() {
					return nil
				}
				return []string{strings.TrimRight(v.preText(), "0123456789"), preNumber(v)}
			}),
			"TestVersion.test_version_post":           gives("post", func(v Version) any { return orNil(v.postNumber()) }),
			"TestVersion.test_version_dev":            gives("dev", func(v Version) any { return orNil(v.devNumber()) }),
			"TestVersion.test_version_is_prerelease":  gives("expected", func(v Version) any { return v.IsPrerelease() }),
			"TestVersion.test_version_is_devrelease":  gives("expected", func(v Version) any { return v.hasDev() }),
			"TestVersion.test_version_is_postrelease": gives("expected", func(v Version) any { return v.hasPost() }),
			"TestVersion.test_comparison_true":        compares(true),
			"TestVersion.test_comparison_false":       compares(false),
			"TestVersion.test_invalid_versions": func(r oracle.Row) error {
				if v, err := Parse(r.Text("version")); err == nil {
					return fmt.Errorf("parsed as %s", v)
				}
				return nil
			},
			// Python refuses integers of more than 4300 digits; here a number
			// is text, and its size does not matter.
			"TestVersion.test_oversized_version_raises_valueerror": parses("version"),
			"test_from_parts": func(r oracle.Row) error {
				_, err := Parse(r.Text("string"))
				return err
			},
		},
		Inapplicable: map[string]string{
			"TestVersion.test_non_string_versions_raise_invalid_version":         "Go's types see to it",
			"TestVersion.test_dunder_op_returns_notimplemented":                  "Go's types see to it",
			"TestVersion.test_compare_other":                                     "Go's types see to it",
			"TestVersion.test_base_version_notimplemented_with_non_base_version": "Go's types see to it",
		},
	}.Run(t)
}

func TestParseNormalises(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"1.0", "1.0"},
		{"\u00a0\tv01.02\n", "1.2"},
		{"0!1", "1"},
		{"007!1.0.0", "7!1.0.0"},
		{"1.0A-", "1.0a0"},
		{"1.0a--2", "1.0a0.post2"},
		{"1.0preview_3.POST-4_dev+Ubuntu-001.0a", "1.0rc3.post4.dev0+ubuntu.1.0a"},
		{"1-1", "1.post1"},
		{"99999999999999999999999999.1", "99999999999999999999999999.1"},
	} {
		v, err := Parse(test.in)
		if err != nil || v.String() != test.want {
			t.Errorf("Parse(%q) = %q, %v; want %q", test.in, v, err, test.want)
		}
	}
	for _, in := range []string{"", "v", "1!", "1.", "1.0+", "1.0+a..b", "1.0-", "1.0 a1", "1.0aa1", "vv1", "1.0poſt1", "1.0.*", "latest"} {
		if v, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, v)
		}
	}
}

func TestCompareOrder(t *testing.T) {
	ascending := []string{
		"0.dev0", "1.dev0", "1.dev1+local", "1a0.dev0", "1a0", "1a0.post0.dev0", "1a0.post0", "1b0", "1rc0",
		"1", "1+a", "1+b", "1+b.a", "1+b.1", "1+1", "1+1.1", "1+18446744073709551617", "1.post0.dev0", "1.post0",
		"1.0.1", "1.18446744073709551616", "1.18446744073709551617", "2", "1!0",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			got := mustParse(a).Compare(mustParse(b))
			if want := min(1, max(-1, i-j)); got != want {
				t.Errorf("%s compared with %s is %d, want %d", a, b, got, want)
			}
		}
	}
	if mustParse("1.0.0a1").Compare(mustParse("1a1")) != 0 {
		t.Error("zeros at the end of the release count")
	}
}

func TestParseTakesNoMemory(t *testing.T) {
	allocations := testing.AllocsPerRun(100, func() {
		v, _ := parse("1!2.0.3rc1.post2.dev3+local.1")
		v.Compare(v.WithoutLocal())
	})
	if allocations != 0 {
		t.Errorf("%v allocations for a version in its normal form", allocations)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.0", " v1!2.0-RC.1_post2.DEV+A-b.01 ", "1-1", "1.0.*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		testenv.Frugal(t, func() {
			v, err := Parse(s)
			if err != nil {
				return
			}
			again, err := Parse(v.String())
			if err != nil || again != v || v.Compare(again) != 0 {
				t.Fatalf("%q is %q, which is %q, %v", s, v, again, err)
			}
			if next := mustParse(strconv.Itoa(len(s)) + v.text[v.epoch:]); next.Compare(v) != -v.Compare(next) {
				t.Fatalf("%s and %s have no order", v, next)
			}
		})
	})
}
