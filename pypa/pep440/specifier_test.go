package pep440

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// choose is packaging's SpecifierSet.filter on top of ContainsText, which has
// no opinion on pre-releases. policies are what packaging's callers say about
// them (true, false or nothing), the foremost first; unless one decides,
// pre-releases count if the set names one, or if nothing else fits.
func choose(set Specifiers, items []string, policies ...any) []string {
	var fit, released []string
	final := false
	for _, item := range items {
		if !set.ContainsText(item) {
			continue
		}
		fit = append(fit, item)
		v, err := Parse(item)
		if err != nil || !v.IsPrerelease() {
			released = append(released, item)
		}
		final = final || err == nil && !v.IsPrerelease()
	}
	for _, policy := range policies {
		if pre, decided := policy.(bool); decided && pre {
			return fit
		} else if decided {
			return released
		}
	}
	named := func(c Specifier) bool {
		v, err := Parse(c.text)
		return err == nil && c.op != notEqual && v.IsPrerelease()
	}
	if slices.ContainsFunc(set.clauses, named) || !final {
		return fit
	}
	return released
}

// contains checks that a set, an argument of that name, holds for the argument
// version as the argument want says, under the policies among the arguments.
func contains(set, want string, policies ...string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		s, err := ParseSpecifiers(r.Text(set))
		if err != nil {
			return err
		}
		var rules []any
		for _, p := range policies {
			rules = append(rules, r[p])
		}
		if got := len(choose(s, []string{r.Text("version")}, rules...)) == 1; got != r[want] {
			return fmt.Errorf("contains says %v", got)
		}
		return nil
	}
}

func filters(set string, policies ...string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		var s Specifiers // the empty one if the test has no argument for it
		if set != "" {
			var err error
			if s, err = ParseSpecifiers(r.Text(set)); err != nil {
				return err
			}
		}
		var rules []any
		for _, p := range policies {
			rules = append(rules, r[p])
		}
		items := "input"
		if r[items] == nil {
			items = "versions"
		}
		if got := choose(s, r.Texts(items), rules...); !slices.Equal(got, r.Texts("expected")) {
			return fmt.Errorf("filtered to %q", got)
		}
		return nil
	}
}

func both(checks ...func(oracle.Row) error) func(oracle.Row) error {
	return func(r oracle.Row) error {
		for _, check := range checks {
			if err := check(r); err != nil {
				return err
			}
		}
		return nil
	}
}

func parsesSet(name string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		_, err := ParseSpecifiers(r.Text(name))
		return err
	}
}

// spells checks the spelling of a set.
func spells(set, want string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		s, err := ParseSpecifiers(r.Text(set))
		if err == nil && s.String() != r.Text(want) {
			err = fmt.Errorf("spelled %s", s)
		}
		return err
	}
}

// sameSpelling checks that "==" and "!=" between two sets that are in their
// normal forms come to the same as between their texts.
func sameSpelling(want bool) func(oracle.Row) error {
	return func(r oracle.Row) error {
		a, _ := ParseSpecifiers(r.Text("left"))
		b, _ := ParseSpecifiers(r.Text("right"))
		if same := a.String() == b.String(); (same == (r["op"] == "callable:eq")) != want {
			return fmt.Errorf("%s and %s", a, b)
		}
		return nil
	}
}

// satisfiable checks whether one of the sample versions satisfies a set. With
// finals only, pre-releases are not among them.
func satisfiable(samples []string, want bool, finals bool) func(oracle.Row) error {
	return func(r oracle.Row) error {
		s, err := ParseSpecifiers(r.Text("spec_str"))
		if err != nil {
			return err
		}
		var policy any
		if finals {
			policy = false
		}
		if fit := choose(s, samples, policy); (len(fit) > 0) != want {
			return fmt.Errorf("%q satisfy it", fit)
		}
		return nil
	}
}

func TestSpecifierVectors(t *testing.T) {
	var samples []string
	if err := json.Unmarshal(oracle.Load(t, "test_specifiers.json").Constants["_SAMPLE_VERSIONS"], &samples); err != nil {
		t.Fatal(err)
	}
	oracle.Suite{
		File:         "test_specifiers.json",
		Tests:        specifierTests(samples),
		Inapplicable: inapplicableSpecifierTests,
	}.Run(t)
}

func specifierTests(samples []string) map[string]func(oracle.Row) error {
	return map[string]func(oracle.Row) error{
		"TestSpecifier.test_specifiers_valid":                                   parsesSet("specifier"),
		"TestSpecifier.test_specifiers_hash":                                    parsesSet("specifier"),
		"TestSpecifierInternal.test_spec_version_cache_consistency":             parsesSet("specifier"),
		"TestSpecifierInternal.test_spec_version_cache_with_wildcards":          parsesSet("specifier"),
		"TestSpecifierInternal.test_spec_version_cache_with_arbitrary_equality": parsesSet("specifier"),
		"TestSpecifierInternal.test_spec_version_cache_compatible_operator":     parsesSet("specifier"),
		"TestSpecifierSet.test_specifiers_hash":                                 parsesSet("specifier"),
		// Python refuses integers of more than 4300 digits; here their size does not matter.
		"TestSpecifierSet.test_contains_oversized_version_raises_valueerror": parsesSet("specifier"),
		"test_pickle_specifierset_roundtrip":                                 parsesSet("specifiers"),
		"test_specifierset_construction_is_lazy":                             parsesSet("spec"),
		"test_pickle_specifier_roundtrip":                                    spells("specifier", "specifier"),
		"test_specifier_construction_is_lazy":                                spells("spec", "spec"),
		"TestSpecifier.test_specifiers_str_and_repr":                         spells("specifier", "expected"),
		"TestSpecifierSet.test_specifiers_str_and_repr":                      spells("specifier", "expected"),
		"TestSpecifier.test_comparison_true":                                 sameSpelling(true),
		"TestSpecifier.test_comparison_false":                                sameSpelling(false),
		"TestSpecifierSet.test_comparison_true":                              sameSpelling(true),
		"TestSpecifierSet.test_comparison_false":                             sameSpelling(false),
		"TestSpecifier.test_specifiers_invalid": func(r oracle.Row) error {
			if c, err := ParseSpecifier(r.Text("specifier")); err == nil {
				return fmt.Errorf("parsed as %s", c)
			}
			return nil
		},
		"TestSpecifier.test_specifiers_normalized": normalisedOperands,
		"TestSpecifier.test_specifier_operator_property": func(r oracle.Row) error {
			if c, err := ParseSpecifier(r.Text("spec")); err != nil || string(c.op) != r["op"] {
				return fmt.Errorf("%q, %v", c.op, err)
			}
			return nil
		},
		"TestSpecifier.test_specifier_version_property": func(r oracle.Row) error {
			if c, err := ParseSpecifier(r.Text("spec")); err != nil || c.text != r["version"] {
				return fmt.Errorf("%q, %v", c.text, err)
			}
			return nil
		},
		"TestSpecifier.test_length": func(r oracle.Row) error {
			if s, err := ParseSpecifiers(r.Text("spec_str")); err != nil || len(s.clauses) != int(r["expected_length"].(float64)) {
				return fmt.Errorf("%s, %v", s, err)
			}
			return nil
		},
		"TestSpecifier.test_iteration": func(r oracle.Row) error {
			want := slices.Sorted(slices.Values(r.Texts("expected_items")))
			if s, err := ParseSpecifiers(r.Text("spec_str")); err != nil || s.String() != strings.Join(want, ",") {
				return fmt.Errorf("%s, %v", s, err)
			}
			return nil
		},
		"TestSpecifierSet.test_empty_specifier": func(r oracle.Row) error {
			if !(Specifiers{}).Contains(mustParse(r.Text("version"))) {
				return fmt.Errorf("the empty set does not hold")
			}
			return nil
		},
		"TestSpecifierSet.test_contains_rejects_invalid_specifier": func(r oracle.Row) error {
			if s, err := ParseSpecifiers(r.Text("specifier")); err != nil || s.ContainsText(r.Text("input")) {
				return fmt.Errorf("contains it, %v", err)
			}
			return nil
		},

		"TestSpecifier.test_specifiers":                                     contains("spec_str", "expected"),
		"TestSpecifier.test_invalid_version":                                contains("spec_str", "expected"),
		"TestSpecifier.test_arbitrary_equality":                             contains("spec_str", "expected"),
		"TestSpecifier.test_arbitrary_equality_normalization":               contains("spec_str", "expected"),
		"TestSpecifier.test_specifiers_prereleases":                         contains("specifier", "expected", "contains_pre", "spec_pre"),
		"TestSpecifierSet.test_contains_exclusionary_bridges":               contains("specifier", "expected", "prereleases"),
		"TestSpecifierSet.test_comparison_ignores_local":                    contains("specifier", "expected"),
		"TestSpecifierSet.test_contains_arbitrary_equality_contains":        contains("specifier", "expected"),
		"TestSpecifierSet.test_contains_arbitrary_equality_normalization":   contains("spec_str", "expected"),
		"TestSpecifierSet.test_contains_post_release_boundary_intersection": contains("spec_str", "expected"),
		"TestSpecifier.test_specifier_prereleases_set": both(
			contains("specifier", "initial_contains", "initial_prereleases"),
			contains("specifier", "final_contains", "set_prereleases")),
		"TestSpecifierSet.test_specifier_prereleases_explicit": both(
			contains("spec_str", "initial_contains", "initial_prereleases"),
			contains("spec_str", "final_contains", "set_prereleases")),
		"TestSpecifierSet.test_specifier_contains_installed_prereleases": func(r oracle.Row) error {
			if r["installed"] == true { // what is installed may be a pre-release
				return contains("specifier", "expected", "installed")(r)
			}
			return contains("specifier", "expected", "contains_prereleases", "spec_prereleases")(r)
		},
		"test_boundary_closure_short_release": func(r oracle.Row) error {
			r["version"] = r["version_str"]
			return contains("spec_str", "expected")(r)
		},

		"TestSpecifier.test_specifier_filter":                                  filters("specifier", "prereleases", "specifier_prereleases"),
		"TestSpecifierSet.test_specifier_filter":                               filters("specifier", "prereleases", "specifier_prereleases"),
		"TestSpecifier.test_specifier_filter_arbitrary_equality_normalization": filters("specifier"),
		"TestSpecifierSet.test_empty_specifier_arbitrary_string":               filters("", "prereleases"),
		"TestSpecifierSet.test_empty_specifier_ordering_with_arbitrary":        filters(""),
		"TestSpecifierSet.test_filter_exclusionary_bridges":                    filters("specifier", "prereleases"),

		"TestIsUnsatisfiable.test_unsatisfiable":                       satisfiable(samples, false, false),
		"TestIsUnsatisfiable.test_satisfiable":                         satisfiable(samples, true, false),
		"TestIsUnsatisfiable.test_unsatisfiable_prereleases_false":     satisfiable(samples, false, true),
		"TestIsUnsatisfiable.test_satisfiable_prereleases_false":       satisfiable(samples, true, true),
		"TestIsUnsatisfiable.test_post_release_boundary_unsatisfiable": satisfiable(samples, false, false),
	}
}

// normalisedOperands checks that a version is read alike behind any operator
// that takes it.
func normalisedOperands(r oracle.Row) error {
	text := r.Text("version")
	for _, op := range operators {
		if op == arbitrary || op == compatible || strings.Contains(text, "+") && op != equal && op != notEqual {
			continue
		}
		c, err := ParseSpecifier(string(op) + text)
		if err != nil {
			return err
		}
		if op != less && c.version != mustParse(text) {
			return fmt.Errorf("%s has the version %s", c, c.version)
		}
	}
	return nil
}

var inapplicableSpecifierTests = map[string]string{
	"TestSpecifier.test_comparison_canonicalizes":                                      "specifiers are compared as text here: ==2.8 and ==2.8.0 differ",
	"TestSpecifierSet.test_comparison_canonicalizes":                                   "specifiers are compared as text here: ==2.8 and ==2.8.0 differ",
	"TestSpecifier.test_specifier_prereleases_detection":                               "pre-releases count always here",
	"TestSpecifier.test_specifier_filter_with_key":                                     "the arguments stand in the test's body",
	"TestSpecifierSet.test_specifierset_filter_with_key":                               "the arguments stand in the test's body",
	"TestSpecifierSet.test_empty_specifierset_filter_with_key":                         "the arguments stand in the test's body",
	"TestSpecifierSet.test_specifiers_combine":                                         "sets are not combined here",
	"TestSpecifierSet.test_arbitrary_equality_is_intersection_preserving":              "sets are not combined here",
	"TestSpecifierSet.test_is_subset":                                                  "sets are not compared here",
	"TestSpecifierSet.test_is_superset":                                                "sets are not compared here",
	"TestSpecifierSet.test_is_disjoint":                                                "sets are not compared here",
	"TestSpecifierSet.test_set_relations_raise_on_prerelease_policy_mismatch":          "sets are not compared here",
	"TestSpecifierSet.test_set_relations_require_specifierset":                         "sets are not compared here",
	"TestSpecifierSet.test_set_relations_reject_arbitrary_equality":                    "sets are not compared here",
	"TestIsUnsatisfiable.test_contains_identical_across_canonicalization":              "the expectation stands in the test's body",
	"TestSpecifierSetToRangeEquivalence.test_contains_equivalent":                      "there are no ranges here; TestOracle covers these specifiers",
	"TestSpecifierSetToRangeEquivalence.test_filter_equivalent":                        "there are no ranges here; TestOracle covers these specifiers",
	"TestSpecifierSetToRangeEquivalence.test_to_specifier_set_roundtrip_matches":       "there are no ranges here; TestOracle covers these specifiers",
	"TestSpecifierSetToRangeEquivalence.test_contains_equivalent_with_version_objects": "there are no ranges here; TestOracle covers these specifiers",
}

func TestPinned(t *testing.T) {
	for _, test := range []struct {
		in, want string
		ok       bool
	}{
		{"==1.0", "1.0", true},
		{" == 1.0+local ", "1.0+local", true},
		{"===1.0-foo", "1.0-foo", true},
		{"==1.0,==1.0", "1.0", true},
		{"===", "", false},
		{"==1.*", "", false},
		{">=1.0", "", false},
		{"==1.0,!=1.1", "", false},
		{"", "", false},
	} {
		s, err := ParseSpecifiers(test.in)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := s.Pinned(); got != test.want || ok != test.ok {
			t.Errorf("%q is pinned to %q, %v; want %q, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}

func FuzzParseSpecifiers(f *testing.F) {
	for _, s := range []string{">=3.9, !=3.9.1", "== 1.*", "===x y", "~=1!2.0rc1,<3", "===1,,>2.post1"} {
		f.Add(s, "1!2.0rc1.post2.dev3+local.1")
	}
	f.Fuzz(func(t *testing.T, s, version string) {
		testenv.Frugal(t, func() {
			set, err := ParseSpecifiers(s)
			if err != nil {
				return
			}
			again, err := ParseSpecifiers(set.String())
			if err != nil || again.String() != set.String() {
				t.Fatalf("%q is %q, which is %q, %v", s, set, again, err)
			}
			holds := set.ContainsText(version)
			if again.ContainsText(version) != holds {
				t.Fatalf("%q and %q differ for %q", s, set, version)
			}
			if v, err := Parse(version); err == nil && !strings.Contains(s, "===") && set.Contains(v) != holds {
				t.Fatalf("%q: Contains and ContainsText differ for %q", s, version)
			}
		})
	})
}
