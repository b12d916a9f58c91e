package oracletest

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// A tool is the executable of what writes lock files, with the surroundings in
// which it runs: an empty home, and no configuration of the machine's.
type tool struct {
	path string
	env  []string
	base string // a temporary folder
	fork *forks // nil for what is not written in Python
}

// entries are the functions behind the command lines of tools written in Python.
var entries = map[string]string{
	"poetry": "poetry.console.application:main",
	"pdm":    "pdm.core:main",
	"pipenv": "pipenv:cli",
}

// newTool finds a tool, and skips the test where there is none. env is added to
// its environment.
func newTool(t *testing.T, name string, env ...string) *tool {
	t.Helper()
	x := &tool{path: testenv.Tool(t, name), base: t.TempDir()}
	for _, dir := range []string{"home", "tmp"} {
		if err := os.Mkdir(filepath.Join(x.base, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	home := filepath.Join(x.base, "home")
	x.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + filepath.Join(x.base, "tmp"),
		"NO_COLOR=1", "LC_ALL=C.UTF-8", "PYTHONWARNINGS=ignore", "NO_PROXY=127.0.0.1",
		"XDG_CACHE_HOME=" + home + "/cache", "XDG_CONFIG_HOME=" + home + "/config", "XDG_DATA_HOME=" + home + "/data",
		"PIP_CONFIG_FILE=" + os.DevNull, "PIP_DISABLE_PIP_VERSION_CHECK=1",
	}, env...)
	if entry := entries[name]; entry != "" {
		x.fork = startForks(t, x, entry)
	}
	return x
}

// python is the interpreter that the tool runs in.
func (x *tool) python() string { return filepath.Join(filepath.Dir(x.path), "python") }

// try runs the tool in dir and returns what it prints: with an error both its
// streams, else its standard output.
func (x *tool) try(dir string, args ...string) (string, error) {
	if x.fork != nil {
		return x.fork.run(dir, args)
	}
	cmd := exec.Command(x.path, args...)
	cmd.Dir, cmd.Env = dir, x.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out) + stderr.String(), err
	}
	return string(out), nil
}

//go:embed forks.py
var forksScript string

// forks is a process with a tool's modules in it, forked for each run.
type forks struct {
	mu  sync.Mutex // held for a run
	in  io.Writer
	out *bufio.Reader
	tmp string
}

func startForks(t *testing.T, x *tool, entry string) *forks {
	t.Helper()
	cmd := exec.Command(x.python(), "-c", forksScript, x.path, entry)
	cmd.Env, cmd.Stderr = x.env, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &forks{in: in, out: bufio.NewReader(out), tmp: filepath.Join(x.base, "tmp")}
}

func (f *forks) run(dir string, args []string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stdout, stderr := filepath.Join(f.tmp, "stdout"), filepath.Join(f.tmp, "stderr")
	line, err := json.Marshal(map[string]any{"dir": dir, "args": args, "out": stdout, "err": stderr})
	if err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(f.in, "%s\n", line); err != nil {
		return "", err
	}
	status, err := f.out.ReadString('\n')
	if err != nil {
		return "", err
	}
	out, err := os.ReadFile(stdout)
	messages, err2 := os.ReadFile(stderr)
	if err := errors.Join(err, err2); err != nil {
		return "", err
	}
	if status = strings.TrimSpace(status); status != "0" {
		return string(out) + string(messages), fmt.Errorf("exit status %s", status)
	}
	return string(out), nil
}
