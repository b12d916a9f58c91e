package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// binary is the lamella that all tests run.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "lamella-e2e")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "lamella")
		if runtime.GOOS == "windows" {
			binary += ".exe"
		}
		build := exec.Command("go", "build", "-ldflags=-w", "-o", binary, "./cmd/lamella")
		build.Dir = testenv.Root()
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build lamella: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// cleanEnv returns the environment for a run that depends on nothing of this
// machine's but the PATH: no index, no credentials, a cache of its own.
func cleanEnv(t testing.TB, cache string, more ...string) []string {
	t.Helper()
	home := t.TempDir()
	return append([]string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"USERPROFILE=" + home,
		"SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"TMPDIR=" + t.TempDir(),
		"XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"LAMELLA_CACHE_DIR=" + cache,
		"AWS_EC2_METADATA_DISABLED=true", // no answer comes, which takes seconds
	}, more...)
}

// result is what a run of the binary left behind.
type result struct {
	stdout, stderr string
	status         int
}

// lamella runs the binary in dir. A status other than 0 is not an error here.
func lamella(t testing.TB, dir string, env []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(binary, args...)
	command.Dir, command.Env, command.Stdout, command.Stderr = dir, env, &stdout, &stderr
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// mustLamella runs the binary and fails the test if it does.
func mustLamella(t testing.TB, dir string, env []string, args ...string) result {
	t.Helper()
	got := lamella(t, dir, env, args...)
	if got.status != 0 {
		t.Fatalf("lamella %q: exit status %d\n%s", args, got.status, got.stderr)
	}
	return got
}
