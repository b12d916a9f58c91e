package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

var update = flag.Bool("update", false, "rewrite the golden digests")

// One lock file gives one sha256, whatever the machine, its settings and its
// history are like. The golden digests hold that across machines and releases:
// when one changes, every user's next deploy publishes a version for nothing.
func TestOneLockOneDigest(t *testing.T) {
	eachLock(t, func(t *testing.T, l lockFile) {
		index := serveWheels(t, l)
		cache := filepath.Join(t.TempDir(), "cache")
		want := buildDigest(t, l, cleanEnv(t, cache), index)
		golden(t, l, want)

		asked := index.Count("/")
		for _, setting := range []string{
			"", "GOMAXPROCS=1", "GOMAXPROCS=8", "TZ=Pacific/Chatham", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8",
		} {
			if got := buildDigest(t, l, cleanEnv(t, cache, setting), index); got != want {
				t.Errorf("warm cache %s: sha256 %s, want %s", setting, got, want)
			}
		}
		if more := index.Count("/") - asked; more != 0 {
			t.Errorf("builds from a warm cache asked the index %d times", more)
		}
		shuffle(t, l, index)
		for range 2 {
			if got := buildDigest(t, l, cleanEnv(t, filepath.Join(t.TempDir(), "cold")), index); got != want {
				t.Errorf("cold cache, wheels in another order: sha256 %s, want %s", got, want)
			}
		}
		if runtime.GOOS != "windows" {
			t.Run("umask 077", func(t *testing.T) {
				zip := filepath.Join(t.TempDir(), "layer.zip")
				cold := cleanEnv(t, filepath.Join(t.TempDir(), "cache"))
				args := append([]string{"-c", `umask 077; exec "$0" "$@"`, binary}, l.buildArgs(index.Index, zip)...)
				run(t, project(t, l), cold, "sh", args...)
				if got := fileDigest(t, zip); got != want {
					t.Errorf("sha256 %s, want %s", got, want)
				}
			})
		}
	})
}

// buildDigest builds l in a new checkout and returns the zip's sha256.
func buildDigest(t *testing.T, l lockFile, env []string, index *testindex.Server) string {
	t.Helper()
	zip := filepath.Join(t.TempDir(), "layer.zip")
	mustLamella(t, project(t, l), env, l.buildArgs(index.Index, zip)...)
	return fileDigest(t, zip)
}

func fileDigest(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// golden compares with testdata/digests.txt, "<lock> <sha256>" a line.
func golden(t *testing.T, l lockFile, digest string) {
	t.Helper()
	path := filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "digests.txt")
	content, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	want, found := l.String()+" "+digest, false
	for i, line := range lines {
		if strings.HasPrefix(line, l.String()+" ") {
			found = true
			if line != want && !*update {
				t.Errorf("sha256 %s; testdata/digests.txt has %q: run go test -run OneDigest -update if that is meant", digest, line)
			}
			lines[i] = want
		}
	}
	if !*update {
		if !found {
			t.Errorf("testdata/digests.txt has no %s: run go test -run OneDigest -update", l)
		}
		return
	}
	if !found {
		lines = append(lines, want)
	}
	if err := os.WriteFile(path, []byte(strings.TrimSpace(strings.Join(lines, "\n"))+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}
