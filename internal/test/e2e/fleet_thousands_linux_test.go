package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// mostFleetMemory is what one process may take, in bytes.
const mostFleetMemory = 300 << 20

// thousands is a fleet of 20,000 places: a hundred layers in ten regions of twenty accounts.
func thousands(t *testing.T) (f *fleet, accounts, regions []string) {
	const layers = 100
	for i := range 20 {
		accounts = append(accounts, fmt.Sprintf("1111000000%02d", i))
	}
	regions = regionsOfLambda[:10]
	config := fmt.Sprintf("runtime = \"python3.13\"\nto = \"s3://layers-{region}/{layer}\"\nfind-links = [\"wheels\"]\nregion = [\"%s\"]\n", strings.Join(regions, `", "`))
	for i := range layers {
		config += fmt.Sprintf("[[layer]]\nname = \"layer-%02d\"\n", i)
	}
	return newFleet(t, accounts, config, layers*len(regions)*len(accounts)), accounts, regions
}

// measured runs lamella within the limit of memory, and returns the requests for each place.
func (f *fleet) measured(args ...string) float64 {
	f.t.Helper()
	_, each, memory := f.run(args...)
	if memory > mostFleetMemory {
		f.t.Errorf("%s: %d MiB of memory, at most %d wanted", args, memory>>20, mostFleetMemory>>20)
	}
	return each
}

// Twenty thousand places in one process.
func TestFleetOfThousands(t *testing.T) {
	testenv.Heavy(t)
	f, accounts, regions := thousands(t)
	pace := f.recordPace(accounts, regions)
	f.measured("ls")
	f.measured("ls", "--shard", "2/4")
	pace.check(t)
}

// Twenty thousand places, of which all but those of one region are published, as by runs
// before: a run that is killed and four shards at once publish the rest, each place once.
// Then there is nothing to do, and little to ask.
func TestFleetOfThousandsDeploys(t *testing.T) {
	testenv.Heavy(t)
	f, accounts, regions := thousands(t)
	f.run("deploy", "--profile", "account0", "--region", regions[0])
	done := f.published(accounts, regions)
	for i, account := range accounts {
		for k, region := range regions[:len(regions)-1] {
			if i+k > 0 {
				f.fake.Spread(f.fake.At(accounts[0], regions[0]), account, region)
			}
		}
	}
	rest := f.all / len(regions)
	if spread := f.published(accounts, regions); done != f.all/len(regions)/len(accounts) || spread != f.all-rest {
		t.Fatalf("%d versions in one account and region, %d in all but one region", done, spread)
	}
	f.fake.Reset()
	pace := f.recordPace(accounts, regions)
	var stderr bytes.Buffer
	killed := f.start(&stderr, "deploy")
	for began := time.Now(); f.published(accounts, regions) < f.all-rest+rest/4; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > 10*time.Minute {
			_ = killed.Process.Kill()
			_ = killed.Wait()
			t.Fatalf("not under way\n%s", &stderr)
		}
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	time.Sleep(time.Second) // the fake may not have read all that was sent
	pace.check(t)
	before, asked, began := f.published(accounts, regions), f.fake.Requests(), time.Now()
	for k, memory := range f.inShards("deploy", 4) {
		t.Logf("deploy --shard %d/4: %d MiB", k+1, memory>>20)
		if memory > mostFleetMemory {
			t.Errorf("shard %d of 4: %d MiB of memory, at most %d wanted", k+1, memory>>20, mostFleetMemory>>20)
		}
	}
	if n := f.published(accounts, regions); n != f.all || before == f.all {
		t.Errorf("%d versions before the kill and %d after it, not %d", before, n-before, f.all)
	}
	pace.check(t)
	t.Logf("four shards published %d of %d places in %.0f s with %d requests", f.all-before, f.all, time.Since(began).Seconds(), f.fake.Requests()-asked)
	pace.reset()
	for _, args := range [][]string{{"deploy"}, {"plan"}, {"status"}} {
		if each := f.measured(args...); each > 3.1 { // and a few for each account and region
			t.Errorf("%s: %.2f requests for each place, at most 3 wanted", args, each)
		}
		if n := f.published(accounts, regions); n != f.all {
			t.Errorf("%s published %d versions", args, n-f.all)
		}
	}
	pace.check(t)
}

// inShards runs n shards of a command at once, and returns the memory that each took.
func (f *fleet) inShards(command string, n int) []int64 {
	f.t.Helper()
	memory, said, failed := make([]int64, n), make([]bytes.Buffer, n), make([]error, n)
	var group sync.WaitGroup
	for k := range n {
		c := exec.Command(binary, command, "--shard", fmt.Sprintf("%d/%d", k+1, n), "-q")
		c.Dir, c.Env, c.Stderr = f.dir, f.env, &said[k]
		group.Go(func() {
			used, err := testenv.Measure(f.t, c)
			memory[k], failed[k] = used.PeakMemory, err
		})
	}
	group.Wait()
	if k := slices.IndexFunc(failed, func(err error) bool { return err != nil }); k >= 0 {
		f.t.Fatalf("shard %d: %v\n%s", k+1, failed[k], &said[k])
	}
	return memory
}
