package pep425_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/pypa/pep425"
)

func TestTagVectors(t *testing.T) {
	asWheel := func(tag string) string { return "foo-1.0-" + tag + ".whl" }
	refusesTag := func(r oracle.Row) error {
		return refusesWheel("filename")(oracle.Row{"filename": asWheel(r.Text("tag"))})
	}
	const thisMachine = "about the interpreter that packaging runs in"
	suite := oracle.Suite{
		File: "test_tags.json",
		Tests: map[string]func(oracle.Row) error{
			"TestParseTag.test_empty_component_raises":         refusesTag,
			"TestParseTag.test_invalid_interpreter_raises":     refusesTag,
			"TestParseTag.test_invalid_component_count_raises": refusesTag,
			"TestParseTag.test_identifier_interpreter_is_valid": func(r oracle.Row) error {
				return parsesWheel(oracle.Row{"filename": asWheel(r.Text("interpreter") + "-none-any")})
			},
			"test_pickle_tag_roundtrip": func(r oracle.Row) error {
				tag := pep425.Tag{Python: r.Text("interpreter"), ABI: r.Text("abi"), Platform: r.Text("platform")}
				return parsesWheel(oracle.Row{"filename": asWheel(tag.String())})
			},
		},
		Inapplicable: map[string]string{
			"test_create_compatible_tags_selector": "about a function of packaging; Ranking.Best is tested below",
		},
	}
	for name := range oracle.Load(t, suite.File).Tests {
		for _, class := range []string{
			"TestInterpreterVersion.", "TestMacOSPlatforms.", "TestManylinuxPlatform.", "test_platform_tags", "TestCPythonABI.",
			"TestCPythonTags.", "TestGenericTags.", "TestSysTags.", "TestBitness.",
		} {
			if strings.HasPrefix(name, class) {
				suite.Inapplicable[name] = thisMachine
			}
		}
	}
	suite.Run(t)
}

// TestLambdaTags compares the tags of every runtime with those that packaging
// makes for it, in order.
func TestLambdaTags(t *testing.T) {
	var vectors struct{ Tags map[string][]string }
	oracle.ReadJSON(t, "lambda_tags.json", &vectors)
	checked := 0
	for key, want := range vectors.Tags {
		var minor int
		name, last := strings.CutSuffix(key, "-linux_last")
		runtime, arch, _ := strings.Cut(name, "-")
		if _, err := fmt.Sscanf(runtime, "python3.%d", &minor); err != nil {
			t.Fatal(err)
		}
		if !last { // the order of packaging 26.3, which pip does not have yet
			continue
		}
		glibc := 34
		if minor < 12 {
			glibc = 26
		}
		checked++
		for i, tag := range pep425.CPythonTags(minor, pep425.ManylinuxPlatforms(arch, glibc)) {
			if i >= len(want) || tag.String() != want[i] {
				t.Errorf("%s: tag %d is %s; want %s", key, i, tag, want[min(i, len(want)-1)])
				break
			}
		}
		if n := len(pep425.CPythonTags(minor, pep425.ManylinuxPlatforms(arch, glibc))); n != len(want) {
			t.Errorf("%s: %d tags, want %d", key, n, len(want))
		}
	}
	if checked != 14 {
		t.Errorf("%d targets checked", checked)
	}
}

// TestPipTags checks that whatever pip would take when asked for one of our
// platforms, we take too, in the same order.
func TestPipTags(t *testing.T) {
	var vectors map[string]struct {
		Args struct {
			Version   string
			Platforms []string
		}
		Tags []string
	}
	oracle.ReadJSON(t, "pip_tags.json", &vectors)
	for name, v := range vectors {
		var minor int
		if _, err := fmt.Sscanf(v.Args.Version, "3%d", &minor); err != nil {
			t.Fatal(err)
		}
		arch := "x86_64"
		if strings.HasSuffix(v.Args.Platforms[0], "aarch64") {
			arch = "aarch64"
		}
		ranking, last := pep425.NewRanking(minor, arch, 34), -1
		for _, tag := range v.Tags {
			// pip goes back to policies older than the architecture.
			if arch == "aarch64" && (strings.Contains(tag, "manylinux1_") || strings.Contains(tag, "manylinux2010_")) {
				continue
			}
			w, err := pep425.ParseWheelName("x-1-" + tag + ".whl")
			if err != nil {
				t.Fatal(err)
			}
			rank, ok := ranking.Best(w)
			if !ok || rank <= last {
				t.Errorf("%s: %s has rank %d, %v, behind %d", name, tag, rank, ok, last)
			}
			last = rank
		}
	}
}

func TestBestOrder(t *testing.T) {
	ranking := pep425.NewRanking(13, "x86_64", 34)
	order := pep425.CPythonTags(13, pep425.ManylinuxPlatforms("x86_64", 34))
	last := -1
	for _, tag := range []string{
		"cp313-cp313-manylinux_2_34_x86_64",
		"cp313-cp313-manylinux_2_28_x86_64.manylinux_2_39_x86_64",
		"cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64",
		"cp313-cp313-manylinux2014_x86_64",
		"cp313-cp313-linux_x86_64",
		"cp313-abi3-manylinux2014_x86_64",
		"cp312.cp311-abi3-manylinux2014_x86_64",
		"cp39-abi3-manylinux1_x86_64",
		"py2.py3-none-manylinux1_x86_64",
		"cp313-none-any",
		"py3-none-any.win32",
		"py35-none-any",
	} {
		w := mustParse(t, "x-1-"+tag+".whl")
		rank, ok := ranking.Best(w)
		if !ok || rank <= last {
			t.Errorf("%s has rank %d, %v, behind %d", tag, rank, ok, last)
		}
		if len(w.Tags) == 1 && slices.Index(order, w.Tags[0]) != rank {
			t.Errorf("%s has rank %d, which is not its place", tag, rank)
		}
		if m := ranking.Mismatch(w); m != (pep425.Mismatch{}) {
			t.Errorf("%s: %s", tag, m)
		}
		last = rank
	}
}

func TestMismatch(t *testing.T) {
	ranking := pep425.NewRanking(11, "x86_64", 26)
	for _, test := range []struct {
		tag    string
		reason pep425.Reason
		text   string
	}{
		{"cp311-cp311-manylinux_2_28_x86_64", pep425.NewerGlibc, "needs glibc 2.28 (manylinux_2_28)"},
		{"cp311-cp311-manylinux_2_31_x86_64.manylinux_2_28_x86_64.manylinux_2_34_x86_64", pep425.NewerGlibc, "needs glibc 2.28 (manylinux_2_28)"},
		{"cp39-abi3-manylinux_2_28_x86_64", pep425.NewerGlibc, "needs glibc 2.28 (manylinux_2_28)"},
		{"py3-none-manylinux_2_28_x86_64", pep425.NewerGlibc, "needs glibc 2.28 (manylinux_2_28)"},
		{"cp312-cp312-manylinux_2_28_x86_64", pep425.OtherPython, "is for CPython 3.12 (cp312)"},
		{"cp310-cp310-manylinux2014_x86_64", pep425.OtherPython, "is for CPython 3.10 (cp310)"},
		{"cp312-abi3-manylinux2014_x86_64", pep425.OtherPython, "is for CPython 3.12 (cp312)"},
		{"pp311-pypy311_pp73-manylinux2014_x86_64", pep425.OtherPython, "is for PyPy 3.11 (pp311)"},
		{"py2-none-any", pep425.OtherPython, "is for Python 2 (py2)"},
		{"cp310-none-any", pep425.OtherPython, "is for CPython 3.10 (cp310)"},
		{"jy27-none-any", pep425.OtherPython, "is for jy27"},
		{"cp311-cp311d-manylinux2014_x86_64", pep425.OtherABI, "is for the ABI cp311d"},
		{"cp311-cp311t-manylinux2014_x86_64", pep425.OtherABI, "is for free-threaded Python (cp311t)"},
		{"cp311-cp311-any", pep425.OtherABI, "is for the ABI cp311"},
		{"cp311-cp311-manylinux2014_aarch64", pep425.OtherArchitecture, "is for aarch64"},
		{"cp311-cp311-manylinux2014_i686.linux_i686", pep425.OtherArchitecture, "is for i686"},
		{"cp311-cp311-musllinux_1_2_x86_64", pep425.OtherLibc, "is for Linux with musl (musllinux_1_2_x86_64)"},
		{"cp311-cp311-macosx_11_0_arm64", pep425.OtherSystem, "is for macOS (macosx_11_0_arm64)"},
		{"cp311-cp311-win_amd64", pep425.OtherSystem, "is for Windows (win_amd64)"},
		{"cp311-cp311-freebsd_14_0_release_amd64", pep425.OtherSystem, "is for freebsd_14_0_release_amd64"},
		{"cp311-cp311-manylinux_3_0_x86_64", pep425.OtherSystem, "is for manylinux_3_0_x86_64"},
		{"cp311-cp311-manylinux_2_4_x86_64", pep425.OtherSystem, "is for manylinux_2_4_x86_64"},
		{"cp311-cp311-win32.manylinux2014_aarch64.manylinux_2_35_x86_64", pep425.NewerGlibc, "needs glibc 2.35 (manylinux_2_35)"},
	} {
		w := mustParse(t, "x-1-"+test.tag+".whl")
		if rank, ok := ranking.Best(w); ok {
			t.Errorf("%s has rank %d", test.tag, rank)
		}
		if m := ranking.Mismatch(w); m.Reason != test.reason || m.String() != test.text {
			t.Errorf("%s: %d, %s; want %d, %s", test.tag, m.Reason, m, test.reason, test.text)
		}
	}
}

func BenchmarkBest(b *testing.B) {
	ranking := pep425.NewRanking(13, "x86_64", 34)
	w := mustParse(b, "pydantic_core-2.41.5-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
	for b.Loop() {
		ranking.Best(w)
	}
}

func BenchmarkNewRanking(b *testing.B) {
	for b.Loop() {
		pep425.NewRanking(13, "x86_64", 34)
	}
}
