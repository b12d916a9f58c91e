package e2e

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// One lock file and one Python give one sha256 with bytecode, too. The golden digests,
// by exact Python version, hold that across machines and releases.
func TestBytecodeDigests(t *testing.T) {
	path := filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "bytecode-digests.txt")
	content, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for line := range strings.Lines(string(content)) {
		version, digest, _ := strings.Cut(strings.TrimSpace(line), " ")
		digests[version] = digest
	}
	found := interpreters(t)
	if len(found) == 0 {
		testenv.Missing(t, "no CPython from 3.9 to 3.15 on PATH or in pyenv")
	}
	for version, python := range found {
		t.Run(version, func(t *testing.T) {
			if !strings.HasPrefix(version, "3.13.") {
				testenv.Heavy(t)
			}
			got := bytecodeDigest(t, version, python)
			want, known := digests[version]
			switch {
			case *update:
				digests[version] = got
			case !known:
				t.Skipf("no golden digest of Python %s: go test ./internal/test/e2e -run BytecodeDigests -update adds it", version)
			case got != want:
				t.Errorf("sha256 %s, want %s", got, want)
			}
		})
	}
	if !*update {
		return
	}
	var lines []string
	for version, digest := range digests {
		lines = append(lines, version+" "+digest+"\n")
	}
	slices.Sort(lines)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o666); err != nil {
		t.Fatal(err)
	}
}

// bytecodeDigest builds a layer of Jinja and MarkupSafe with bytecode by an interpreter,
// and returns the zip's sha256.
func bytecodeDigest(t *testing.T, version, python string) string {
	t.Helper()
	small := lock("small-python3.13-x86_64")
	content, err := os.ReadFile(small.path)
	if err != nil {
		t.Fatal(err)
	}
	// Jinja's wheel is for every Python.
	pinned := regexp.MustCompile(`(?m)^jinja2==.*\\\n(    .*\n)+`).FindString(string(content))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(pinned), 0o666); err != nil {
		t.Fatal(err)
	}
	minor := version[:strings.LastIndex(version, ".")]
	env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"), "PATH="+filepath.Dir(python)+string(os.PathListSeparator)+os.Getenv("PATH"))
	zip := filepath.Join(dir, "layer.zip")
	got := mustLamella(t, dir, env, "build", "--runtime", "python"+minor, "--index-url", serveWheels(t, small).Index, "--output", zip, "--bytecode", "--json")
	if !strings.Contains(got.stdout, fmt.Sprintf("%q", version)) {
		t.Fatalf("not built by Python %s: %s", version, got.stdout)
	}
	return fileDigest(t, zip)
}

// interpreters returns a CPython for each exact version from 3.9 to 3.15 on PATH or in
// pyenv, by version.
func interpreters(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for minor := 9; minor <= 15; minor++ {
		name := fmt.Sprintf("python3.%d", minor)
		var candidates []string
		for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
			candidates = append(candidates, filepath.Join(folder, name))
		}
		if home, err := os.UserHomeDir(); err == nil {
			installed, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", strings.TrimPrefix(name, "python")+".*", "bin", name))
			candidates = append(candidates, installed...)
		}
		for _, candidate := range candidates {
			if filepath.Base(filepath.Dir(candidate)) == "shims" { // of pyenv, whose versions are found by themselves
				continue
			}
			out, err := exec.Command(candidate, "-c", "import platform, sys; print(platform.python_version(), sys.executable)").Output()
			version, executable, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
			if err == nil && ok && found[version] == "" {
				found[version] = cmp.Or(executable, candidate)
			}
		}
	}
	return found
}
