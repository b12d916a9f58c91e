package project

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// A hint to lock a distribution anew has the command of the lock's own tool.
func TestRelock(t *testing.T) {
	runtime, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	for path, test := range map[string]struct{ content, want string }{
		"uv.lock":          {"version = 1\nrequires-python = \">=3.13\"\n", "uv lock --upgrade-package six"},
		"poetry.lock":      {"package = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.13\"\ncontent-hash = \"\"\n", "poetry lock"},
		"pylock.toml":      {"lock-version = \"1.0\"\ncreated-by = \"pdm\"\npackages = []\n", "pdm lock"},
		"Pipfile.lock":     {`{"_meta": {"pipfile-spec": 6, "sources": [], "requires": {}}, "default": {}, "develop": {}}`, "pipenv lock"},
		"requirements.txt": {"", "--generate-hashes"},
	} {
		l, err := lock.Parse(path, []byte(test.content))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		p := &Project{lock: l, Target: runtime}
		if got := p.relock("six"); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", path, got, test.want)
		}
	}
}
