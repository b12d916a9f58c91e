package pep503_test

import (
	"fmt"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/pypa/pep503"
)

func TestVectors(t *testing.T) {
	normalizes := func(name string) func(oracle.Row) error {
		return func(r oracle.Row) error {
			if got := pep503.Normalize(r.Text(name)); got != r.Text("expected") {
				return fmt.Errorf("got %q", got)
			}
			return nil
		}
	}
	const elsewhere = "pep425 runs it"
	const scripts = "about installing"
	oracle.Suite{
		File: "test_utils.json",
		Tests: map[string]func(oracle.Row) error{
			"test_canonicalize_name":         normalizes("name"),
			"test_canonicalize_name_invalid": normalizes("name"),
			"test_is_normalized_name":        normalizes("name"),
		},
		Inapplicable: map[string]string{
			"test_canonicalize_version":                            "versions are not shortened here",
			"test_canonicalize_version_no_strip_trailing_zero":     "versions are not shortened here",
			"test_parse_wheel_filename":                            elsewhere,
			"test_parse_wheel_invalid_filename":                    elsewhere,
			"test_parse_wheel_unsorted_tags_valid_by_default":      elsewhere,
			"test_parse_wheel_unsorted_tags_invalid_with_validate": elsewhere,
			"test_parse_sdist_filename":                            elsewhere,
			"test_parse_sdist_invalid_filename":                    elsewhere,
		},
	}.Run(t)
	oracle.Suite{
		File: "installer_test_utils.json",
		Tests: map[string]func(oracle.Row) error{
			"TestCanonicalizeDistributionName.test_valid_cases": normalizes("string"),
		},
		Inapplicable: map[string]string{
			"TestParseWheelFilename.test_valid_cases":   elsewhere,
			"TestParseWheelFilename.test_invalid_cases": elsewhere,
			"TestScript.test_replace_shebang":           scripts,
			"TestScript.test_keep_data":                 scripts,
			"TestParseEntryPoints.test_valid":           scripts,
		},
	}.Run(t)
}

func TestNormalize(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""}, {"a", "a"}, {"Foo", "foo"}, {"foo-_.bar", "foo-bar"}, {"a-b", "a-b"}, {"a--b", "a-b"}, {"_a_", "-a-"},
	} {
		if got := pep503.Normalize(test.in); got != test.want {
			t.Errorf("Normalize(%q) is %q, want %q", test.in, got, test.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { pep503.Normalize("typing-extensions") }); n != 0 {
		t.Errorf("%v allocations for a normal name", n)
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("Foo._-bar")
	f.Fuzz(func(t *testing.T, s string) {
		once := pep503.Normalize(s)
		if twice := pep503.Normalize(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", s, once, twice)
		}
	})
}
