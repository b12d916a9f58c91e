package pep508_test

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

func TestEvaluate(t *testing.T) {
	extras := func(names ...string) map[string]bool {
		set := map[string]bool{}
		for _, n := range names {
			set[n] = true
		}
		return set
	}
	for _, test := range []struct {
		marker string
		extra  map[string]bool
		want   bool
	}{
		// extra is a set: a form that says yes needs one member, a form that says no all.
		{`extra == "A_b"`, extras("a-b", "c"), true},
		{`extra == "a-b" and extra == "c"`, extras("a-b", "c"), true},
		{`extra != "a-b"`, extras("a-b", "c"), false},
		{`extra != "d"`, extras("a-b", "c"), true},
		{`extra in "c d"`, extras("a-b", "c"), true},
		{`extra not in "c-d"`, extras("a-b", "c"), false},
		{`extra == "a"`, extras(), false},
		{`extra != "a"`, extras(), true},
		{`extra == "a"`, map[string]bool{"a": false}, false},
		// uv encodes what conflicts in names of extras.
		{`extra == 'extra-4-demo-cpu' and extra != 'extra-4-demo-gpu'`, extras("extra-4-demo-cpu"), true},

		{`python_version < "3.10"`, nil, false}, // as texts it would hold
		{`"3.10" <= python_version`, nil, true},
		{`python_full_version < "3.13.3" and python_full_version > "3.13"`, nil, true},
		{`platform_machine == "arm64"`, nil, false},
		{`platform_release >= "5.10"`, nil, false},
		{`sys_platform > "a"`, nil, false},
		{`os_name == "nt" and os_name == "x" or os_name == "posix"`, nil, true},
		{`os_name == "posix" or os_name == "x" and os_name == "nt"`, nil, true},
		{`(os_name == "posix" or os_name == "x") and os_name == "nt"`, nil, false},
	} {
		env := linux
		env.Extra = test.extra
		if err := evaluates(test.marker, env, test.want); err != nil {
			t.Error(err)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	env := linux
	env.Extra = nil
	for _, test := range []struct{ marker, want string }{
		{`extra == "x"`, `extra == "x"`},
		{`os_name == "nt" and extra == "x"`, "variable extra"},
		{`"x" in extras`, "variable extras"},
		{`"x" in dependency_groups`, "variable dependency_groups"},
		{`os_name ~= "posix"`, "~="},
	} {
		m, err := pep508.ParseMarker(test.marker)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Evaluate(env); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %s", test.marker, err, test.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`os_name`, `expected one of <=, <, !=, ==, >=, >, ~=, ===, in, not in, but nothing follows`},
		{`nosuch == "x"`, `found "nosuch == \"x\""`},
		{`os_name == "x`, `at "\"x"`},
		{`(os_name == "x"`, `nothing follows`},
		{`os_name == "x" x`, `found "x"`},
		{`"a" == "b"`, `"a" with "b"`},
		{`os_name == sys_platform`, "os_name with sys_platform"},
		{strings.Repeat("(", 5000) + `os_name == "x"`, "100"},
	} {
		if _, err := pep508.ParseMarker(test.in); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.50s: the error is %v, want %s", test.in, err, test.want)
		}
	}
	for _, test := range []struct{ in, want string }{
		{`>=1`, `found ">=1"`},
		{`foo[a`, `nothing follows`},
		{`foo (>=1`, `"foo (>=1"`},
		{`foo==1 x`, `"==1 x"`},
		{`foo @ `, "@"},
		{`foo @ file:x y`, `found "y"`},
		{`foo; os_name == x`, `found "x"`},
	} {
		if _, err := pep508.ParseRequirement(test.in); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %s", test.in, err, test.want)
		}
	}
}

func TestZeroMarkerHolds(t *testing.T) {
	var m pep508.Marker
	if holds, err := m.Evaluate(pep508.Environment{}); !holds || err != nil || !m.Empty() || m.String() != "" {
		t.Errorf("holds %v, %v; empty %v; %q", holds, err, m.Empty(), m)
	}
}

func TestEvaluateTakesNoMemory(t *testing.T) {
	m, err := pep508.ParseMarker(`(python_full_version >= "3.11" and sys_platform != "win32") or extra == "x" or platform_machine in "x86_64 aarch64"`)
	if err != nil {
		t.Fatal(err)
	}
	env := linux
	if n := testing.AllocsPerRun(100, func() { m.Evaluate(env) }); n > 1 { // one for the environment
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	m, err := pep508.ParseMarker(`(python_full_version >= "3.11" and sys_platform != "win32") or platform_machine in "x86_64 aarch64"`)
	if err != nil {
		b.Fatal(err)
	}
	env := target.All()[0].Environment()
	for b.Loop() {
		m.Evaluate(env)
	}
}

func BenchmarkParseMarker(b *testing.B) {
	for b.Loop() {
		pep508.ParseMarker(`(python_full_version >= "3.11" and sys_platform != "win32") or platform_machine in "x86_64 aarch64"`)
	}
}

func FuzzParseMarker(f *testing.F) {
	for _, s := range oddMarkers {
		f.Add(s)
	}
	for _, s := range compoundMarkers(simpleMarkers(), 20) {
		f.Add(s)
	}
	envs := environments()
	f.Fuzz(func(t *testing.T, s string) {
		testenv.Frugal(t, func() {
			m, err := pep508.ParseMarker(s)
			if err != nil {
				return
			}
			again, err := pep508.ParseMarker(m.String())
			if err != nil || again.String() != m.String() {
				t.Fatalf("%q is %q, which is %q, %v", s, m, again, err)
			}
			for _, env := range envs {
				want, wantErr := m.Evaluate(env)
				got, gotErr := again.Evaluate(env)
				if got != want || (gotErr == nil) != (wantErr == nil) {
					t.Fatalf("%q is %v, %v; spelled %q it is %v, %v", s, want, wantErr, again, got, gotErr)
				}
			}
		})
	})
}

func FuzzParseRequirement(f *testing.F) {
	for _, s := range []string{
		`httpx[http2, Brotli]>=0.27,<1; python_version < "3.14"`, "a (==1.*)", "a@file:///x ; os_name=='y'", "A.b_c===1,2", "a[]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		testenv.Frugal(t, func() {
			r, err := pep508.ParseRequirement(s)
			if err != nil {
				return
			}
			again, err := pep508.ParseRequirement(r.String())
			if err != nil || again.String() != r.String() {
				t.Fatalf("%q is %q, which is %q, %v", s, r, again, err)
			}
		})
	})
}
