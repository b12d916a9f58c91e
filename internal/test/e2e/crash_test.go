package e2e

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// rig is a project that is deployed under many names at once, each to a layer
// and a home of its own.
type rig struct {
	to string // the destination; "" is the bucket
	account
	dir, cache string
	locks      []string // each makes another layer
	index      string   // from which runs with empty caches get the wheels; "" for a folder and one cache
}

// bulk is a large file in each of a rig's layers.
type bulk int

const (
	noBulk    bulk = iota
	otherBulk      // one in each, so that each is sent in parts
	sameBulk       // the same in all, so that it is copied from one to the next
)

func newRig(t *testing.T, locks int, bulk bulk) *rig {
	t.Helper()
	moto := testenv.Moto(t)
	r := &rig{account: account{moto, testenv.Bucket(t, moto)}, dir: t.TempDir(), cache: filepath.Join(t.TempDir(), "cache")}
	for i := range locks {
		files := map[string]string{"one.py": fmt.Sprintf("answer = %d\n", i)}
		if bulk != noBulk {
			data, seed := make([]byte, 17<<20), byte(0)
			if bulk == otherBulk {
				seed = byte(i)
			}
			_, _ = rand.NewChaCha8([32]byte{seed}).Read(data) // never fails
			files["one.bin"] = string(data)
		}
		wheel := testindex.MakeWheel(t, filepath.Join(r.dir, "wheels"), "one", fmt.Sprintf("1.%d", i), "py3-none-any", files)
		lock := filepath.Join(r.dir, fmt.Sprintf("lock%d", i), "requirements.txt")
		if err := os.MkdirAll(filepath.Dir(lock), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(lock, fmt.Appendf(nil, "one==1.%d --hash=sha256:%s\n", i, fileDigest(t, wheel)), 0o666); err != nil {
			t.Fatal(err)
		}
		r.locks = append(r.locks, lock)
	}
	return r
}

// env is the surroundings of the runs of one user on one machine.
func (r *rig) env(t *testing.T) []string {
	return append(cleanEnv(t, r.cache), testenv.AWSEnv(r.endpoint)...)
}

// at is env with another endpoint.
func at(env []string, endpoint string) []string {
	return append(slices.Clone(env), "AWS_ENDPOINT_URL="+endpoint)
}

func (r *rig) command(env []string, layer, lock string) *exec.Cmd {
	from := []string{"--find-links", filepath.Join(r.dir, "wheels")}
	if r.index != "" {
		from = []string{"--index-url", r.index}
		env = append(slices.Clone(env), "LAMELLA_CACHE_DIR="+filepath.Join(r.cache, layer))
	}
	command := exec.Command(binary, append([]string{"deploy", "--runtime", "python3.13",
		"--lock", lock, "--name", layer, "--to", cmp.Or(r.to, "s3://"+r.bucket+"/{layer}"), "--output", filepath.Join(r.dir, "build", layer+".zip")}, from...)...)
	command.Dir, command.Env = r.dir, env
	return command
}

// deploy runs to the end, and returns what it printed.
func (r *rig) deploy(env []string, layer, lock string) (string, error) {
	out, err := r.command(env, layer, lock).CombinedOutput()
	return string(out), err
}

// calls lists the calls of an undisturbed deployment of locks[from] after that of
// the ones before.
func (r *rig) calls(t *testing.T, from int) []string {
	t.Helper()
	env, layer := r.env(t), r.bucket+"-calls"
	for _, lock := range r.locks[:from] {
		if out, err := r.deploy(env, layer, lock); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	d := testenv.Disturb(t, r.endpoint, 0, nil)
	if out, err := r.deploy(at(env, d.URL), layer, r.locks[from]); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return d.Calls()
}

// TestCrashMatrix kills lamella before and after each call of a deployment, and
// runs it again: one version of the content, its manifest and its record are
// there, and the lease is in nobody's way.
func TestCrashMatrix(t *testing.T) {
	for _, scenario := range []struct {
		name  string
		from  int // versions that are there before
		bulk  bulk
		parts bool // the zip is sent while the wheel is downloaded
	}{{"first", 0, noBulk, false}, {"changed", 1, noBulk, false}, {"large", 0, otherBulk, false}, {"copied", 1, sameBulk, false}, {"parts", 0, otherBulk, true}} {
		t.Run(scenario.name, func(t *testing.T) {
			if scenario.bulk != noBulk {
				testenv.Heavy(t)
			}
			t.Parallel()
			r := newRig(t, 3, scenario.bulk)
			if scenario.parts {
				r.index = testindex.Start(t, filepath.Join(r.dir, "wheels")).Index
			}
			calls := r.calls(t, scenario.from)
			table := make([][2]string, len(calls))
			slots := make(chan struct{}, 8)
			var group sync.WaitGroup
			for i := range calls {
				for side, after := range []bool{false, true} {
					layer, env := fmt.Sprintf("crash-%s-%d-%d", scenario.name, i, side), r.env(t)
					group.Go(func() {
						slots <- struct{}{}
						defer func() { <-slots }()
						table[i][side] = r.crash(t, env, layer, scenario.from, i, after)
					})
				}
			}
			group.Wait()
			var text strings.Builder
			fmt.Fprintf(&text, "\n%-45s %-40s %s", "killed at", "before", "after")
			for i, call := range calls {
				fmt.Fprintf(&text, "\n%2d %-42s %-40s %s", i+1, call, table[i][0], table[i][1])
			}
			t.Log(text.String())
		})
	}
}

// crash is one cell of the matrix.
func (r *rig) crash(t *testing.T, env []string, layer string, from, call int, after bool) string {
	fail := func(format string, args ...any) string {
		t.Errorf("%s: killed at call %d (after: %t): %s", layer, call+1, after, fmt.Sprintf(format, args...))
		return "WRONG"
	}
	for _, lock := range r.locks[:from] {
		if out, err := r.deploy(env, layer, lock); err != nil {
			return fail("%v\n%s", err, out)
		}
	}
	process := make(chan *os.Process, 1)
	d := testenv.Disturb(t, r.endpoint, call, func(_ http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
		if after {
			forward()
		}
		_ = (<-process).Kill()
		panic(http.ErrAbortHandler)
	})
	command := r.command(at(env, d.URL), layer, r.locks[from])
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Start(); err != nil {
		return fail("%v", err)
	}
	process <- command.Process
	if err := command.Wait(); err == nil {
		return fail("it was not killed; calls %q", d.Calls())
	}

	out, err := r.deploy(env, layer, r.locks[from])
	if err != nil {
		return fail("the next run: %v\n%s", err, out)
	}
	if wrong := r.complain(t, layer, "requirements.txt", from+1); wrong != "" {
		return fail("%s\n%s", wrong, out)
	}
	outcome := "published"
	if strings.Contains(out, "unchanged") || strings.Contains(out, "repaired") {
		outcome = "nothing published"
	}
	switch {
	case r.object(t, layer+"/layer/lease") == nil:
		outcome += ", no lease"
	case r.leaseHeld(t, layer):
		outcome += ", lease taken over later"
	default:
		outcome += ", lease free"
	}
	// Whoever needs the lease next gets it.
	if out, err := r.deploy(env, layer, r.locks[from+1]); err != nil {
		return fail("a run with another lock: %v\n%s", err, out)
	}
	if wrong := r.complain(t, layer, "requirements.txt", from+2); wrong != "" {
		return fail("after another lock: %s", wrong)
	}
	if r.leaseHeld(t, layer) {
		return fail("the lease is still held")
	}
	return outcome
}
