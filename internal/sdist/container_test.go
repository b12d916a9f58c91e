package sdist

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/internal/test/testsource"
	"github.com/lamella-build/lamella/target"
)

// fakeEngine puts a "docker" on the PATH that notes its arguments in a file and
// "builds" by copying a wheel to where /lamella/wheel is mounted from.
func fakeEngine(t *testing.T, wheel string) (log string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake engine is a shell script")
	}
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	program := `#!/bin/sh
PATH=/bin:/usr/bin
case "$1" in
--version) echo "docker version 1" ;;
info) echo 'server=24.0 ["name=seccomp"]' ;;
image) echo "sha256:abc linux/arm64" ;;
run) echo "$@" >> '` + log + `'
  for a in "$@"; do case "$a" in
  *target=/lamella/wheel) out=${a#*source=}; cp '` + wheel + `' "${out%,target=*}" ;;
  esac; done ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return log
}

func TestContainer(t *testing.T) {
	tt, err := target.Parse("python3.9", "arm64")
	if err != nil {
		t.Fatal(err)
	}
	log := fakeEngine(t, testindex.MakeWheel(t, t.TempDir(), "demo", "1.0", "cp39-cp39-linux_aarch64", map[string]string{"demo.py": ""}))
	engine, err := container.Find(context.Background(), "docker")
	if err != nil {
		t.Fatal(err)
	}
	tool, err := NewContainer(context.Background(), engine, "image.example/build", tt, nil)
	if err != nil {
		t.Fatal(err)
	}
	tool.Links = []string{"/srv/wheels"}
	tool.Index = index.ToolEnv{Vars: []string{"PIP_INDEX_URL=https://me:s3cret@index.example/simple"}, Netrc: "machine index.example password s3cret\n"}
	if got, want := tool.Identity(), "pip in sha256:abc"; got != want {
		t.Errorf("the tool is %q, want %q", got, want)
	}
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{tmp: t.TempDir(), Builder: &Builder{Target: tt, Cache: c, Tool: tool, Fetch: fetch}}
	b.Temp = filepath.Join(b.tmp, "staging") // made when it is needed
	p := testsource.Project{Name: "demo", Version: "1.0"}
	d := sdistOf(t, p)
	if w := b.mustBuild(t, d); w[0].Name != "demo-1.0-cp39-cp39-linux_aarch64.whl" {
		t.Errorf("got %+v", w)
	}
	b.mustBuild(t, d)

	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--platform linux/arm64", "target=/lamella/source --", "source=/srv/wheels,target=/srv/wheels,readonly", "--env PIP_INDEX_URL ",
		"--env SOURCE_DATE_EPOCH=315532800", "python3.9 -m pip wheel --no-deps", "--wheel-dir /lamella/wheel /lamella/source/demo-1.0"} {
		if !strings.Contains(string(calls), want) {
			t.Errorf("the engine was not given %q:\n%s", want, calls)
		}
	}
	if n := strings.Count(string(calls), "\n"); n != 1 || strings.Contains(string(calls), "s3cret") {
		t.Errorf("the engine was called %d times:\n%s", n, calls)
	}

	p.Version = "2.0" // and the engine comes up with a wheel of 1.0
	b.refused(t, sdistOf(t, p), fault.Lock, "1.0", "2.0")
	other := *b.Builder
	if other.Target, err = target.Parse("python3.9", "x86_64"); err != nil {
		t.Fatal(err)
	}
	if other.Tool, err = NewContainer(context.Background(), engine, "image.example/build", other.Target, nil); err != nil {
		t.Fatal(err)
	}
	(&bench{tmp: b.tmp, Builder: &other}).refused(t, d, fault.Machine, "aarch64", "--image")
}
