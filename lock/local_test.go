package lock

import (
	"strings"
	"testing"
)

// TestLocalFiles: whether a pin permits files with a local version label, and what constraints make
// of it.
func TestLocalFiles(t *testing.T) {
	const pylock = "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\nwheels = []\n"
	const pipfile = `{"_meta":{"hash":{"sha256":"0"},"pipfile-spec":6,"requires":{},"sources":[]},"default":{"a":{"version":"VERSION"}},"develop":{}}`
	for text, c := range map[string]struct {
		file, version string
		want          LocalFiles
	}{
		"a==1.0\n":                   {"requirements.txt", "1.0", HighestLocal},
		"a == 1.0\n":                 {"requirements.txt", "1.0", HighestLocal},
		"a===1.0\n":                  {"requirements.txt", "1.0", NoLocal},
		"a==1.0+x\n":                 {"requirements.txt", "1.0+x", NoLocal},
		"a>=1.0\n":                   {"requirements.txt", "", NoLocal},
		"a>=1\n-c with.txt\n":        {"requirements.txt", "1.0+x", NoLocal},
		"a>=1\n-c without.txt\n":     {"requirements.txt", "1.0", HighestLocal},
		"a==1.0\n-c with.txt\n":      {"requirements.txt", "1.0+x", NoLocal},
		"a==1.0\n-c without.txt\n":   {"requirements.txt", "1.0", HighestLocal},
		"a==1.0\n-c exact.txt\n":     {"requirements.txt", "1.0", NoLocal},
		"a==1.0+x\n-c without.txt\n": {"requirements.txt", "1.0+x", NoLocal},
		"a @ https://f.example/a-1.0-py3-none-any.whl":    {"requirements.txt", "1.0", NoLocal},
		strings.Replace(pipfile, "VERSION", "==1.0", 1):   {"Pipfile.lock", "1.0", HighestLocal},
		strings.Replace(pipfile, "VERSION", "===1.0", 1):  {"Pipfile.lock", "1.0", NoLocal},
		strings.Replace(pipfile, "VERSION", "==1.0+x", 1): {"Pipfile.lock", "1.0+x", NoLocal},
		pylock: {"pylock.toml", "1.0", NoLocal},
	} {
		dir := write(t, map[string]string{"with.txt": "a==1.0+x\n", "without.txt": "a==1.0\n", "exact.txt": "a===1.0\n"})
		l, err := Parse(dir+"/"+c.file, []byte(text))
		if err != nil || len(l.Packages) != 1 {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if p := l.Packages[0]; p.Version != c.version || p.Local != c.want {
			t.Errorf("%s: %q, %v, want %q, %v", text, p.Version, p.Local, c.version, c.want)
		}
	}
}
