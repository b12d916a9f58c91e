package pep425_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep503"
)

func sortedTags(w pep425.WheelName) []string {
	var tags []string
	for _, t := range w.Tags {
		tags = append(tags, t.String())
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

func refusesWheel(name string) func(oracle.Row) error {
	return func(r oracle.Row) error {
		if w, err := pep425.ParseWheelName(r.Text(name)); err == nil {
			return fmt.Errorf("parsed as %+v", w)
		}
		return nil
	}
}

func parsesWheel(r oracle.Row) error {
	_, err := pep425.ParseWheelName(r.Text("filename"))
	return err
}

func TestFileNameVectors(t *testing.T) {
	const elsewhere = "pep503 runs it"
	oracle.Suite{
		File: "test_utils.json",
		Tests: map[string]func(oracle.Row) error{
			"test_parse_wheel_filename": func(r oracle.Row) error {
				w, err := pep425.ParseWheelName(r.Text("filename"))
				if err != nil {
					return err
				}
				build := "[]"
				if w.Build.Present {
					build = fmt.Sprintf("[%s %s]", w.Build.Number, w.Build.Rest)
				}
				if w.Name != r["name"] || w.Version.String() != r["version"] || build != fmt.Sprint(r["build"]) ||
					!slices.Equal(sortedTags(w), r.Texts("tags")) {
					return fmt.Errorf("parsed as %+v", w)
				}
				return nil
			},
			"test_parse_wheel_invalid_filename":               refusesWheel("filename"),
			"test_parse_wheel_unsorted_tags_valid_by_default": parsesWheel,
			"test_parse_sdist_filename": func(r oracle.Row) error {
				s, err := pep425.ParseSdistName(r.Text("filename"))
				if err == nil && (s.Name != r["name"] || s.Version.String() != r["version"]) {
					err = fmt.Errorf("parsed as %+v", s)
				}
				return err
			},
			"test_parse_sdist_invalid_filename": func(r oracle.Row) error {
				if s, err := pep425.ParseSdistName(r.Text("filename")); err == nil {
					return fmt.Errorf("parsed as %+v", s)
				}
				return nil
			},
		},
		Inapplicable: map[string]string{
			"test_parse_wheel_unsorted_tags_invalid_with_validate": "unsorted tags occur in the wild and are always accepted",
			"test_canonicalize_version":                            "versions are not shortened here",
			"test_canonicalize_version_no_strip_trailing_zero":     "versions are not shortened here",
			"test_canonicalize_name":                               elsewhere,
			"test_canonicalize_name_invalid":                       elsewhere,
			"test_is_normalized_name":                              elsewhere,
		},
	}.Run(t)
	oracle.Suite{
		File: "installer_test_utils.json",
		Tests: map[string]func(oracle.Row) error{
			"TestParseWheelFilename.test_invalid_cases": refusesWheel("string"),
			"TestParseWheelFilename.test_valid_cases": func(r oracle.Row) error {
				w, err := pep425.ParseWheelName(r.Text("string"))
				if err != nil {
					return err
				}
				var build any
				if w.Build.Present {
					build = w.Build.Number + w.Build.Rest
				}
				want := r["expected"].([]any)
				if got := []any{w.Name, w.Version.String(), build, sortedTags(w)[0]}; fmt.Sprint(got) != fmt.Sprint(want) {
					return fmt.Errorf("parsed as %v", got)
				}
				return nil
			},
		},
		Inapplicable: map[string]string{
			"TestCanonicalizeDistributionName.test_valid_cases": elsewhere,
			"TestScript.test_replace_shebang":                   "about installing",
			"TestScript.test_keep_data":                         "about installing",
			"TestParseEntryPoints.test_valid":                   "about installing",
		},
	}.Run(t)
}

func mustParse(t testing.TB, filename string) pep425.WheelName {
	w, err := pep425.ParseWheelName(filename)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestBuildTagCompare(t *testing.T) {
	ascending := []string{"", "0-", "1-", "01a-", "1b-", "2-", "10-", "99999999999999999999-", "100000000000000000000-"}
	for i, a := range ascending {
		for j, b := range ascending {
			x, y := mustParse(t, "x-1-"+a+"py3-none-any.whl"), mustParse(t, "x-1-"+b+"py3-none-any.whl")
			if got, want := x.Build.Compare(y.Build), min(1, max(-1, i-j)); got != want {
				t.Errorf("%q compared with %q is %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestParseWheelNameErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"foo-1.0.tar.gz", ".whl"},
		{"foo-1.0-py3-none.whl", "name-version(-build)-python-abi-platform.whl"},
		{"fo o-1.0-py3-none-any.whl", `"fo o"`},
		{"foo-one-py3-none-any.whl", `"one"`},
		{"foo-1.0-x-py3-none-any.whl", `build tag "x"`},
		{"foo-1.0-py3-none-.whl", "py3-none-"},
		{"foo-1.0-3-none-any.whl", `"3"`},
		{"foo-1-" + strings.Repeat("a.", 99) + "a-" + strings.Repeat("a.", 99) + "a-any.whl", "1000"},
	} {
		if _, err := pep425.ParseWheelName(test.in); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %s", test.in, err, test.want)
		}
	}
}

func TestFileNameOracle(t *testing.T) {
	var names []string
	for _, name := range []string{"foo", "Foo_Bar", "foo.bar", "foo__bar", "fo~o", "", "föö", "foo bar", "f²", "1"} {
		for _, version := range []string{"1.0", "1!2.0+abc.1", "1.0_1", "v1.0RC1", "1.x", ""} {
			for _, rest := range []string{
				"py3-none-any", "1-py3-none-any", "007abc-py3-none-any", "x-py3-none-any", "-py3-none-any", "py2.py3-none-any",
				"cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3.-none-any", "3-none-any", "p²-none-any", "²p-none-any",
				"py3-none", "1-2-py3-none-any", "py3-no ne-a+y", "_x-none-any",
			} {
				names = append(names, name+"-"+version+"-"+rest+".whl")
			}
		}
	}
	answer := oracle.Ask(t, oracle.Question{Wheels: names})
	for i, filename := range names {
		w, err := pep425.ParseWheelName(filename)
		want := answer.Wheels[i]
		if want == nil {
			if err == nil {
				t.Errorf("%q is %+v; packaging says that it is none", filename, w)
			}
			continue
		}
		var build []string
		if w.Build.Present {
			build = []string{w.Build.Number, w.Build.Rest}
		}
		if err != nil || w.Name != want.Name || w.Version.String() != want.Version || !slices.Equal(build, want.Build) ||
			!slices.Equal(sortedTags(w), want.Tags) {
			text, _ := json.Marshal(want)
			t.Errorf("%q is %+v, %v; packaging says %s", filename, w, err, text)
		}
	}
	t.Logf("%d wheel names compared", len(names))
}

func BenchmarkParseWheelName(b *testing.B) {
	for b.Loop() {
		pep425.ParseWheelName("pydantic_core-2.41.5-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
	}
}

func FuzzParseWheelName(f *testing.F) {
	for _, s := range []string{
		"Foo_Bar-1.0-1abc-py2.py3-none-any.whl", "x-1!2+a-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		"x-1-cp311-cp311t-musllinux_1_2_aarch64.whl", "x-1-pp3-x-macosx_11_0_arm64.whl",
	} {
		f.Add(s)
	}
	ranking := pep425.NewRanking(11, "x86_64", 26)
	f.Fuzz(func(t *testing.T, s string) {
		testenv.Frugal(t, func() {
			w, err := pep425.ParseWheelName(s)
			if err != nil {
				return
			}
			rank, ok := ranking.Best(w)
			if again, okAgain := ranking.BestOfName(s); again != rank || okAgain != ok {
				t.Fatalf("%q has rank %d, %t, its name %d, %t", s, rank, ok, again, okAgain)
			}
			if m := ranking.Mismatch(w); ok != (m.Reason == pep425.Fits) || m.String() == "" {
				t.Fatalf("%q fits %v, but %+v", s, ok, m)
			}
			if w.Name != pep503.Normalize(w.Name) || len(w.Tags) == 0 {
				t.Fatalf("%q is %+v", s, w)
			}
			if n := strings.Count(s, "-"); w.Build.Present != (n == 5) {
				t.Fatalf("%q is %+v", s, w)
			}
		})
	})
}

func FuzzParseSdistName(f *testing.F) {
	for _, s := range []string{"foo-bar-1.0.tar.gz", "foo-1!2rc1.zip"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := pep425.ParseSdistName(s)
		if err == nil && (name.Name != pep503.Normalize(name.Name) || name.Version.String() == "") {
			t.Fatalf("%q is %+v", s, name)
		}
	})
}
