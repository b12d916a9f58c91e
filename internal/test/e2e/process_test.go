package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testindex"
)

// smallProject makes a project of n wheels of its own and returns its folder,
// which has the wheels in "wheels".
func smallProject(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	wheels := filepath.Join(dir, "wheels")
	var lock strings.Builder
	for i := range n {
		name := fmt.Sprintf("dist%d", i)
		file := testindex.MakeWheel(t, wheels, name, "1.0", "py3-none-any", map[string]string{name + ".py": "answer = 42\n"})
		fmt.Fprintf(&lock, "%s==1.0 --hash=sha256:%s\n", name, fileDigest(t, file))
	}
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(lock.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Ctrl-C in the middle of a download ends the run at once, with exit status 130
// and nothing partial left behind.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGINT to send to one process")
	}
	dir := smallProject(t, 3)
	index := testindex.Start(t, filepath.Join(dir, "wheels"))
	index.Fail("/files/", testindex.Fault{Truncate: 100, Stall: true})
	cache := filepath.Join(t.TempDir(), "cache")

	var stdout, stderr bytes.Buffer
	command := exec.Command(binary, "build", "--runtime", "python3.13", "--index-url", index.Index)
	command.Dir, command.Env = dir, cleanEnv(t, cache)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	waitForPartial(t, cache, ended)
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second): // the stalled download would be given up after 60
		_ = command.Process.Kill()
		t.Fatal("still running 20 s after the interrupt")
	}
	if status := command.ProcessState.ExitCode(); status != 130 {
		t.Errorf("exit status %d, want 130\n%s", status, &stderr)
	}
	if stdout.Len() > 0 {
		t.Errorf("stdout: %q", &stdout)
	}
	if _, err := os.Stat(filepath.Join(dir, "build")); err == nil {
		t.Error("the build folder was made")
	}
	for name := range treeFiles(t, cache) {
		if strings.HasSuffix(name, ".whl") {
			t.Errorf("the cache has %s", name)
		}
	}
	// Whatever scraps there are, the next run is not disturbed by them.
	mustLamella(t, dir, cleanEnv(t, cache), "build", "--runtime", "python3.13", "--find-links", "wheels")
}

// waitForPartial waits until a download has begun: until the cache has a file
// that is not empty.
func waitForPartial(t *testing.T, cache string, ended <-chan struct{}) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < 20*time.Second; {
		select {
		case <-ended:
			t.Fatal("ended before it was interrupted")
		case <-time.After(20 * time.Millisecond):
		}
		if _, err := os.Stat(cache); err != nil {
			continue
		}
		for _, content := range treeFiles(t, cache) {
			if len(content) > 0 {
				return
			}
		}
	}
	t.Fatal("no download began within 20 s")
}

// Several processes fill and use one cache at once: all end well, with one result.
func TestProcessesShareACache(t *testing.T) {
	dir := smallProject(t, 8)
	cache := filepath.Join(t.TempDir(), "cache")
	const processes = 6
	var (
		wait    sync.WaitGroup
		results [processes]result
		zips    [processes]string
	)
	for i := range processes {
		zips[i] = filepath.Join(t.TempDir(), "layer.zip")
		env := cleanEnv(t, cache)
		wait.Go(func() {
			results[i] = lamella(t, dir, env, "build", "--runtime", "python3.13", "--find-links", "wheels", "--output", zips[i])
		})
	}
	wait.Wait()
	for i, r := range results {
		if r.status != 0 {
			t.Errorf("process %d: exit status %d\n%s", i, r.status, r.stderr)
		} else if fileDigest(t, zips[i]) != fileDigest(t, zips[0]) {
			t.Errorf("process %d made another zip", i)
		}
	}
	mustLamella(t, dir, cleanEnv(t, cache), "cache", "verify")
}
