package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/internal/test/testsource"
)

// killings is a machine on which runs of several kinds are killed: one that
// fetches and composes, one that builds a wheel from its source, and one that has
// pip install with credentials.
type killings struct {
	*testing.T
	index        *testindex.Server
	tmp, runtime string
	cache        string
	project      string
	kinds        [][]string // arguments
	password     string
}

func newKillings(t *testing.T) *killings {
	k := &killings{T: t, tmp: t.TempDir(), runtime: t.TempDir(), cache: filepath.Join(t.TempDir(), "cache"), project: t.TempDir(),
		password: fmt.Sprintf("pw%016x", rand.Uint64())}
	wheels := filepath.Join(k.project, "wheels")
	data := make([]byte, 3<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	one := testindex.MakeWheel(t, wheels, "one", "1.0", "py3-none-any", map[string]string{"one.py": "answer = 42\n", "one.bin": string(data)})
	sdist := testsource.Project{Name: "src", Version: "1.0"}.Sdist(t, wheels)
	k.index = testindex.Start(t, wheels)
	k.index.RequireUser("bot", k.password)
	k.write("one.txt", "one==1.0 --hash=sha256:"+fileDigest(t, one)+"\n")
	k.write("src.txt", "src==1.0 --hash=sha256:"+fileDigest(t, sdist)+"\n")
	k.write("home/.netrc", "machine 127.0.0.1 login bot password "+k.password+"\n")
	k.kinds = [][]string{
		{"build", "--lock", "one.txt", "-o", "out/one.zip"},
		{"build", "--lock", "src.txt", "-o", "out/src.zip", "--allow-build", "src"},
		{"build", "--lock", "one.txt", "-o", "out/pip.zip", "--builder", "pip"},
	}
	return k
}

func (k *killings) write(name, content string) {
	path := filepath.Join(k.project, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		k.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		k.Fatal(err)
	}
}

// command is a run of one kind. Half of the runs have no folder in memory but
// that of the whole machine.
func (k *killings) command(kind int, cache string, more ...string) *exec.Cmd {
	command := exec.Command(binary, append(append([]string{}, k.kinds[kind]...), more...)...)
	command.Dir = k.project
	path := filepath.Dir(testenv.Tool(k, "pip")) + string(filepath.ListSeparator) + os.Getenv("PATH")
	command.Env = []string{"PATH=" + path, "HOME=" + filepath.Join(k.project, "home"), "TMPDIR=" + k.tmp, "LAMELLA_CACHE_DIR=" + cache,
		"LAMELLA_RUNTIME=python3.11", "LAMELLA_INDEX_URL=" + k.index.Index, "PIP_INDEX_URL=" + k.index.Index}
	if rand.IntN(2) == 0 {
		command.Env = append(command.Env, "XDG_RUNTIME_DIR="+k.runtime)
	}
	return command
}

func (k *killings) must(kind int, cache string, more ...string) {
	k.Helper()
	if out, err := k.command(kind, cache, more...).CombinedOutput(); err != nil {
		k.Errorf("%q: %v\n%s", k.kinds[kind], err, out)
	}
}

// orphans waits until no tool of a killed run works any more.
func (k *killings) orphans() {
	k.Helper()
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(100 * time.Millisecond) {
		running := false
		all, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, path := range all {
			environ, _ := os.ReadFile(path)
			running = running || bytes.Contains(environ, []byte(k.project))
		}
		if !running {
			return
		}
	}
	k.Fatal("a tool of a killed run is still at work after a minute")
}

// left lists what lamella made and should have removed.
func (k *killings) left() []string {
	var found []string
	list := func(dir string, ours func(path string) bool) {
		// What a tool of a killed run takes away meanwhile is passed over.
		_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err == nil && path != dir && ours(path) {
				found = append(found, path)
			}
			return nil
		})
	}
	anything := func(string) bool { return true }
	list(k.tmp, anything)
	list(k.runtime, anything)
	list(k.cache, func(path string) bool { return strings.Contains(filepath.Base(path), "tmp") })
	list(filepath.Join(k.project, "out"), func(path string) bool {
		return !strings.HasSuffix(path, ".zip")
	})
	list("/dev/shm", func(path string) bool {
		if filepath.Base(path) != "netrc" {
			return false
		}
		content, err := os.ReadFile(path)
		return err == nil && bytes.Contains(content, []byte(k.password))
	})
	return found
}

// TestKilledRunsLeaveNothing kills runs at moments chosen by chance, while others
// go on beside them, and looks at what is left after one run that ends well.
func TestKilledRunsLeaveNothing(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("pip installs for the machine that it runs on")
	}
	times := 12
	if testenv.All() {
		times = 100
	}
	k := newKillings(t)
	var took [3]time.Duration
	for kind := range k.kinds {
		begin := time.Now()
		k.must(kind, k.cache)
		took[kind] = time.Since(begin)
	}
	killed, dirty := 0, 0
	stop := k.neighbour()
	for i := range times {
		if i == times/2 {
			stop() // it tidies up as well
		}
		if err := os.RemoveAll(k.cache); err != nil {
			t.Fatal(err)
		}
		command := k.command(i%3, k.cache)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(rand.N(took[i%3]+took[i%3]/4), func() { _ = command.Process.Kill() })
		if command.Wait() != nil {
			killed++
		}
		kill.Stop()
		if i >= times/2 {
			dirty += len(k.left())
		}
	}
	k.orphans()
	if dirty == 0 || killed < times/3 {
		t.Errorf("%d of %d runs were killed and left %d files: that shows nothing", killed, times, dirty)
	}
	last := k.command(0, k.cache)
	last.Env = append(last.Env, "XDG_RUNTIME_DIR="+k.runtime) // so that it looks everywhere
	if out, err := last.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if left := k.left(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	t.Logf("%d of %d runs were killed and left %d files and folders; after one more run there are none", killed, times, dirty)
}

// neighbour makes runs that have to end well until stop is called.
func (k *killings) neighbour() (stop func()) {
	done, ended, cache := make(chan struct{}), make(chan struct{}), filepath.Join(k.project, "cache2")
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				k.must(i%3, cache, "-o", fmt.Sprintf("other/%d.zip", i%3))
				if err := os.RemoveAll(cache); err != nil {
					k.Error(err)
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}
