package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// pace is when Lambda got requests, by account and region.
type pace struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

// recordPace records the requests to Lambda from now on.
func (f *fleet) recordPace(accounts, regions []string) *pace {
	p := &pace{seen: map[string][]time.Time{}}
	for _, account := range accounts {
		for _, region := range regions {
			f.fake.At(account, region).Seen = func(_ string, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/2015-03-31/") || strings.HasPrefix(r.URL.Path, "/2018-10-31/") {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.seen[account+" "+region] = append(p.seen[account+" "+region], time.Now())
				}
			}
		}
	}
	return p
}

// reset forgets what was recorded.
func (p *pace) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.seen)
}

// check demands that no account and region got more than 10 requests at once and 10 in
// each second, of the 15 in a second that Lambda accepts.
func (p *pace) check(t *testing.T) {
	t.Helper()
	const atOnce, perSecond, slack = 10, 10, 3 // requests that a busy machine sends or receives late
	most := 0
	for place, seen := range p.seen {
		slices.SortFunc(seen, time.Time.Compare)
		for i := range seen {
			for _, seconds := range []int{1, 5} {
				end, _ := slices.BinarySearchFunc(seen, seen[i].Add(time.Duration(seconds)*time.Second), time.Time.Compare)
				if seconds == 1 {
					most = max(most, end-i)
				}
				if end-i > atOnce+seconds*perSecond+slack {
					t.Fatalf("%s got %d requests in %d s", place, end-i, seconds)
				}
			}
		}
	}
	t.Logf("at most %d requests in a second to one of %d accounts and regions", most, len(p.seen))
}

// partsFleet has 48 places: eight layers in two regions of three accounts.
func partsFleet(t *testing.T) (f *fleet, accounts, regions []string) {
	accounts, regions = []string{"111122223333", "444455556666", "777788889999"}, regionsOfLambda[:2]
	config := fmt.Sprintf("runtime = \"python3.13\"\nto = \"s3://layers-{region}/{layer}\"\nfind-links = [\"wheels\"]\nregion = [\"%s\"]\n", strings.Join(regions, `", "`))
	for i := range 8 {
		config += fmt.Sprintf("[[layer]]\nname = \"layer-%d\"\n", i)
	}
	return newFleet(t, accounts, config, 48), accounts, regions
}

// published counts the versions of all layers.
func (f *fleet) published(accounts, regions []string) (n int) {
	for _, account := range accounts {
		for _, region := range regions {
			n += f.fake.At(account, region).Published()
		}
	}
	return n
}

// start starts lamella in the fleet's project.
func (f *fleet) start(stderr *bytes.Buffer, args ...string) *exec.Cmd {
	f.t.Helper()
	command := exec.Command(binary, append(args, "-q")...)
	command.Dir, command.Env, command.Stderr = f.dir, f.env, stderr
	if err := command.Start(); err != nil {
		f.t.Fatal(err)
	}
	return command
}

// Four shards at once do together exactly what one run does.
func TestFleetInShards(t *testing.T) {
	testenv.Heavy(t)
	f, accounts, regions := partsFleet(t)
	pace := f.recordPace(accounts, regions)
	var shards []*exec.Cmd
	said := make([]bytes.Buffer, 4)
	for k := range said {
		shards = append(shards, f.start(&said[k], "deploy", "--shard", fmt.Sprintf("%d/4", k+1)))
	}
	for k, shard := range shards {
		if err := shard.Wait(); err != nil {
			t.Errorf("shard %d: %v\n%s", k+1, err, &said[k])
		}
	}
	if n := f.published(accounts, regions); n != f.all {
		t.Errorf("%d versions, not %d", n, f.all)
	}
	pace.check(t)
	f.run("status") // fails if any is not current
	f.run("deploy")
	if n := f.published(accounts, regions); n != f.all {
		t.Errorf("a whole run publishes %d more versions", n-f.all)
	}
}

// A run that is killed is completed by the same command, which publishes only what is left.
func TestFleetKilledAndResumed(t *testing.T) {
	testenv.Heavy(t)
	for _, after := range []int{1, 12, 40} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			f, accounts, regions := partsFleet(t)
			var stderr bytes.Buffer
			killed := f.start(&stderr, "deploy")
			for began := time.Now(); f.published(accounts, regions) < after; time.Sleep(time.Millisecond) {
				if time.Since(began) > 2*time.Minute {
					_ = killed.Process.Kill()
					_ = killed.Wait()
					t.Fatalf("not under way\n%s", &stderr)
				}
			}
			_ = killed.Process.Kill()
			_ = killed.Wait()
			f.run("deploy")
			if n := f.published(accounts, regions); n != f.all {
				t.Errorf("%d versions, not %d", n, f.all)
			}
			f.run("status")
		})
	}
}
