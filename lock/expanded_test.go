package lock

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/secret"
)

// TestExpandedIsSecret: in every format that has variables, their values work, and are in nothing
// that is shown or written.
func TestExpandedIsSecret(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"LOCK_TEST_KEY": "opensesame-1", "LOCK_TEST_BASE": "https://index.example", "lock_test_lower": "opensesame-1"}[name]
	}
	const hash = " --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
	const pdm = "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n"
	const pipfile = `{"_meta":{"pipfile-spec":6,"sources":[{"name":"a","url":"URL","verify_ssl":true}]},"default":{},"develop":{}}`
	source := func(url string) string { return "[[tool.pdm.source]]\nname = \"pypi\"\nurl = \"" + url + "\"\n" }
	for name, c := range map[string]struct{ file, content, pyproject string }{
		"an index":              {"requirements.txt", "--index-url https://index.example/${LOCK_TEST_KEY}/simple\nsix==1.17.0" + hash, ""},
		"an index with a base":  {"requirements.txt", "-i${LOCK_TEST_BASE}/${LOCK_TEST_KEY}/simple\nsix==1.17.0" + hash, ""},
		"an extra index":        {"requirements.txt", "--extra-index-url=https://index.example/${LOCK_TEST_KEY}/simple\nsix==1.17.0" + hash, ""},
		"a page of links":       {"requirements.txt", "-f https://index.example/${LOCK_TEST_KEY}/simple\nsix==1.17.0" + hash, ""},
		"the URL of a wheel":    {"requirements.txt", "six @ https://index.example/${LOCK_TEST_KEY}/six-1.17.0-py2.py3-none-any.whl" + hash, ""},
		"a repository":          {"requirements.txt", "six @ git+https://index.example/${LOCK_TEST_KEY}/six.git@0123456789012345678901234567890123456789\n", ""},
		"an included file":      {"requirements.txt", "-r other.txt\n", ""},
		"Pipenv":                {"Pipfile.lock", strings.Replace(pipfile, "URL", "https://index.example/${LOCK_TEST_KEY}/simple", 1), ""},
		"Pipenv without braces": {"Pipfile.lock", strings.Replace(pipfile, "URL", "https://index.example/$lock_test_lower/simple", 1), ""},
		"PDM":                   {"pdm.lock", pdm, source("https://index.example/${LOCK_TEST_KEY}/simple")},
		"PDM with a base":       {"pdm.lock", pdm, source("${LOCK_TEST_BASE}/${LOCK_TEST_KEY}/simple")},
	} {
		dir := write(t, map[string]string{"pyproject.toml": "[project]\nname = \"app\"\n" + c.pyproject,
			"other.txt": "--index-url https://index.example/${LOCK_TEST_KEY}/simple\n"})
		l, err := Parser{Getenv: getenv}.Parse(dir+"/"+c.file, []byte(c.content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		urls := append([]string{l.IndexURL}, l.ExtraIndexURLs...)
		urls = append(urls, l.FindLinks...)
		for _, p := range l.Packages {
			urls = append(urls, p.Source.Location, p.Source.Repository)
		}
		used := false
		for _, u := range urls {
			used = used || strings.Contains(u, "https://index.example/opensesame-1/")
			for _, shown := range []string{secret.Redact(u), secret.Strip(u), secret.Text("cannot fetch " + u + ": 404")} {
				if strings.Contains(shown, "opensesame") {
					t.Errorf("%s: %s is shown as %s", name, u, shown)
				}
			}
		}
		if !used {
			t.Errorf("%s: the value is not used: %q", name, urls)
		}
	}
}
