package target_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

func TestRuntimes(t *testing.T) {
	want := []string{"python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "python3.15"}
	if got := target.Runtimes(); !slices.Equal(got, want) {
		t.Errorf("the runtimes are %q", got)
	}
	if got := target.Architectures(); !slices.Equal(got, []string{"x86_64", "arm64"}) {
		t.Errorf("the architectures are %q", got)
	}
	if got := target.All(); len(got) != 14 || got[0].String() != "python3.9/x86_64" || got[13].String() != "python3.15/arm64" {
		t.Errorf("the targets are %v", got)
	}
	for _, a := range target.All() {
		if b, err := target.Parse(a.Runtime, a.Architecture); err != nil || a != b {
			t.Errorf("%v is parsed as %v, %v", a, b, err)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := target.Parse("python3.13", "arm64")
	want := target.Target{
		Runtime: "python3.13", Architecture: "arm64", Minor: 13, FullVersion: "3.13.2",
		GlibcMinor: 34, Machine: "aarch64", OS: "Amazon Linux 2023",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	supported := target.Recommended(time.Now())
	oldest, newest := "--runtime "+supported[0], "--runtime "+supported[len(supported)-1]
	for _, test := range []struct{ runtime, arch, hint string }{
		{"python3.20", "arm64", newest},
		{"python3.8", "arm64", oldest},
		{"python2.7", "arm64", newest},
		{"python3.99999999999999999999", "arm64", newest},
		{"py312", "arm64", "--runtime python3.12"},
		{"cp312", "arm64", "--runtime python3.12"},
		{"3.12", "arm64", "--runtime python3.12"},
		{"312", "arm64", "--runtime python3.12"},
		{"python312", "arm64", "--runtime python3.12"},
		{"Python 3.12", "arm64", "--runtime python3.12"},
		{"python3.12.4", "arm64", "--runtime python3.12"},
		{"pyton3.9", "arm64", "--runtime python3.9"},
		{"python", "arm64", newest},
		{"python3", "arm64", newest},
		{"nodejs20.x", "arm64", newest},
		{"", "arm64", newest},
		{"python3.12", "aarch64", "--arch arm64"},
		{"python3.12", "ARM", "--arch arm64"},
		{"python3.12", "amd64", "--arch x86_64"},
		{"python3.12", "x86-64", "--arch x86_64"},
		{"python3.12", "X64", "--arch x86_64"},
		{"python3.12", "riscv", "choose one of: x86_64, arm64"},
		{"python3.12", "", "choose one of: x86_64, arm64"},
	} {
		_, err := target.Parse(test.runtime, test.arch)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Usage || f.Subject != test.runtime && f.Subject != test.arch {
			t.Errorf("%s/%s: the error is %v", test.runtime, test.arch, err)
			continue
		}
		if got := strings.Join(fault.Hints(err), "|"); got != test.hint {
			t.Errorf("%s/%s: the hint is %s, want %s", test.runtime, test.arch, got, test.hint)
		}
		if details := fault.Details(err); len(details) != 1 || !strings.HasPrefix(details[0], "known: ") {
			t.Errorf("%s/%s: the details are %q", test.runtime, test.arch, details)
		}
	}
}

func TestEnvironment(t *testing.T) {
	arm, err := target.Parse("python3.11", "arm64")
	if err != nil {
		t.Fatal(err)
	}
	want := pep508.Environment{
		OSName: "posix", SysPlatform: "linux", PlatformMachine: "aarch64", PlatformPythonImplementation: "CPython",
		PlatformSystem: "Linux", PythonVersion: "3.11", PythonFullVersion: "3.11.4",
		ImplementationName: "cpython", ImplementationVersion: "3.11.4",
	}
	if got := arm.Environment(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// TestFullVersion holds the versions taken for markers against the bounds that
// distributions draw.
func TestFullVersion(t *testing.T) {
	excluded, err := pep440.ParseSpecifiers("!=3.9.0,!=3.9.1,!=3.9.7,!=3.14.1,>=3.9.2")
	if err != nil {
		t.Fatal(err)
	}
	backport, err := pep508.ParseMarker(`python_full_version < "3.10.2" and python_version >= "3.10" or python_full_version < "3.11.3" and python_version >= "3.11"`)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range target.All() {
		if strings.HasSuffix(x.FullVersion, ".0") || !excluded.ContainsText(x.FullVersion) {
			t.Errorf("%v has the version %s", x, x.FullVersion)
		}
		if holds, err := backport.Evaluate(x.Environment()); holds || err != nil {
			t.Errorf("%v with %s needs a backport, %v", x, x.FullVersion, err)
		}
	}
}

func TestTags(t *testing.T) {
	var vectors struct{ Tags map[string][]string }
	oracle.ReadJSON(t, "lambda_tags.json", &vectors)
	for _, x := range target.All() {
		var got []string
		for _, tag := range x.Tags() {
			got = append(got, tag.String())
		}
		if !slices.Equal(got, vectors.Tags[x.Runtime+"-"+x.Machine+"-linux_last"]) {
			t.Errorf("%v has other tags than packaging", x)
		}
	}
}

func TestLifecycle(t *testing.T) {
	var last time.Time
	for _, x := range target.All() {
		l := x.Lifecycle()
		if x.Runtime == "python3.15" {
			if l != (target.Lifecycle{Preview: true}) {
				t.Errorf("%v has the dates %v", x, l)
			}
			continue
		}
		if l.Deprecated.Before(last) || !l.CreateBlocked.After(l.Deprecated) || !l.UpdateBlocked.After(l.CreateBlocked) {
			t.Errorf("%v has the dates %v", x, l)
		}
		last = l.Deprecated
	}
	nine := target.All()[0].Lifecycle()
	if got := nine.Deprecated.Format(time.DateOnly); got != "2025-12-15" {
		t.Errorf("python3.9 was deprecated on %s", got)
	}
}

func TestProblem(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct{ runtime, now, want string }{
		{"python3.9", "2025-12-14", ""},
		{"python3.9", "2025-12-15", "deprecated"},
		{"python3.9", "2027-02-01", "new functions"},
		{"python3.9", "2027-03-03", "updates"},
		{"python3.13", "2026-11-25", ""},
		{"python3.15", "2026-11-25", "preview"},
	} {
		got := target.Target{Runtime: test.runtime}.Problem(day(test.now))
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s on %s: %q, want %q", test.runtime, test.now, got, test.want)
		}
	}
	if got := target.Recommended(day("2026-11-25")); !slices.Equal(got, []string{"python3.11", "python3.12", "python3.13", "python3.14"}) {
		t.Errorf("recommended: %q", got)
	}
}

func TestPaths(t *testing.T) {
	for _, test := range []struct {
		runtime, sdk, site string
		path               []string
	}{
		{"python3.10", "/var/runtime", "python/lib/python3.10/site-packages/", []string{
			"/var/task", "/opt/python/lib/python3.10/site-packages", "/opt/python", "/var/runtime", "/var/lang/lib/python310.zip",
			"/var/lang/lib/python3.10", "/var/lang/lib/python3.10/lib-dynload", "/var/lang/lib/python3.10/site-packages",
		}},
		{"python3.11", "/var/lang/lib/python3.11/site-packages", "python/lib/python3.11/site-packages/", []string{
			"/var/task", "/opt/python/lib/python3.11/site-packages", "/opt/python", "/var/lang/lib/python3.11/site-packages",
			"/var/runtime", "/var/lang/lib/python311.zip", "/var/lang/lib/python3.11", "/var/lang/lib/python3.11/lib-dynload",
			"/var/lang/lib/python3.11/site-packages",
		}},
	} {
		x, err := target.Parse(test.runtime, "arm64")
		if err != nil {
			t.Fatal(err)
		}
		if x.SDKPath() != test.sdk || x.SitePackages() != test.site || !slices.Equal(x.SysPath(), test.path) {
			t.Errorf("%v: %s, %s, %q", x, x.SDKPath(), x.SitePackages(), x.SysPath())
		}
	}
}

func TestOldestWithGlibc(t *testing.T) {
	for _, test := range []struct {
		minor int
		want  string
	}{{17, "python3.9"}, {26, "python3.9"}, {28, "python3.12"}, {34, "python3.12"}, {35, ""}} {
		if got, ok := target.OldestWithGlibc(test.minor); got != test.want || ok != (test.want != "") {
			t.Errorf("glibc 2.%d: %q, %v", test.minor, got, ok)
		}
	}
}

// TestDataFile refuses keys that nothing reads, and runtimes that are not all there.
func TestDataFile(t *testing.T) {
	b, err := os.ReadFile("runtimes.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		About, Checked string
		Sources        map[string]string
		Runtimes       []map[string]any
		Architectures  []map[string]any
	}
	decoder := json.NewDecoder(strings.NewReader(string(b)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	known := []string{"name", "minor", "micro", "os", "glibc_minor", "sdk", "deprecated", "create_blocked", "update_blocked", "preview"}
	for _, r := range file.Runtimes {
		for key := range r {
			if !slices.Contains(known, key) {
				t.Errorf("%v: nothing reads %s", r["name"], key)
			}
		}
		for _, key := range known[:6] {
			if r[key] == nil {
				t.Errorf("%v has no %s", r["name"], key)
			}
		}
	}
	if _, err := time.Parse(time.DateOnly, file.Checked); err != nil || len(file.Sources) == 0 {
		t.Errorf("checked on %q, %d sources", file.Checked, len(file.Sources))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("py312", "amd64")
	f.Fuzz(func(t *testing.T, runtime, arch string) {
		x, err := target.Parse(runtime, arch)
		if err == nil && (x.Runtime != runtime || x.Architecture != arch) {
			t.Fatalf("%q, %q is %v", runtime, arch, x)
		}
		if err != nil && len(fault.Hints(err)) == 0 {
			t.Fatalf("no hint in %v", err)
		}
	})
}
