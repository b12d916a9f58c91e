package e2e

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/internal/test/testsource"
)

// mixed is a project whose lock has a wheel, two sdists, a commit of a git
// repository and a folder.
type mixed struct {
	dir, files, repository, library string
	pure, native, remote, local     testsource.Project
	index                           *testindex.Server
	path, runtime, architecture     string
}

func newMixed(t *testing.T) *mixed {
	t.Helper()
	testenv.Compiler(t)
	uv, base := testenv.Tool(t, "uv"), t.TempDir()
	m := &mixed{dir: filepath.Join(base, "project"), files: filepath.Join(base, "files"),
		repository: filepath.Join(base, "remote"), library: filepath.Join(base, "project", "local"),
		pure: testsource.Project{Name: "pure", Version: "1.0"}, native: testsource.Project{Name: "native", Version: "1.0", C: "int f(void) { return 1; }\n"},
		remote: testsource.Project{Name: "remote", Version: "1.0"}, local: testsource.Project{Name: "local", Version: "1.0"},
		path: filepath.Dir(uv) + string(os.PathListSeparator) + os.Getenv("PATH"), runtime: testenv.ToolRuntime(t), architecture: "x86_64"}
	if runtime.GOARCH == "arm64" {
		m.architecture = "arm64"
	}
	for _, dir := range []string{m.dir, m.files} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	testindex.MakeWheel(t, m.files, "ready", "1.0", "py3-none-any", map[string]string{"ready.py": ""})
	m.index = testindex.Start(t, m.files)
	m.local.Write(t, m.library)
	return m
}

// lock writes the project's lock as its sources are now.
func (m *mixed) lock(t *testing.T) {
	t.Helper()
	commit := m.remote.Commit(t, m.repository)
	hash := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(" --hash=sha256:%x", sha256.Sum256(content))
	}
	text := "--index-url " + m.index.Index + "\n" +
		"ready==1.0" + hash(filepath.Join(m.files, "ready-1.0-py3-none-any.whl")) + "\n" +
		"pure==" + m.pure.Version + hash(m.pure.Sdist(t, m.files)) + "\n" +
		"native==" + m.native.Version + hash(m.native.Sdist(t, m.files)) + "\n" +
		"remote @ git+file://" + m.repository + "@" + commit + "\n" +
		"-e " + m.library + "\n"
	if err := os.WriteFile(filepath.Join(m.dir, "requirements.txt"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

var builtLine = regexp.MustCompile(`(?m)^debug: Successfully built .*[/\\](\w+)-[^/\\]*\.whl$`)

// run runs lamella and returns the names of the distributions that it built.
func (m *mixed) run(t *testing.T, cache string, args ...string) (result, []string) {
	t.Helper()
	got := lamella(t, m.dir, cleanEnv(t, cache, "PATH="+m.path, "UV_OFFLINE=1"), append(args, "--verbose", "--arch", m.architecture, "--name", "mixed")...)
	var built []string
	for _, match := range builtLine.FindAllStringSubmatch(got.stderr, -1) {
		built = append(built, match[1])
	}
	slices.Sort(built)
	return got, built
}

func (m *mixed) mustRun(t *testing.T, cache string, want []string, args ...string) result {
	t.Helper()
	got, built := m.run(t, cache, args...)
	if got.status != 0 {
		t.Fatalf("lamella %q: exit status %d\n%s", args, got.status, got.stderr)
	}
	if !slices.Equal(built, want) {
		t.Errorf("lamella %q built %q, want %q", args, built, want)
	}
	return got
}

// A lock with two packages that are sdists only (one pure, one a C extension), a
// git dependency and a folder: everything is built once, and what changes again.
func TestMixedBuild(t *testing.T) {
	m, cache := newMixed(t), t.TempDir()
	m.lock(t)
	tree := hashTree(t, m.library)
	zipPath := filepath.Join(m.dir, "layer.zip")
	build := []string{"build", "--runtime", m.runtime, "-o", zipPath, "--allow-build", ":all:"}
	m.mustRun(t, cache, []string{"local", "native", "pure", "remote"}, build...)
	z, err := zip.OpenReader(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, name := range []string{"ready.py", "pure.py", "_native.so", "remote.py", "local.py", "native-1.0.dist-info/RECORD"} {
		if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "python/"+name }) {
			t.Errorf("the layer has no %s", name)
		}
	}
	first, err := os.ReadFile(zipPath)
	if err != nil {
		t.Fatal(err)
	}

	m.mustRun(t, cache, nil, build...)
	m.remote.Version = "1.1"
	m.lock(t)
	m.mustRun(t, cache, []string{"remote"}, build...)
	m.native.C = "int f(void) { return 2; }\n"
	m.lock(t)
	m.mustRun(t, cache, []string{"native"}, build...)
	if after := hashTree(t, m.library); after != tree {
		t.Error("the folder that was built is not what it was")
	}

	again, err := os.ReadFile(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) == string(first) {
		t.Error("the layer did not change")
	}
}

// Nothing is built that was not allowed, and what is refused names the command.
func TestBuildingHasToBeAllowed(t *testing.T) {
	m := newMixed(t)
	m.lock(t)
	got, built := m.run(t, t.TempDir(), "build", "--runtime", m.runtime, "--allow-build", "pure,remote,local")
	if got.status != 3 || built != nil || !strings.Contains(got.stderr, "--allow-build native") {
		t.Errorf("exit status %d, built %q\n%s", got.status, built, got.stderr)
	}
	args := []string{"build", "--runtime", "python3.11", "--allow-build", ":all:"}
	if m.runtime != args[2] {
		testenv.Without(t, "python3.11", "a C extension for python3.11 needs test tools in that Python: make PYTHON=python3.11")
	}
	m.native.C = "extern int memfd_create(const char *, unsigned); int f(void) { return memfd_create(\"x\", 0); }\n" // glibc 2.27
	m.lock(t)
	got, _ = m.run(t, t.TempDir(), args...)
	if got.status != 7 || !strings.Contains(got.stderr, "memfd_create@GLIBC_2.27") ||
		!strings.Contains(got.stderr, "--container") {
		t.Errorf("exit status %d\n%s", got.status, got.stderr)
	}
}

// What is published is known by its sources: another machine, with an empty
// cache, sees that nothing changed without building; a change in a folder, which
// the lock does not tell, is seen.
func TestDeployOfSources(t *testing.T) {
	m := newMixed(t)
	m.lock(t)
	out, all := t.TempDir(), []string{"local", "native", "pure", "remote"}
	deploy := []string{"deploy", "--runtime", m.runtime, "--to", out, "--allow-build", ":all:"}
	m.mustRun(t, t.TempDir(), all, deploy...)
	m.mustRun(t, t.TempDir(), nil, deploy...) // the lock is the same
	lock := filepath.Join(m.dir, "requirements.txt")
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lock, append([]byte("# a comment\n"), text...), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := m.mustRun(t, t.TempDir(), nil, deploy...); !strings.Contains(got.stdout, ":1") {
		t.Errorf("a comment made another version: %s", got.stdout)
	}
	m.local.Files = map[string]string{"local.py": "changed = True\n"}
	m.local.Write(t, m.library)
	if got := m.mustRun(t, t.TempDir(), all, deploy...); !strings.Contains(got.stdout, ":2") {
		t.Errorf("a change in the folder made no version: %s", got.stdout)
	}
}

// hashTree is the content of all files below dir, with modes and times.
func hashTree(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(sum, "%s %s %s %x\n", path, info.Mode(), info.ModTime(), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
