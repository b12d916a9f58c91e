package runtimes_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

func parse(t *testing.T, runtime, architecture string) target.Target {
	t.Helper()
	to, err := target.Parse(runtime, architecture)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestModule(t *testing.T) {
	for _, test := range []struct {
		name  string
		minor int
		want  runtimes.Standing
	}{
		{"numpy", 13, runtimes.Free},
		{"typing", 13, runtimes.Replaces},
		{"pathlib", 9, runtimes.Replaces},
		{"enum", 11, runtimes.Ignored},     // loaded by the bootstrap
		{"errno", 13, runtimes.Ignored},    // built in
		{"runpy", 13, runtimes.Ignored},    // frozen
		{"cgi", 11, runtimes.Replaces},     // left the standard library with 3.13
		{"cgi", 13, runtimes.Free},         // …
		{"tomllib", 10, runtimes.Free},     // came with 3.11
		{"tomllib", 15, runtimes.Replaces}, // a version that is not in the table
		{"distutils", 11, runtimes.Replaces},
		{"distutils", 12, runtimes.Free},
		{"zlib", 14, runtimes.Replaces},
	} {
		if got := runtimes.Module(test.minor, test.name); got != test.want {
			t.Errorf("%s on 3.%d: got %d, want %d", test.name, test.minor, got, test.want)
		}
	}
}

// The numbers were counted in a function run by the runtime interface emulator.
func TestLoaded(t *testing.T) {
	for minor, want := range map[int]int{11: 42, 13: 40} {
		public := slices.DeleteFunc(runtimes.Loaded(minor), func(name string) bool { return name[0] == '_' })
		if len(public) != want {
			t.Errorf("3.%d: %d, want %d: %v", minor, len(public), want, public)
		}
	}
}

func TestLibrary(t *testing.T) {
	for _, test := range []struct {
		runtime, architecture, soname string
		want                          runtimes.State
	}{
		{"python3.11", "x86_64", "libc.so.6", runtimes.There},
		{"python3.11", "x86_64", "libcrypt.so.1", runtimes.There},
		{"python3.13", "x86_64", "libcrypt.so.1", runtimes.Nowhere},
		{"python3.11", "x86_64", "libexpat.so.1", runtimes.Image},
		{"python3.13", "arm64", "libglib-2.0.so.0", runtimes.Image},
		{"python3.13", "x86_64", "libGL.so.1", runtimes.Nowhere},
		{"python3.13", "x86_64", "libnever-heard-of.so.1", runtimes.Nowhere},
		{"python3.13", "x86_64", "libmvec.so.1", runtimes.There},
		{"python3.13", "arm64", "libmvec.so.1", runtimes.Nowhere},
		{"python3.13", "x86_64", "libpython3.13.so.1.0", runtimes.There},
		{"python3.13", "x86_64", "libpython3.11.so.1.0", runtimes.Nowhere},
	} {
		if got := runtimes.Library(parse(t, test.runtime, test.architecture), test.soname); got != test.want {
			t.Errorf("%s on %s/%s: got %s, want %s", test.soname, test.runtime, test.architecture, got, test.want)
		}
	}
}

// Every target has symbol versions, and that of glibc is what wheels are chosen by.
func TestSymbols(t *testing.T) {
	for _, to := range target.All() {
		for _, family := range []string{"GLIBC", "GLIBCXX", "CXXABI", "GCC"} {
			sure, newest := runtimes.Symbols(to, family)
			a, err1 := pep440.Parse(sure)
			b, err2 := pep440.Parse(newest)
			if err1 != nil || err2 != nil || a.Compare(b) > 0 {
				t.Errorf("%s, %s: from %q to %q", to, family, sure, newest)
			}
			if family == "GLIBC" && sure != fmt.Sprintf("2.%d", to.GlibcMinor) {
				t.Errorf("%s has glibc 2.%d, the table says %s", to, to.GlibcMinor, sure)
			}
		}
	}
	if sure, newest := runtimes.Symbols(parse(t, "python3.13", "x86_64"), "QT"); sure != "" || newest != "" {
		t.Errorf("got %q, %q", sure, newest)
	}
}

func TestSDK(t *testing.T) {
	for _, p := range runtimes.SDK() {
		if len(p.Modules) == 0 {
			t.Errorf("%s has no modules", p.Name)
		}
		before := ""
		for _, s := range p.Sightings {
			_, err := time.Parse("2006-01", s.Date)
			if _, verr := pep440.Parse(s.Version); err != nil || verr != nil || s.Source == "" || s.Date < before {
				t.Errorf("%s: %+v", p.Name, s)
			}
			for _, r := range s.Runtimes {
				if !slices.Contains(target.Runtimes(), r) {
					t.Errorf("%s: there is no %s", p.Name, r)
				}
			}
			before = s.Date
		}
	}
	urllib3, ok := runtimes.Provided("urllib3")
	if s, seen := urllib3.Latest("python3.13"); !ok || !seen || s.Version[:2] != "2." {
		t.Errorf("got %+v", s)
	}
	if s, _ := urllib3.Latest("python3.9"); s.Version != "1.26.9" {
		t.Errorf("got %+v", s)
	}
	if s, seen := urllib3.Latest("python3.15"); seen {
		t.Errorf("nobody has seen it there: %+v", s)
	}
	if p, ok := runtimes.Provided("simplejson"); !ok || !p.RuntimeWins {
		t.Errorf("got %+v", p)
	}
	if _, ok := runtimes.Provided("requests"); ok {
		t.Error("no runtime has requests")
	}
}
