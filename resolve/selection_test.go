package resolve

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/lock"
)

// One project in every format: it depends on main, its extra "fast" on quick,
// its group "dev" on tests, its group "docs" on pages and, as the project
// itself does, on main.
func projectLocks(t *testing.T) map[string]*lock.Lock {
	t.Helper()
	poetry := func(name, further string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = \"1\"\npython-versions = \"*\"\nfiles = [{file = %q, hash = %q}]\n%s\n", name, wheelOf(name, "1"), sha("a"), further)
	}
	pdm := func(name, further string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = \"1\"\nfiles = [{file = %q, hash = %q}]\n%s\n", name, wheelOf(name, "1"), sha("a"), further)
	}
	pipenv := func(name string) string {
		return fmt.Sprintf("%q: {\"version\": \"==1\", \"hashes\": [%q]}", name, sha("a"))
	}
	const (
		standard = "[project]\nname = \"app\"\ndependencies = [\"main\"]\n[project.optional-dependencies]\nfast = [\"quick\"]\n[dependency-groups]\ndev = [\"tests\"]\ndocs = [\"pages\", \"main\"]\n"
		legacy   = "[tool.poetry]\nname = \"app\"\n[tool.poetry.dependencies]\npython = \"*\"\nmain = \"*\"\nquick = {version = \"*\", optional = true}\n[tool.poetry.extras]\nfast = [\"quick\"]\n" +
			"[tool.poetry.group.dev.dependencies]\ntests = \"*\"\n[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\npages = \"*\"\nmain = \"*\"\n"
		pdmHead = "[metadata]\ngroups = [\"default\", \"fast\", \"dev\", \"docs\"]\nlock_version = \"4.5.0\"\n"
	)
	locks := map[string]*lock.Lock{}
	for name, files := range map[string]map[string]string{
		"uv": {"uv.lock": uvLock("", "dependencies = [{ name = \"main\" }]\n[package.optional-dependencies]\nfast = [{ name = \"quick\" }]\n[package.dev-dependencies]\ndev = [{ name = \"tests\" }]\ndocs = [{ name = \"pages\" }, { name = \"main\" }]",
			pure("main", "1"), pure("quick", "1"), pure("tests", "1"), pure("pages", "1"))},
		"Poetry 2.1": {"poetry.lock": poetry("main", "groups = [\"main\", \"docs\"]") + poetry("quick", "groups = [\"main\"]\nmarkers = \"extra == \\\"fast\\\"\"") +
			poetry("tests", "groups = [\"dev\"]") + poetry("pages", "groups = [\"docs\"]") + "[extras]\nfast = [\"quick\"]\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\n"},
		"Poetry 2.0": {"pyproject.toml": legacy, "poetry.lock": poetry("main", "optional = false") + poetry("quick", "optional = true") + poetry("tests", "") + poetry("pages", "") +
			"[extras]\nfast = [\"quick\"]\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\n"},
		"Poetry 1.1": {"pyproject.toml": legacy, "poetry.lock": strings.NewReplacer("files = [", "ignored = [").Replace(
			poetry("main", "category = \"main\"")+poetry("quick", "category = \"main\"")+poetry("tests", "category = \"dev\"")+poetry("pages", "category = \"dev\"")) +
			"[extras]\nfast = [\"quick\"]\n[metadata]\nlock-version = \"1.1\"\npython-versions = \"*\"\n[metadata.files]\n" +
			fmt.Sprintf("main = [{file = %q, hash = %q}]\nquick = [{file = %q, hash = %[2]q}]\ntests = [{file = %[4]q, hash = %[2]q}]\npages = [{file = %[5]q, hash = %[2]q}]\n",
				wheelOf("main", "1"), sha("a"), wheelOf("quick", "1"), wheelOf("tests", "1"), wheelOf("pages", "1"))},
		"PDM": {"pyproject.toml": standard, "pdm.lock": pdmHead + "strategy = [\"inherit_metadata\"]\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n" +
			pdm("main", "groups = [\"default\", \"docs\"]") + pdm("quick", "groups = [\"fast\"]") + pdm("tests", "groups = [\"dev\"]") + pdm("pages", "groups = [\"docs\"]")},
		"PDM 4.4 without metadata": {"pyproject.toml": standard, "pdm.lock": strings.Replace(pdmHead, "4.5.0", "4.4.1", 1) + "strategy = [\"cross_platform\"]\n" +
			pdm("main", "") + pdm("quick", "") + pdm("tests", "") + pdm("pages", "")},
		"Pipenv": {"Pipfile.lock": `{"_meta": {"pipfile-spec": 6, "sources": []}, "default": {` + pipenv("main") + `}, "develop": {` + pipenv("tests") + `}, "docs": {` + pipenv("pages") + `, ` + pipenv("main") + `}}`},
		"pylock": {"pylock.toml": pylockHead + "extras = [\"fast\"]\ndependency-groups = [\"default\", \"dev\", \"docs\"]\ndefault-groups = [\"default\"]\n" +
			pylockPackage("main", "1", "marker = \"'default' in dependency_groups or 'docs' in dependency_groups\"\n") + pylockPackage("quick", "1", "marker = \"'fast' in extras\"\n") +
			pylockPackage("tests", "1", "marker = \"'dev' in dependency_groups\"\n") + pylockPackage("pages", "1", "marker = \"'docs' in dependency_groups\"\n")},
	} {
		dir := t.TempDir()
		path := ""
		for file, content := range files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
			if file != "pyproject.toml" {
				path = filepath.Join(dir, file)
			}
		}
		l, err := lock.Read(path)
		if err != nil {
			t.Fatal(name, err)
		}
		locks[name] = l
	}
	return locks
}

// TestSelection holds what each option takes, in every format, against what the
// tool that wrote the lock installs by its own option of that meaning, less the
// groups that it takes unasked.
func TestSelection(t *testing.T) {
	index := &finder{files: map[string][]string{}}
	for _, name := range []string{"main", "quick", "tests", "pages"} {
		index.files[name] = []string{wheelOf(name, "1")}
	}
	all := []string{"uv", "Poetry 2.1", "Poetry 2.0", "Poetry 1.1", "PDM", "PDM 4.4 without metadata", "Pipenv", "pylock"}
	without := func(names ...string) []string {
		var rest []string
		for _, name := range all {
			if !strings.Contains(strings.Join(names, ","), name) {
				rest = append(rest, name)
			}
		}
		return rest
	}
	locks := projectLocks(t)
	for _, c := range []struct {
		o       Options
		formats []string
		want    string
	}{
		{Options{}, all, "main"},
		{Options{Selection: Selection{Extras: []string{"Fast"}}}, without("Pipenv"), "main quick"},
		{Options{Selection: Selection{AllExtras: true}}, without("Pipenv"), "main quick"},
		{Options{Selection: Selection{AllExtras: true}}, []string{"Pipenv"}, "main"}, // it has none
		{Options{Selection: Selection{Groups: []string{"dev"}}}, all, "main tests"},
		{Options{Selection: Selection{Groups: []string{"DEV", "docs", "dev"}}}, all, "main pages tests"},
		{Options{Selection: Selection{Groups: []string{"develop"}}}, []string{"Pipenv"}, "main tests"}, // as its section is called
		{Options{Selection: Selection{Extras: []string{"fast"}, Groups: []string{"docs"}}}, without("Pipenv"), "main pages quick"},
		{Options{Selection: Selection{OnlyGroups: []string{"dev"}}}, all, "tests"},
		{Options{Selection: Selection{OnlyGroups: []string{"docs"}}}, all, "main pages"},
		{Options{Selection: Selection{OnlyGroups: []string{"dev"}, Groups: []string{"docs"}}}, all, "main pages tests"},
		{Options{Selection: Selection{OnlyGroups: []string{"main"}}}, []string{"Poetry 2.1", "Poetry 2.0", "Poetry 1.1"}, "main"},
		{Options{Selection: Selection{OnlyGroups: []string{"main"}, Extras: []string{"fast"}}}, []string{"Poetry 2.1", "Poetry 2.0", "Poetry 1.1"}, "main quick"},
		{Options{Selection: Selection{OnlyGroups: []string{"default", "dev"}}}, []string{"PDM", "PDM 4.4 without metadata", "Pipenv"}, "main tests"},
		{Options{Selection: Selection{Groups: []string{"fast"}}}, []string{"PDM", "PDM 4.4 without metadata"}, "main quick"}, // PDM's -G takes extras, too
		{Options{Selection: Selection{NoDefaultGroups: true}}, without("pylock"), "main"},
		{Options{Selection: Selection{NoDefaultGroups: true}}, []string{"pylock"}, ""},
		{Options{Selection: Selection{NoDefaultGroups: true, Groups: []string{"docs"}}}, []string{"pylock"}, "main pages"},
		{Options{Selection: Selection{Exclude: []string{"Main"}, Groups: []string{"docs"}}}, all, "pages"},
	} {
		for _, name := range c.formats {
			if got := names(t, locks[name], c.o, index); got != c.want {
				t.Errorf("%s, %+v: %q, want %q", name, c.o, got, c.want)
			}
		}
	}
}

// A current Pipenv writes the category of an entry into its marker, too. It is evaluated,
// whichever categories are chosen, as pipenv sync does.
func TestPipenvCategoryInMarker(t *testing.T) {
	entry := func(name, marker string) string {
		return fmt.Sprintf("%q: {\"version\": \"==1\", \"hashes\": [%q], \"markers\": %q}", name, sha("a"), marker)
	}
	l := read(t, "Pipfile.lock", `{"_meta": {"pipfile-spec": 6, "sources": []}, "default": {`+entry("main", "python_version >= '3.9'")+`}, "develop": {`+
		entry("tests", "'dev' in dependency_groups")+`, `+entry("both", "'dev' in dependency_groups and python_version >= '3.9'")+`, `+
		entry("old", "'dev' in dependency_groups and python_version < '3.9'")+`, `+entry("win", "sys_platform == 'win32' and ('dev' in dependency_groups)")+`}, "docs": {`+
		entry("pages", "'docs' in dependency_groups")+`}}`)
	index := &finder{files: map[string][]string{}}
	for _, name := range []string{"main", "tests", "both", "pages"} {
		index.files[name] = []string{wheelOf(name, "1")}
	}
	for _, c := range []struct {
		s    Selection
		want string
	}{
		{Selection{}, "main"},
		{Selection{Groups: []string{"dev"}}, "both main tests"},
		{Selection{Groups: []string{"develop"}}, "both main tests"},
		{Selection{OnlyGroups: []string{"dev"}}, "both tests"},
		{Selection{OnlyGroups: []string{"develop"}}, "both tests"},
		{Selection{OnlyGroups: []string{"docs"}}, "pages"},
		{Selection{OnlyGroups: []string{"dev", "docs"}}, "both pages tests"},
	} {
		if got := names(t, l, Options{Selection: c.s}, index); got != c.want {
			t.Errorf("%+v: %q, want %q", c.s, got, c.want)
		}
	}
}
