package pep508_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// linux is the environment the vectors expect where they give none.
var linux = pep508.Environment{
	OSName: "posix", SysPlatform: "linux", PlatformMachine: "x86_64", PlatformPythonImplementation: "CPython",
	PlatformSystem: "Linux", PythonVersion: "3.13", PythonFullVersion: "3.13.2",
	ImplementationName: "cpython", ImplementationVersion: "3.13.2",
	Extra: map[string]bool{},
}

// environment returns linux, changed by what a vector has.
func environment(changes any) pep508.Environment {
	env := linux
	fields := map[string]*string{
		"os_name": &env.OSName, "sys_platform": &env.SysPlatform, "platform_machine": &env.PlatformMachine,
		"platform_python_implementation": &env.PlatformPythonImplementation, "platform_version": &env.PlatformVersion,
		"python_version": &env.PythonVersion,
	}
	values, _ := changes.(map[string]any)
	for name, value := range values {
		if name == "extra" {
			env.Extra = map[string]bool{pep503.Normalize(value.(string)): true}
			continue
		}
		*fields[name] = value.(string)
	}
	return env
}

// withSet returns linux with members for the set variable of that name.
func withSet(variable string, members ...string) pep508.Environment {
	env, set := linux, map[string]bool{}
	for _, m := range members {
		set[m] = true
	}
	if variable == "extras" {
		env.Extras = set
	} else {
		env.DependencyGroups = set
	}
	return env
}

func evaluates(marker string, env pep508.Environment, want any) error {
	m, err := pep508.ParseMarker(marker)
	if err != nil {
		return err
	}
	got, err := m.Evaluate(env)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s is %v", m, got)
	}
	return nil
}

func evaluatesAsExpected(r oracle.Row) error {
	return evaluates(r.Text("marker_string"), environment(r["environment"]), r["expected"])
}

func raises(marker string, env pep508.Environment) error {
	m, err := pep508.ParseMarker(marker)
	if err != nil {
		return err
	}
	if holds, err := m.Evaluate(env); err == nil {
		return fmt.Errorf("%s is %v, not an error", m, holds)
	}
	return nil
}

func parsesMarker(name string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		_, err := pep508.ParseMarker(r.Text(name))
		return err
	}
}

func refusesMarker(s string) error {
	if m, err := pep508.ParseMarker(s); err == nil {
		return fmt.Errorf("parsed as %s", m)
	}
	return nil
}

func spellsMarker(s, want string) error {
	m, err := pep508.ParseMarker(s)
	if err == nil && m.String() != want {
		err = fmt.Errorf("spelled %s", m)
	}
	return err
}

func TestMarkerVectors(t *testing.T) {
	const setUse = "TestMarker.test_set_valued_marker_on_lhs_raises_undefined_comparison"
	oracle.Suite{
		File: "test_markers.json",
		Tests: map[string]func(oracle.Row) error{
			"TestMarker.test_parses_valid":                   parsesMarker("marker_string"),
			"TestMarker.test_parses_pep345_valid":            parsesMarker("marker_string"),
			"TestMarker.test_parses_setuptools_legacy_valid": parsesMarker("marker_string"),
			"TestMarker.test_parses_invalid":                 func(r oracle.Row) error { return refusesMarker(r.Text("marker_string")) },
			"TestMarker.test_parses_invalid_malformed_quoted_string": func(r oracle.Row) error {
				return refusesMarker(r.Text("marker_string"))
			},
			"TestMarker.test_parses_invalid_trailing_line_break": func(r oracle.Row) error {
				return refusesMarker("python_version >= '3'" + r.Text("line_break"))
			},
			"TestMarker.test_parses_trailing_horizontal_whitespace": func(r oracle.Row) error {
				return spellsMarker("python_version >= '3'"+r.Text("whitespace"), `python_version >= "3"`)
			},
			"TestMarker.test_str_repr_eq_hash": func(r oracle.Row) error {
				return spellsMarker(r.Text("marker_string"), r.Text("expected"))
			},
			"test_pickle_marker_roundtrip": func(r oracle.Row) error {
				return spellsMarker(r.Text("marker_str"), r.Text("marker_str"))
			},
			"TestNode.test_value_serialize_chooses_quote_delimiter": func(r oracle.Row) error {
				return spellsMarker("os_name == "+r.Text("expected"), "os_name == "+r.Text("expected"))
			},
			"TestMarker.test_different_markers_different_hashes": func(r oracle.Row) error {
				a, errA := pep508.ParseMarker(r.Text("example1"))
				b, errB := pep508.ParseMarker(r.Text("example2"))
				if a.String() == b.String() {
					return fmt.Errorf("both are %s", a)
				}
				return errors.Join(errA, errB)
			},
			"TestMarker.test_evaluates":               evaluatesAsExpected,
			"TestMarker.test_evaluate_pep345_markers": evaluatesAsExpected,
			"TestMarker.test_version_like_equality":   evaluatesAsExpected,
			"TestMarker.test_membership_value_str_normalization": func(r oracle.Row) error {
				return spellsMarker("'Foo_Bar' in "+r.Text("variable"), `"foo-bar" in `+r.Text("variable"))
			},
			"TestMarker.test_membership_value_str_normalization_negated": func(r oracle.Row) error {
				return spellsMarker("'Foo_Bar' not in "+r.Text("variable"), `"foo-bar" not in `+r.Text("variable"))
			},
			"TestMarker.test_extras_and_dependency_groups": func(r oracle.Row) error {
				v := r.Text("variable")
				return evaluates(strings.ReplaceAll(r.Text("expression"), "{0}", v), withSet(v, "foo", "bar"), r["result"])
			},
			"TestMarker.test_extras_and_dependency_groups_disallowed": func(r oracle.Row) error {
				v := r.Text("variable")
				return errors.Join(raises(`"foo" in `+v, linux), evaluates(`"foo" in `+v, withSet(v), false))
			},
			setUse: func(r oracle.Row) error {
				v := r.Text("variable")
				return raises(v+" "+r.Text("op")+` "foo"`, withSet(v, "foo"))
			},
		},
		Inapplicable: map[string]string{
			"TestNode.test_accepts_value": "about a Python class",
			"TestNode.test_str":           "about a Python class",
			"TestNode.test_repr":          "about a Python class",
		},
	}.Run(t)
}

func parsesRequirement(s string) error {
	_, err := pep508.ParseRequirement(s)
	return err
}

func refusesRequirement(s string) error {
	if r, err := pep508.ParseRequirement(s); err == nil {
		return fmt.Errorf("parsed as %s", r)
	}
	return nil
}

// sameRequirement checks whether two requirements ask for the same, spelling apart.
func sameRequirement(want bool) func(oracle.Row) error {
	return func(row oracle.Row) error {
		var spelled []string
		for _, name := range []string{"dep1", "dep2"} {
			r, err := pep508.ParseRequirement(row.Text(name))
			if err != nil {
				return err
			}
			r.Name = pep503.Normalize(r.Name)
			spelled = append(spelled, r.String())
		}
		if (spelled[0] == spelled[1]) != want {
			return fmt.Errorf("spelled %q", spelled)
		}
		return nil
	}
}

func TestRequirementVectors(t *testing.T) {
	const equivalent = "TestRequirementBehaviour.test_equivalent_reqs_equal_hashes_unequal_strings"
	const zeros = "specifiers are compared as text here: zeros at the end of a version make a difference"
	oracle.Suite{
		File: "test_requirements.json",
		Tests: map[string]func(oracle.Row) error{
			"test_basic_valid_requirement_parsing": basicRequirement,
			"test_normalized_requirements": func(r oracle.Row) error {
				got, err := pep508.ParseRequirement(r.Text("input_req"))
				if err == nil && got.String() != r.Text("norm_req") {
					err = fmt.Errorf("spelled %s", got)
				}
				return err
			},
			"TestRequirementParsing.test_valid_marker": func(r oracle.Row) error { return parsesRequirement("name; " + r.Text("marker")) },
			"TestRequirementParsing.test_file_url": func(r oracle.Row) error {
				got, err := pep508.ParseRequirement("name @ " + r.Text("url"))
				if err == nil && got.URL != r.Text("url") {
					err = fmt.Errorf("the URL is %q", got.URL)
				}
				return err
			},
			"TestRequirementParsing.test_error_when_suffixed_with_line_break": func(r oracle.Row) error {
				return refusesRequirement(r.Text("requirement") + r.Text("line_break"))
			},
			"TestRequirementParsing.test_trailing_horizontal_whitespace": func(r oracle.Row) error {
				return errors.Join(parsesRequirement("name>=1"+r.Text("whitespace")),
					parsesRequirement(`name; python_version >= "3"`+r.Text("whitespace")))
			},
			"TestRequirementParsing.test_error_when_prefix_match_uses_post_release": func(r oracle.Row) error {
				return refusesRequirement("name " + r.Text("operator") + " 1.0.post1.*")
			},
			"TestRequirementParsing.test_error_when_local_version_label_is_used_incorrectly": func(r oracle.Row) error {
				return refusesRequirement("name " + r.Text("operator") + " 1.0+local.version.label")
			},
			"TestRequirementParsing.test_error_invalid_marker_malformed_quoted_string": func(r oracle.Row) error {
				return refusesRequirement(r.Text("to_parse"))
			},
			"TestRequirementBehaviour.test_str_and_repr": func(r oracle.Row) error {
				marker := r.Text("marker")
				if marker != "" && strings.Contains(r.Text("url_or_specifier"), "@") {
					marker = " " + strings.TrimSpace(marker)
				}
				want := "name" + r.Text("extras") + strings.TrimRight(r.Text("url_or_specifier"), " ") + marker
				got, err := pep508.ParseRequirement(want)
				if err == nil && got.String() != want {
					err = fmt.Errorf("%q is spelled %q", want, got)
				}
				return err
			},
			"TestRequirementBehaviour.test_equal_reqs_equal_hashes":         sameRequirement(true),
			"TestRequirementBehaviour.test_different_reqs_different_hashes": sameRequirement(false),
			equivalent:                          sameRequirement(true),
			"test_pickle_requirement_roundtrip": func(r oracle.Row) error { return parsesRequirement(r.Text("req_str")) },
			"test_pickle_requirement_setstate_rejects_invalid_string": func(r oracle.Row) error {
				return refusesRequirement(r.Text("invalid_requirement"))
			},
		},
		Inapplicable: map[string]string{
			"test_pickle_requirement_preserves_prereleases": "pre-releases count always here",
		},
		Differences: map[string]string{
			equivalent + ` {"dep1":"foo==1.0.0","dep2":"foo==1.0.0.0"}`:                                                                   zeros,
			equivalent + ` {"dep1":"foo\u003e=1.0","dep2":"foo\u003e=1.0.0"}`:                                                             zeros,
			equivalent + ` {"dep1":"foo[a]==1.0.0; python_version\u003e=\"3.8\"","dep2":"foo[a]==1.0.0.0; python_version\u003e=\"3.8\""}`: zeros,
		},
	}.Run(t)
}

// basicRequirement puts a requirement together from its parts, and takes it
// apart again.
func basicRequirement(row oracle.Row) error {
	space := row.Text("whitespace")
	fill := func(s string) string { return strings.ReplaceAll(s, "{ws}", space) }
	parts := []string{row.Text("name")}
	if extras := row.Texts("extras"); len(extras) > 0 {
		parts = append(parts, "[", strings.Join(extras, space+","+space), "]")
	}
	if url := row.Text("url"); url != "" {
		parts = append(parts, "@", url)
	} else {
		parts = append(parts, fill(row.Text("specifier")))
	}
	if marker := row.Text("marker"); marker != "" {
		semicolon := ";"
		if row.Text("url") != "" {
			semicolon = " ;"
		}
		parts = append(parts, semicolon, fill(marker))
	}
	s := strings.Join(parts, space)

	r, err := pep508.ParseRequirement(s)
	if err != nil {
		return err
	}
	wantMarker := ""
	if marker := row.Text("marker"); marker != "" {
		m, err := pep508.ParseMarker(strings.ReplaceAll(marker, "{ws}", ""))
		if err != nil {
			return err
		}
		wantMarker = m.String()
	}
	var wantExtras []string
	for _, e := range row.Texts("extras") {
		wantExtras = append(wantExtras, pep503.Normalize(e))
	}
	slices.Sort(wantExtras)
	wantSpecifiers := strings.Split(strings.NewReplacer("{ws}", "", "(", "", ")", "").Replace(row.Text("specifier")), ",")
	slices.Sort(wantSpecifiers)
	if r.Name != row.Text("name") || r.URL != row.Text("url") || r.Marker.String() != wantMarker ||
		!slices.Equal(r.Extras, wantExtras) || r.Specifiers.String() != strings.Join(wantSpecifiers, ",") {
		return fmt.Errorf("%q is taken apart to %+v", s, r)
	}
	return nil
}
