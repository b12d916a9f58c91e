package pep508_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// environments returns every target's environment, each with another choice
// of extras and groups, and one that is no Lambda.
func environments() []pep508.Environment {
	var envs []pep508.Environment
	for _, t := range target.All() {
		envs = append(envs, t.Environment())
	}
	windows := envs[0]
	windows.OSName, windows.SysPlatform, windows.PlatformSystem = "nt", "win32", "Windows"
	windows.PlatformRelease, windows.PlatformVersion = "10", "10.0.19045"
	windows.PythonVersion, windows.PythonFullVersion = "3.13", "3.13.0rc1"
	envs = append(envs, windows)
	for i := range envs {
		switch i % 4 {
		case 0:
			envs[i].Extra = map[string]bool{"foo-bar": true}
		case 1:
			envs[i].Extra = map[string]bool{}
			envs[i].Extras = map[string]bool{"foo-bar": true, "x": true}
			envs[i].DependencyGroups = map[string]bool{}
		case 2:
			envs[i].Extra = map[string]bool{"1-0": true}
			envs[i].DependencyGroups = map[string]bool{"foo-bar": true}
		}
	}
	return envs
}

// forPackaging turns an environment into what packaging takes, which knows one
// extra at a time.
func forPackaging(e pep508.Environment) map[string]any {
	values := map[string]any{
		"os_name": e.OSName, "sys_platform": e.SysPlatform, "platform_machine": e.PlatformMachine,
		"platform_python_implementation": e.PlatformPythonImplementation, "platform_release": e.PlatformRelease,
		"platform_system": e.PlatformSystem, "platform_version": e.PlatformVersion, "python_version": e.PythonVersion,
		"python_full_version": e.PythonFullVersion, "implementation_name": e.ImplementationName,
		"implementation_version": e.ImplementationVersion,
	}
	if e.Extra != nil {
		values["extra"] = strings.Join(slices.Collect(maps.Keys(e.Extra)), "")
	}
	if e.Extras != nil {
		values["extras"] = append([]string{}, slices.Collect(maps.Keys(e.Extras))...)
	}
	if e.DependencyGroups != nil {
		values["dependency_groups"] = append([]string{}, slices.Collect(maps.Keys(e.DependencyGroups))...)
	}
	return values
}

var (
	variables = []string{
		"os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release", "platform_system",
		"platform_version", "python_version", "python_full_version", "implementation_name", "implementation_version",
		"extra", "extras", "dependency_groups",
	}
	oldVariables = []string{
		"os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation", "python_implementation",
	}
	markerOperators = []string{"===", "==", ">=", "<=", "!=", "~=", ">", "<", "in", "not in"}
	values          = []string{
		"", "posix", "nt", "linux", "win32", "Linux", "Windows", "x86_64", "aarch64", "arm64", "CPython", "cpython", "PyPy",
		"3", "3.1", "3.9", "3.11", "3.12.*", "3.13", "3.13.2", " 3.13 ", "3.14.0a1", "3.13.0rc1", "1!3.9", "=3.12", "3.9+local",
		"2.6 2.7 3.12 3.13", "linux2 linux", "5.10", "10", "10.0.19045", "Foo_Bar", "foo-bar", "1.0", "win32 posix x 'quoted'", "ünï",
	}
)

// simpleMarkers returns every comparison of a variable, either way round.
func simpleMarkers() []string {
	var markers []string
	add := func(variables, values []string) {
		for _, variable := range variables {
			for _, op := range markerOperators {
				for _, value := range values {
					quoted := `"` + value + `"`
					markers = append(markers, variable+" "+op+" "+quoted, quoted+op+" "+variable)
				}
			}
		}
	}
	add(variables, values)
	add(oldVariables, []string{"posix", "linux", "x86_64", "CPython"})
	return markers
}

// compoundMarkers returns n expressions put together at random from simple ones.
func compoundMarkers(simple []string, n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	var expression func(depth int) string
	expression = func(depth int) string {
		var b strings.Builder
		for i := range 1 + r.IntN(3) {
			if i > 0 {
				b.WriteString([]string{" and ", " or ", "\tand  ", " or\t"}[r.IntN(4)])
			}
			if depth > 0 && r.IntN(3) == 0 {
				b.WriteString("(" + expression(depth-1) + ")")
			} else {
				b.WriteString(simple[r.IntN(len(simple))])
			}
		}
		return b.String()
	}
	markers := make([]string, n)
	for i := range markers {
		markers[i] = expression(3)
	}
	return markers
}

// oddMarkers are near the edge of the grammar.
var oddMarkers = []string{
	"", " ", "()", "(", ")", "os_name", "os_name ==", "== 'x'", "os_name = 'x'", "os_name == x", "os_name == 'x", "os_name == 'x\"",
	"os_name=='x'and os_name=='y'", "os_name=='x'andos_name=='y'", "(os_name=='x')or(os_name=='y')", "os_name == 'x' && os_name == 'y'",
	"os_name not  in 'x'", "os_name notin 'x'", "os_name not\tin'x'", "'x'in os_name", "'x'inos_name", "os_name nin 'x'",
	"os..name == 'x'", "os.names == 'x'", "python.version == '3'", "python_version.x == '3'", "platform.release == 'x'", "OS_NAME == 'x'",
	"os_name == 'x' and", "and os_name == 'x'", "os_name == 'x' or or os_name == 'y'", "os_name == 'x' os_name == 'y'",
	"os_name == 'x';", "((os_name == 'x'))", "((os_name == 'x') and ((os_name == 'y' or (os_name == 'z'))))", "(os_name == 'x'))",
	"os_name == 'x'\n", "os_name ==\n'x'", "\tos_name == 'x'\t", "os_name == '\"'", "os_name == \"'\"", "extra == 'A.b__C'", "'A.b__C' == extra",
	"\"A_b\" in extras", "\"A_b\" not in dependency_groups", "extras == 'A_b'", "extrasx == 'a'", "python_versionx == '3'", "éos_name == 'x'",
	"os_name == u'x'", "os_name == '''x'''", "os_name <> 'x'", "os_name == 'x' # comment",
}

// differences are the markers that packaging accepts and we do not.
var differences = []struct{ marker, reason string }{
	{`os_name == sys_platform`, "packaging compares the value of one variable with the name of the other"},
	{`'os_name' == 'posix'`, "packaging looks the text on the right up as if it were a variable"},
	{`os_name == 'a\\b'`, "the grammar has no escapes; packaging takes Python's"},
	{`os_name == 'a\tb'`, "the grammar has no escapes; packaging takes Python's"},
}

// TestMarkerOracle compares with packaging: what parses, how it is spelled,
// and what it comes to in every environment.
func TestMarkerOracle(t *testing.T) {
	simple, envs := simpleMarkers(), environments()
	markers := slices.Concat(simple, compoundMarkers(simple, 2000), oddMarkers)
	q := oracle.Question{Markers: markers}
	for _, d := range differences {
		q.Markers = append(q.Markers, d.marker)
	}
	for _, env := range envs {
		q.Environments = append(q.Environments, forPackaging(env))
	}
	answer := oracle.Ask(t, q)
	letters := map[byte]int{}
	for i, text := range markers {
		m, err := pep508.ParseMarker(text)
		want := answer.Markers[i]
		if want == nil {
			if err == nil {
				t.Errorf("marker %q is %q; packaging says that it is none", text, m)
			}
			continue
		}
		if err != nil || want.Text != m.String() {
			t.Errorf("marker %q is %q, %v; packaging says %q", text, m, err, want.Text)
			continue
		}
		for j, env := range envs {
			got := byte('n')
			if holds, err := m.Evaluate(env); err != nil {
				got = 'e'
			} else if holds {
				got = 'y'
			}
			letters[got]++
			if got != want.Holds[j] {
				t.Errorf("%s in environment %d is %c; packaging says %c", text, j, got, want.Holds[j])
			}
		}
	}
	t.Logf("%d markers in %d environments compared: %d hold, %d do not, %d are errors",
		len(markers), len(envs), letters['y'], letters['n'], letters['e'])
	for i, d := range differences {
		if _, err := pep508.ParseMarker(d.marker); err == nil || answer.Markers[len(markers)+i] == nil {
			t.Errorf("%s is no difference any more (%s)", d.marker, d.reason)
		}
	}
}

// TestRequirementOracle compares what parses, and how it is spelled.
func TestRequirementOracle(t *testing.T) {
	var requirements []string
	for _, name := range []string{"foo", " Foo.bar_baz ", "1x", "f", "foo-", "-foo", "foo_", "", "föö"} {
		for _, extras := range []string{"", "[]", "[a]", " [ b , a ] ", "[a", "[a,]", "[a b]", "[,a]"} {
			for _, rest := range []string{
				"", ">=1", " >= 1 , <2 ", "(>=1)", " ( >=1,<2 ) ", "(>=1", ">=1)", "()", "(,)", ">=1,", ",>=1", ">=1 <2", "1", "=1",
				"==1.*", ">=1.*", "===x", "=== x ", "===x;", "@ https://files.example/x.whl", "@https://files.example/x.whl", "@", "@ ",
				"@ https://files.example/x.whl;os_name=='x'", ">=1\n", ">=1+local",
			} {
				for _, marker := range []string{"", ";", "; os_name=='x'", " ;(os_name == 'x' )", "; os_name", " os_name=='x'"} {
					requirements = append(requirements, name+extras+rest+marker)
				}
			}
		}
	}
	answer := oracle.Ask(t, oracle.Question{Requirements: requirements})
	for i, text := range requirements {
		r, err := pep508.ParseRequirement(text)
		want := answer.Requirements[i]
		switch {
		case want == nil && err == nil:
			t.Errorf("requirement %q is %q; packaging says that it is none", text, r)
		case want != nil && (err != nil || *want != r.String()):
			t.Errorf("requirement %q is %q, %v; packaging says %q", text, r, err, *want)
		}
	}
	t.Logf("%d requirements compared", len(requirements))
}
