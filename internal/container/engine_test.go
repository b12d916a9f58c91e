package container

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// fake puts a program called name on a PATH of its own. It answers like an
// engine and notes in the file "log" how it was called, and in "env" the
// variable SECRET. "run" runs script.
func fake(t *testing.T, name, info, script string) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake engine is a shell script")
	}
	dir = t.TempDir()
	program := `#!/bin/sh
PATH=/bin:/usr/bin
echo "$@" >> '` + dir + `/log'
case "$1" in
--version) echo "` + name + ` version 1" ;;
info) ` + info + ` ;;
image) [ -e '` + dir + `/pulled' ] || { echo "No such image" >&2; exit 1; }; cat '` + dir + `/pulled' ;;
pull) echo "pulling"; echo "sha256:abc linux/amd64" > '` + dir + `/pulled' ;;
run) echo "secret=$SECRET" > '` + dir + `/env'; ` + script + ` ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, name), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return dir
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestFind(t *testing.T) {
	const up = `echo 'server=24.0 ["name=seccomp"]'`
	for name, test := range map[string]struct {
		engine, info, ask string
		kind              fault.Kind
		hint              string // part of a hint; "" for no error
	}{
		"first there":    {"finch", up, "", 0, ""},
		"by name":        {"nerdctl", up, "nerdctl", 0, ""},
		"podman":         {"podman", "echo server=4.3.1 rootless=true", "", 0, ""},
		"other name":     {"docker", up, "podman", fault.Machine, "install podman"},
		"none":           {"nothing", up, "", fault.Machine, "apt install podman"},
		"unknown":        {"docker", up, "dokcer", fault.Usage, "--container=docker"},
		"daemon is down": {"docker", "echo Cannot connect to the Docker daemon >&2; exit 1", "", fault.Machine, "systemctl restart docker"},
		"says so softly": {"docker", "echo 'server= null'", "", fault.Machine, "systemctl restart docker"},
		"not allowed":    {"docker", "echo permission denied >&2; exit 1", "", fault.Machine, "usermod -aG docker"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS != "linux" && strings.Contains(test.hint, "apt") {
				t.Skip("the hint is another one here")
			}
			fake(t, test.engine, test.info, "")
			engine, err := Find(context.Background(), test.ask)
			if test.hint == "" {
				if err != nil || engine.Name != test.engine || engine.Version == "" {
					t.Errorf("got %+v, %v", engine, err)
				}
				return
			}
			if hints := strings.Join(fault.Hints(err), "\n"); catalogue.KindOf(err) != test.kind || !strings.Contains(hints, test.hint) {
				t.Errorf("%v: no %q in %s", err, test.hint, hints)
			}
		})
	}
}

func TestRun(t *testing.T) {
	dir := fake(t, "docker", `echo 'server=24.0 ["name=seccomp"]'`, "echo built; exit $STATUS")
	engine, err := Find(context.Background(), "docker")
	if err != nil {
		t.Fatal(err)
	}
	run := Run{
		Image: "example/python", Platform: "linux/amd64", Command: []string{"python3", "-V"}, Dir: "/work",
		Mounts:  []Mount{{Source: "/some/project", Target: "/project", ReadOnly: true}, {Source: "/with,comma", Target: "/work"}},
		Env:     map[string]string{"MODE": "plain"},
		Secrets: map[string]string{"SECRET": "hush"}, HomeFiles: map[string]string{".netrc": "machine hush"},
		Op: "build", Subject: "demo", Action: "building demo",
	}
	var mu sync.Mutex
	var said []string
	err = engine.Run(context.Background(), run, func(e event.Event) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, e.Message)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(said, "built") {
		t.Errorf("said %q", said)
	}
	log := read(t, dir, "log")
	for _, want := range []string{
		"pull --platform linux/amd64 example/python\n", "--mount type=bind,source=/some/project,target=/project,readonly",
		"--volume /with,comma:/work", "--env MODE=plain", "--env SECRET", "--workdir /work", "--platform linux/amd64", "sha256:abc",
		`sh python3 -V`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in %s", want, log)
		}
	}
	if strings.Contains(log, "hush") {
		t.Errorf("a secret is on a command line: %s", log)
	}
	if got := read(t, dir, "env"); got != "secret=hush\n" {
		t.Errorf("the engine's environment has %q", got)
	}
	if strings.Contains(log, "rm -f") {
		t.Error("a container that removed itself was removed again")
	}
}

func TestRunFails(t *testing.T) {
	t.Setenv("STATUS", "1")
	for name, test := range map[string]struct {
		script, want string
	}{
		"its command":   {"echo oh no; exit 3", "oh no"},
		"engine fails":  {"echo OCI runtime error: no cgroups; exit 126", "no cgroups"},
		"not there":     {"exit 127", "--image IMAGE"},
		"no emulation":  {"echo exec format error; exit 1", "programs for linux/arm64: sudo apt install qemu-user-static"},
		"out of memory": {"exit 137", "memory"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fake(t, "podman", "echo server=4.3.1 rootless=false", test.script)
			engine, err := Find(context.Background(), "")
			if err != nil {
				t.Fatal(err)
			}
			err = engine.Run(context.Background(), Run{Image: "i", Platform: "linux/arm64", Command: []string{"tool"}, Subject: "demo", Action: "building demo"}, nil)
			said := strings.Join(slices.Concat(fault.Details(err), fault.Hints(err)), "\n")
			if catalogue.KindOf(err) != fault.Machine || !strings.Contains(said, test.want) {
				t.Errorf("%v: no %q in %s", err, test.want, said)
			}
			if !strings.Contains(read(t, dir, "log"), "rm -f lamella-") {
				t.Error("the container was not removed")
			}
		})
	}
}

func TestRunInterrupted(t *testing.T) {
	dir := fake(t, "docker", `echo 'server=24.0 []'`, "echo waiting; sleep 60")
	engine, err := Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	begin := time.Now()
	err = engine.Run(ctx, Run{Image: "i", Command: []string{"x"}}, func(e event.Event) {
		if e.Message == "waiting" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if !strings.Contains(read(t, dir, "log"), "rm -f lamella-") {
		t.Error("the container was not removed")
	}
}

// An image for another platform that cannot be pulled for ours says both.
func TestImageOfTheWrongArchitecture(t *testing.T) {
	dir := fake(t, "docker", `echo 'server=24.0 []'`, "")
	if err := os.WriteFile(filepath.Join(dir, "pulled"), []byte("sha256:def linux/amd64\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	engine, err := Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := engine.ImageDigest(context.Background(), "i", "linux/amd64", nil); err != nil || id != "sha256:def" {
		t.Errorf("got %s, %v", id, err)
	}
	script := strings.Replace(read(t, dir, "docker"), `pull) echo "pulling"`, "pull) echo denied; exit 1", 1)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = engine.ImageDigest(context.Background(), "i", "linux/arm64", nil)
	said := strings.Join(slices.Concat(fault.Details(err), fault.Hints(err)), "\n")
	for _, want := range []string{"linux/amd64", "linux/arm64", "denied", "--image IMAGE"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
}

// An engine that does not answer has not said that it lacks the image, so that nothing is
// pulled.
func TestImageOfASilentEngine(t *testing.T) {
	dir := fake(t, "docker", `echo 'server=24.0 []'`, "")
	engine, err := Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Replace(read(t, dir, "docker"), "#!/bin/sh", "#!/bin/sh\n[ $1 = image ] && exec /bin/sleep 60", 1)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	engine.patience = 200 * time.Millisecond
	_, err = engine.ImageDigest(context.Background(), "i", "linux/amd64", nil)
	if catalogue.KindOf(err) != fault.Machine || !errors.Is(err, command.ErrTimeout) || strings.Contains(read(t, dir, "log"), "pull") {
		t.Errorf("%v, log %s", err, read(t, dir, "log"))
	}
}
