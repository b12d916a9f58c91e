package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// TestRace lets many processes deploy the same new lock at once, some of which
// are killed on the way: there is one version of it. Then several locks at once:
// at most one version of each.
func TestRace(t *testing.T) {
	processes, rounds := 8, 1
	if testenv.All() {
		processes, rounds = 32, 5
	}
	r := newRig(t, rounds+4, noBulk)
	env := r.env(t) // of one machine
	for round := range rounds {
		r.race(t, env, "race", r.locks[round:round+1], processes, processes/4)
		// Whoever was killed last may have left the rest to the next one.
		if out, err := r.deploy(env, "race", r.locks[round]); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if wrong := r.complain(t, "race", "requirements.txt", round+1); wrong != "" {
			t.Fatalf("round %d: %s", round+1, wrong)
		}
		t.Logf("round %d: %d processes, %d of them to be killed: versions %d", round+1, processes, processes/4, round+1)
	}

	locks := r.locks[rounds:]
	r.race(t, env, "locks", locks, processes, 0)
	versions := len(r.contents(t, "locks"))
	if versions < 1 || versions > len(locks) {
		t.Errorf("%d versions of %d contents", versions, len(locks))
	}
	if wrong := r.complain(t, "locks", "requirements.txt", versions); wrong != "" {
		t.Error(wrong)
	}
	if r.leaseHeld(t, "locks") {
		t.Error("the lease is held by nobody")
	}
	t.Logf("%d processes with %d locks: versions %d", processes, len(locks), versions)
}

// race deploys locks in turn by so many processes at once, and kills some of
// them at a time of chance.
func (r *rig) race(t *testing.T, env []string, layer string, locks []string, processes, killed int) {
	t.Helper()
	var group sync.WaitGroup
	for i := range processes {
		var out strings.Builder
		command := r.command(env, layer, locks[i%len(locks)])
		command.Args = append(command.Args, "--output", fmt.Sprintf("%s/build/%s-%d.zip", r.dir, layer, i))
		command.Stdout, command.Stderr = io.Discard, &out
		group.Go(func() {
			if err := command.Start(); err != nil {
				t.Error(err)
				return
			}
			if i < killed {
				time.AfterFunc(time.Duration(rand.IntN(2000))*time.Millisecond, func() { _ = command.Process.Kill() })
			}
			if err := command.Wait(); err != nil && i >= killed {
				t.Errorf("process %d: %v\n%s", i, err, &out)
			}
		})
	}
	group.Wait()
}

// TestRaceOfCopies lets many processes deploy the same new lock at once, most of
// whose layer is copied from the version before.
func TestRaceOfCopies(t *testing.T) {
	testenv.Heavy(t)
	r := newRig(t, 2, sameBulk)
	env := r.env(t)
	if out, err := r.deploy(env, "copies", r.locks[0]); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := testenv.Disturb(t, r.endpoint, 0, nil)
	r.race(t, at(env, d.URL), "copies", r.locks[1:], 32, 8)
	if out, err := r.deploy(env, "copies", r.locks[1]); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if wrong := r.complain(t, "copies", "requirements.txt", 2); wrong != "" {
		t.Error(wrong)
	}
}

// TestRaceInAFolder: the folder that stands in for AWS is shared as safely.
func TestRaceInAFolder(t *testing.T) {
	r := newRig(t, 1, noBulk)
	env, out := r.env(t), filepath.Join(r.dir, "out")
	r.to = out
	r.race(t, env, "race", r.locks, 8, 2)
	if printed, err := r.deploy(env, "race", r.locks[0]); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	versions, err := filepath.Glob(filepath.Join(out, "layers", "race", "*.json"))
	if err != nil || len(versions) != 1 {
		t.Errorf("versions %q, %v", versions, err)
	}
	for _, name := range []string{"requirements.txt", "lamella.json"} {
		if _, err := os.Stat(filepath.Join(out, "objects", "local", "race", "layer", "000001", name)); err != nil {
			t.Error(err)
		}
	}
}

// TestManyLocksInAFolder: however many processes deploy however many locks into
// one folder at once, as layers of their own and as versions of one layer, each of
// them succeeds.
func TestManyLocksInAFolder(t *testing.T) {
	const locks = 8
	processes, rounds := 16, 1
	if testenv.All() {
		processes, rounds = 32, 10
	}
	r := newRig(t, locks, noBulk)
	out := filepath.Join(r.dir, "out")
	env := r.env(t)
	r.to = out
	deployed := 0
	for range rounds {
		var group sync.WaitGroup
		for i := range locks {
			group.Go(func() {
				r.race(t, env, fmt.Sprintf("layer-%d", i), r.locks[i:i+1], processes/locks, 0)
			})
		}
		group.Wait()
		deployed += processes
	}
	for i := range locks {
		versions, err := filepath.Glob(filepath.Join(out, "layers", fmt.Sprintf("layer-%d", i), "[0-9].json"))
		if err != nil || len(versions) != 1 {
			t.Errorf("versions of layer %d: %q, %v", i, versions, err)
		}
	}
	r.race(t, env, "one", r.locks, processes, 0)
	deployed += processes
	if left, err := os.ReadDir(filepath.Join(out, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if !t.Failed() {
		t.Logf("%d of %d deploys of %d locks into one folder succeeded", deployed, deployed, locks)
	}
}
