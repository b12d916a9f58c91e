//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// podman is a real Podman with an image in which Python 3.11, pip, Poetry and uv are.
type podman struct {
	image string
	env   []string
	inner bool // runs in a mount namespace with a cgroup folder of its own
}

// namespace makes Podman work where this machine is a container itself: root may
// mount a cgroup folder there, out of sight of everything else.
const namespace = `umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && ulimit -n 1024; exec "$@"`

const containersConf = `[containers]
cgroups = "disabled"
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`

// startPodman ends the test where there is no Podman that works.
func startPodman(t *testing.T) *podman {
	t.Helper()
	testenv.Heavy(t)
	if os.Getuid() != 0 {
		testenv.Without(t, testenv.Podman, "the image can only be made by root")
	}
	for _, program := range []string{"podman", "debootstrap", "unshare"} {
		testenv.Needs(t, testenv.Podman, program, "no "+program+" (Debian: apt install podman debootstrap)")
	}
	folder := filepath.Join(testenv.Root(), ".cache", "podman")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	storage := "[storage]\ndriver = \"vfs\"\ngraphroot = \"" + folder + "/storage\"\nrunroot = \"" + folder + "/run\"\n"
	for name, content := range map[string]string{"containers.conf": containersConf, "storage.conf": storage} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p := &podman{image: "lamella-test:python3.11", env: []string{
		"CONTAINERS_CONF=" + filepath.Join(folder, "containers.conf"), "CONTAINERS_STORAGE_CONF=" + filepath.Join(folder, "storage.conf"),
	}}
	if p.run("podman", "image", "exists", p.image).Run() != nil {
		if out, err := p.run(filepath.Join(testenv.Root(), "tools", "test-image"), folder, p.image).CombinedOutput(); err != nil {
			t.Fatalf("make the image: %v\n%s", err, out)
		}
	}
	try := []string{"podman", "run", "--rm", p.image, "true"}
	if p.run(try...).Run() != nil {
		p.inner = true
		if out, err := p.run(try...).CombinedOutput(); err != nil {
			testenv.Without(t, testenv.Podman, "Podman does not work here: "+string(out))
		}
	}
	return p
}

// run is a command that has Podman.
func (p *podman) run(args ...string) *exec.Cmd {
	if p.inner {
		args = append([]string{"unshare", "--mount", "sh", "-c", namespace, "sh"}, args...)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(os.Environ(), p.env...)
	return command
}

// containers lists those that there are, running or not.
func (p *podman) containers(t *testing.T) string {
	t.Helper()
	out, err := p.run("podman", "ps", "--all", "--format", "{{.Names}} {{.Status}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// build is a run of lamella that has a tool build in a container.
func (p *podman) build(t *testing.T, dir, temp, cache string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	args = append([]string{binary}, append(args, "--container=podman", "--image", p.image)...)
	command := p.run(args...)
	command.Dir = dir
	command.Env = append(cleanEnv(t, cache, "TMPDIR="+temp), p.env...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	return command, &out
}

// watch looks at what appears in a folder until done is closed, and returns how
// many files it saw and those of another owner.
func watch(dir string, done <-chan struct{}) (seen int, foreign []string) {
	for {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // gone already
			}
			if info, err := d.Info(); err == nil {
				if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Getuid() {
					foreign = append(foreign, path)
				}
				if strings.Contains(path, "site-packages/") || strings.Contains(path, "/target/") {
					seen++
				}
			}
			return nil
		})
		select {
		case <-done:
			return seen, foreign
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// The tools make the same layers in a container as here; files are the caller's,
// the project stays as it is, and no container is left. Larger layers
// would show nothing more about containers.
func TestToolsInAContainer(t *testing.T) {
	p := startPodman(t)
	eachTool(t, []string{"small", "web"}, func(t *testing.T, tool string, l lockFile) {
		index := serveWheels(t, l)
		dir := toolProject(t, tool, l, index)
		before := treeFiles(t, dir)
		zip, temp := filepath.Join(t.TempDir(), "layer.zip"), t.TempDir()
		args := append(l.buildArgs(index.Index, zip), "--name", "project", "--builder", tool)
		command, out := p.build(t, dir, temp, t.TempDir(), args...)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		var ended error
		go func() { ended = command.Wait(); close(done) }()
		seen, foreign := watch(temp, done)
		if ended != nil {
			t.Fatalf("%v\n%s", ended, out)
		}
		if seen == 0 || len(foreign) > 0 {
			t.Errorf("saw %d files, of another owner: %q", seen, foreign)
		}
		if !sameFiles(before, treeFiles(t, dir)) {
			t.Error("the project's folder is not as it was")
		}
		if left := p.containers(t); left != "" {
			t.Errorf("left: %s", left)
		}
		if left := treeFiles(t, temp); len(left) > 0 {
			t.Errorf("%d files left in the temporary folder", len(left))
		}
		native := filepath.Join(t.TempDir(), "native.zip")
		mustLamella(t, dir, cleanEnv(t, t.TempDir()), append(l.buildArgs(index.Index, native), "--name", "project", "--lock", tools[tool])...)
		equalLayers(t, tool, native, zip)
		t.Logf("sha256 %s", fileDigest(t, zip))
	})
}

// No container and no file is left when the tool fails or the user interrupts.
func TestContainersAreRemoved(t *testing.T) {
	p := startPodman(t)
	l := lock("small-python3.11-x86_64")
	index := serveWheels(t, l)
	dir := project(t, l)
	args := func(builder string) []string {
		return append(l.buildArgs(index.Index, filepath.Join(t.TempDir(), "layer.zip")), "--name", "project", "--builder", builder)
	}
	t.Run("failure", func(t *testing.T) {
		wrong := t.TempDir()
		if err := os.WriteFile(filepath.Join(wrong, "requirements.txt"), []byte("no-such-distribution==1.0\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		temp := t.TempDir()
		command, out := p.build(t, wrong, temp, t.TempDir(), args("pip")...)
		var exit *exec.ExitError
		if err := command.Run(); !errors.As(err, &exit) || exit.ExitCode() != 7 || !strings.Contains(out.String(), "No matching distribution found for no-such-distribution==1.0") {
			t.Errorf("%v\n%s", err, out)
		}
		if left := p.containers(t); left != "" {
			t.Errorf("left: %s", left)
		}
		if left := treeFiles(t, temp); len(left) > 0 {
			t.Errorf("%d files left in the temporary folder", len(left))
		}
	})
	t.Run("interrupt", func(t *testing.T) {
		index.Fail("/files/", testindex.Fault{Truncate: 100, Stall: true})
		temp := t.TempDir()
		command, out := p.build(t, dir, temp, t.TempDir(), args("pip")...)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); p.containers(t) == "" || index.Count("/files/") == 0; {
			if time.Since(begin) > time.Minute {
				t.Fatalf("no container within a minute\n%s", out)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		if status := command.ProcessState.ExitCode(); status != 130 {
			t.Errorf("exit status %d\n%s", status, out)
		}
		if left := p.containers(t); left != "" {
			t.Errorf("left: %s", left)
		}
		if left := treeFiles(t, temp); len(left) > 0 {
			t.Errorf("%d files left in the temporary folder", len(left))
		}
	})
}
