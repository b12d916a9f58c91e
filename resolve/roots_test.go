package resolve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/lock"
)

// wheelOf is the file name of a wheel that fits every target.
func wheelOf(name, version string) string { return name + "-" + version + "-py3-none-any.whl" }

// pylockPackage is a [[packages]] with one wheel.
func pylockPackage(name, version, further string) string {
	return fmt.Sprintf("[[packages]]\nname = %q\nversion = %q\n%swheels = [{ url = \"https://files.example/%s\", hashes = { sha256 = %q } }]\n",
		name, version, further, wheelOf(strings.ReplaceAll(name, "-", "_"), version), strings.TrimPrefix(sha("a"), "sha256:"))
}

const pylockHead = "lock-version = \"1.0\"\ncreated-by = \"hand\"\n"

// names resolves for python3.13/x86_64 and returns the names of what is chosen.
func names(t *testing.T, l *lock.Lock, o Options, f Finder) string {
	t.Helper()
	r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), o, f)
	if err != nil {
		t.Fatal(err, fault.Details(err), fault.Hints(err))
	}
	var all []string
	for _, d := range r.Distributions {
		all = append(all, d.Name)
	}
	return strings.Join(all, " ")
}

func TestPylock(t *testing.T) {
	l := read(t, "pylock.toml", pylockHead+"environments = [\"sys_platform == 'linux'\"]\nextras = [\"feat-1\"]\ndependency-groups = [\"dev\", \"base\"]\ndefault-groups = [\"base\"]\n"+
		pylockPackage("always", "1", "")+pylockPackage("base", "1", "marker = \"'base' in dependency_groups\"\n")+
		pylockPackage("dev", "1", "marker = \"'dev' in dependency_groups\"\n")+pylockPackage("feat", "1", "marker = \"'Feat_1' in extras\"\n")+
		pylockPackage("other", "1", "marker = \"sys_platform == 'win32'\"\nrequires-python = \"<3\"\n")+"[[packages]]\nname = \"app\"\ndirectory = { path = \".\" }\n")
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "always base"},
		{Options{Selection: Selection{Extras: []string{"FEAT_1"}, Groups: []string{"dev"}}}, "always base dev feat"},
		{Options{Selection: Selection{AllExtras: true}}, "always base feat"},
		{Options{Selection: Selection{NoDefaultGroups: true}}, "always"},
		{Options{Selection: Selection{OnlyGroups: []string{"dev"}}}, "always dev"},
	} {
		if got := names(t, l, c.o, nil); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"two of one name", pylockHead + pylockPackage("a", "1", "") + pylockPackage("a", "2", ""), []string{"a", "pylock.toml:3", "pylock.toml:7"}},
		{"Python of a package", pylockHead + pylockPackage("a", "1", "requires-python = \">=3.14\"\n"), []string{">=3.14", "3.13."}},
		{"no environment", pylockHead + "environments = []\npackages = []\n", []string{"pylock.toml"}},
		{"other environment", pylockHead + "environments = [\"python_version == '3.14'\"]\npackages = []\n", []string{`covered: python_version == "3.14"`}},
		{"Python", pylockHead + "requires-python = \"<3.13\"\npackages = []\n", []string{"<3.13", "--runtime"}},
		{"wheels of another platform", pylockHead + strings.Replace(pylockPackage("a", "1", ""), "py3-none-any", "cp313-cp313-win_amd64", 1), []string{"is for Windows", "uv export --format pylock.toml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Resolve(context.Background(), read(t, "pylock.toml", c.content), targetOf(t, "python3.13/x86_64"), Options{}, nil)
			wantFault(t, err, fault.Lock, c.want...)
		})
	}
}

// TestPylockVectors runs the selections of packaging's own tests.
func TestPylockVectors(t *testing.T) {
	v := oracle.Load(t, "test_pylock_select.json")
	l := read(t, "pylock.toml", pylockHead+"extras = [\"feat1\", \"feat2\"]\ndependency-groups = [\"dev\", \"docs\"]\ndefault-groups = [\"dev\"]\n"+
		pylockPackage("foo", "1", "")+pylockPackage("foo-dev", "1", "marker = \"'dev' in dependency_groups\"\n")+pylockPackage("foo-docs", "1", "marker = \"'docs' in dependency_groups\"\n")+
		pylockPackage("foo-feat1", "1", "marker = \"'feat1' in extras\"\n")+pylockPackage("foo-feat2", "1", "marker = \"'feat2' in extras\"\n"))
	for _, row := range v.Rows("test_extras_and_groups") {
		o := Options{}
		if row["extras"] != nil {
			o.Extras = row.Texts("extras")
		}
		if row["dependency_groups"] != nil {
			o.Groups, o.NoDefaultGroups = row.Texts("dependency_groups"), true
		}
		if got, want := names(t, l, o, nil), strings.Join(row.Texts("expected"), " "); got != want {
			t.Errorf("%v: %s, want %s", row, got, want)
		}
	}
	for _, row := range v.Rows("test_lock_no_matching_env") {
		var quoted []string
		for _, m := range row.Texts("environments") {
			quoted = append(quoted, "'"+m+"'")
		}
		l := read(t, "pylock.toml", pylockHead+"environments = ["+strings.Join(quoted, ", ")+"]\npackages = []\n")
		_, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
		wantFault(t, err, fault.Lock)
	}
}

func TestWorkspace(t *testing.T) {
	member := func(name, source, further string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = \"1\"\nsource = { editable = %q }\n%s\n", name, source, further)
	}
	l := read(t, "uv.lock", "version = 1\nrequires-python = \">=3.9\"\n[manifest]\nmembers = [\"app\", \"lib\", \"tool\"]\n"+
		member("app", ".", "dependencies = [{ name = \"a\" }]\n[package.optional-dependencies]\nx = [{ name = \"b\" }]\ny = [{ name = \"c\" }]\n[package.dev-dependencies]\ndev = [{ name = \"d\" }]")+
		member("lib", "lib", "dependencies = [{ name = \"b\" }]\n[package.optional-dependencies]\nz = [{ name = \"c\" }]")+
		member("tool", "tool", "dependencies = [{ name = \"lib\" }]")+
		pure("a", "1")+pure("b", "1")+pure("c", "1")+pure("d", "1"))
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "a"},
		{Options{Selection: Selection{AllExtras: true}}, "a b c"},
		{Options{Selection: Selection{Groups: []string{"dev"}}}, "a d"},
		{Options{Selection: Selection{OnlyGroups: []string{"dev"}}}, "d"},
		{Options{Selection: Selection{Package: "LIB"}}, "b"},
		{Options{Selection: Selection{Package: "lib", Extras: []string{"z"}}}, "b c"},
	} {
		if got := names(t, l, c.o, nil); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
	for _, c := range []struct {
		o    Options
		kind fault.Kind
		want []string
	}{
		{Options{Selection: Selection{Package: "other"}}, fault.Usage, []string{`"other"`, "app, lib, tool"}},
		{Options{Selection: Selection{Package: "lib", Extras: []string{"x"}}}, fault.Usage, []string{`"x"`, "z"}},
		{Options{Selection: Selection{Package: "tool"}}, fault.Lock, []string{"lib 1", "editable dependency"}},
		{Options{Selection: Selection{OnlyGroups: []string{"dev"}, AllExtras: true}}, fault.Usage, []string{"--only-group"}},
		{Options{Selection: Selection{OnlyGroups: []string{"prod"}}}, fault.Usage, []string{`"prod"`, "dev"}},
	} {
		_, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), c.o, nil)
		wantFault(t, err, c.kind, c.want...)
	}
	_, err := Resolve(context.Background(), read(t, "pylock.toml", pylockHead+"packages = []\n"), targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Package: "lib"}}, nil)
	wantFault(t, err, fault.Usage, "--package")
}

// poetryOld reads a lock of format 2.0, made of "name version" with their
// dependencies, and a project that has the given ones.
func poetryOld(t *testing.T, project string, packages ...[3]string) *lock.Lock {
	t.Helper()
	var b strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&b, "[[package]]\nname = %q\nversion = %q\npython-versions = \"*\"\nfiles = [{file = %q, hash = %q}]\n", p[0], p[1], wheelOf(p[0], p[1]), sha("a"))
		if p[2] != "" {
			b.WriteString("[package.dependencies]\n" + p[2] + "\n")
		}
	}
	b.WriteString("[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\n")
	dir := t.TempDir()
	for name, content := range map[string]string{"poetry.lock": b.String(), "pyproject.toml": "[tool.poetry]\nname = \"app\"\n[tool.poetry.dependencies]\n" + project} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lock.Read(filepath.Join(dir, "poetry.lock"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Of several locked versions, all requirements that are reached decide.
func TestAlternatives(t *testing.T) {
	for _, c := range []struct {
		name, project string
		packages      [][3]string
		want          string
	}{
		{"the highest", `a = ">=1"`, [][3]string{{"a", "1", ""}, {"a", "2", ""}}, "a 2 (*)"},
		{"one requirement narrows another", "a = \">=1\"\nb = \"*\"", [][3]string{{"a", "1", ""}, {"a", "2", "c = \"*\""}, {"b", "1", `a = "<2"`}, {"c", "1", ""}}, "a 1 (* b), b 1 (*)"},
		{"a requirement that the choice adds", "a = \">=1\"\nb = \"*\"", [][3]string{{"a", "1", ""}, {"a", "2", `d = "*"`}, {"b", "1", `d = "*"`}, {"b", "2", ""}, {"d", "1", `a = "1"`}}, "a 2 (* d)"},
		{"for another Python", "a = [{ version = \"1\", python = \"<3.12\" }, { version = \"2\", python = \">=3.12\" }]", [][3]string{{"a", "1", ""}, {"a", "2", ""}}, "a 2 (*)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := poetryOld(t, c.project, c.packages...)
			r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
			if c.name == "a requirement that the choice adds" {
				// a 2 asks for d, d asks for a 1, which does not: Poetry would have
				// to look for another way, and so no answer is better than one.
				wantFault(t, err, fault.Lock, "poetry.lock", "poetry lock")
				return
			}
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			if got := describe(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	l := poetryOld(t, "a = \"1\"\nb = \"*\"", [3]string{"a", "1", ""}, [3]string{"a", "2", ""}, [3]string{"b", "1", `a = "2"`})
	_, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
	wantFault(t, err, fault.Lock, "a 1 ", "a 2 ", "poetry lock")
	l = poetryOld(t, `a = ">=3"`, [3]string{"a", "1", ""})
	_, err = Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
	wantFault(t, err, fault.Lock, `"a >=3"`, "poetry lock")
}

func TestPoetryExtras(t *testing.T) {
	l := read(t, "poetry.lock", fmt.Sprintf("[[package]]\nname = \"a\"\nversion = \"1\"\npython-versions = \"*\"\ngroups = [\"main\"]\nmarkers = \"extra == 'x' or extra == 'y'\"\nfiles = [{file = %q, hash = %q}]\n"+
		"[package.source]\ntype = \"legacy\"\nurl = \"https://own.example/simple\"\n[extras]\nx = [\"a\"]\ny = [\"a\"]\nz = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\n", wheelOf("a", "1"), sha("a")))
	for _, c := range []struct {
		o    Options
		want string
	}{{Options{}, ""}, {Options{Selection: Selection{Extras: []string{"z"}}}, ""}, {Options{Selection: Selection{Extras: []string{"z", "Y"}}}, "a"}, {Options{Selection: Selection{AllExtras: true, OnlyGroups: []string{"main"}}}, "a"}} {
		if got := names(t, l, c.o, nil); got != c.want {
			t.Errorf("%+v: %q, want %q", c.o, got, c.want)
		}
	}
	r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{AllExtras: true}}, nil)
	if err != nil || r.Distributions[0].File.URL != "" || r.Distributions[0].Source.Location != "https://own.example/simple" {
		t.Errorf("%v, %+v", err, r)
	}
}
