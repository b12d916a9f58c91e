package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// lockFile is one of testdata/locks: pinned and hashed for one Lambda target.
type lockFile struct {
	name    string // "web"
	runtime string // "python3.13"
	arch    string // "arm64"
	path    string
}

func (l lockFile) String() string { return l.name + "-" + l.runtime + "-" + l.arch }

// machine returns the architecture as wheels name it.
func (l lockFile) machine() string {
	if l.arch == "arm64" {
		return "aarch64"
	}
	return l.arch
}

// platform returns uv's name of the platform nearest to the target: it knows no
// glibc 2.26, which python3.11 has.
func (l lockFile) platform() string {
	if l.runtime == "python3.11" {
		return l.machine() + "-manylinux_2_17"
	}
	return l.machine() + "-manylinux_2_34"
}

// lock returns the lock file of that name, such as "web-python3.13-x86_64".
func lock(name string) lockFile {
	parts := strings.Split(name, "-")
	return lockFile{
		name: parts[0], runtime: parts[1], arch: parts[2],
		path: filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "locks", name+".txt"),
	}
}

// eachLock runs test for the locks of `make test`, or for all of them in `make
// verify`, with an index that has their wheels.
func eachLock(t *testing.T, test func(t *testing.T, l lockFile)) {
	paths, err := filepath.Glob(filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "locks", "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no lock files", err)
	}
	for _, path := range paths {
		l := lock(strings.TrimSuffix(filepath.Base(path), ".txt"))
		t.Run(l.String(), func(t *testing.T) {
			if l.name != "small" && l.String() != "web-python3.13-x86_64" {
				testenv.Heavy(t)
			}
			test(t, l)
		})
	}
}

// project makes a folder with l as its requirements.txt.
func project(t testing.TB, l lockFile) string {
	t.Helper()
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), content, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// excludes are what makes a layer of l fit: data is over Lambda's limit as it comes.
func (l lockFile) excludes() []string {
	if l.name != "data" {
		return nil
	}
	return []string{"--exclude", "**/tests/**", "--exclude", "pyarrow/include/**"}
}

// excluded reports whether a file of an installed tree matches the excludes.
func (l lockFile) excluded(name string) bool {
	return l.name == "data" && (strings.Contains("/"+name, "/tests/") || strings.HasPrefix(name, "pyarrow/include/"))
}

// buildArgs is the command line that builds a layer of l from index into zip.
func (l lockFile) buildArgs(index, zip string) []string {
	return append([]string{
		"build", "--runtime", l.runtime, "--arch", l.arch, "--index-url", index, "--output", zip,
	}, l.excludes()...)
}
