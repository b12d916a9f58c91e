package publish

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// TestAnswers gives every answer that a service may give besides the right one to
// each call of a deployment, once and from there on. The deployment ends as
// always, or with a clear error and the next one does: with one version of the
// content and its whole state.
func TestAnswers(t *testing.T) {
	for _, scenario := range []struct {
		name   string
		before int64 // versions that are there
		sent   bool  // the zip is there, too, as for lamella publish
		copied bool  // most of the zip is copied from that of the version before
		parts  bool  // the zip is sent while it is built
	}{{name: "first"}, {name: "changed", before: 1}, {name: "publish", before: 1, sent: true}, {name: "copied", before: 1, copied: true}, {name: "parts", parts: true}} {
		t.Run(scenario.name, func(t *testing.T) {
			if scenario.before > 0 || scenario.parts {
				testenv.Heavy(t)
			}
			prepare := func() *cell { return newCell(t, scenario.before, scenario.sent, scenario.copied, scenario.parts) }
			fakeaws.Matrix(t, prepare().calls(t), fakeaws.All(), func() func(string, fakeaws.Fault) string {
				c := prepare()
				return func(name string, f fakeaws.Fault) string { return c.run(t, name, f) }
			})
		})
	}
}

// cell is an account with a layer about to be deployed.
type cell struct {
	account             // whose destination has all the time it may need
	hasty   Destination // with a short lease, which leaves a silent server soon
	p       *project
	before  int64
}

func newCell(t *testing.T, before int64, sent, copied, parts bool) *cell {
	t.Helper()
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	open := func(silence, ttl time.Duration) Destination {
		o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{IdleTimeout: silence, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
		if err != nil {
			t.Fatal(err)
		}
		return Destination{Objects: o, Layers: l, Tool: "lamella test", sleep: shortly, limits: smallParts,
			lease: leaseTimes{ttl: ttl, poll: 100 * time.Millisecond, wait: time.Minute}}
	}
	c := &cell{account{server, open(0, time.Minute)}, open(time.Second, 4*time.Second), newProject(t), before}
	if copied {
		server.MinPart, c.p.content = int(smallParts.Smallest), zipWith(t, 20, 1000)
	}
	if parts {
		server.MinPart, c.p.content, c.p.sending = int(smallParts.Smallest), zipWith(t, 3, 1000), sendAll
	}
	for range before {
		c.p.mustDeploy(c.Destination, First, 1)
		c.p.update()
	}
	if copied {
		c.p.content = zipWith(t, 20, 1000, 9)
	}
	if c.p.sent = sent; sent {
		if _, err := Upload(t.Context(), c.Destination, c.p.artifact(), c.p.want().Manifest); err != nil {
			t.Fatal(err)
		}
	}
	c.Reset()
	return c
}

// shortly sleeps for a tenth of a second at most.
func shortly(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(pause, 100*time.Millisecond)):
		return nil
	}
}

// calls lists the requests of an undisturbed deployment.
func (c *cell) calls(t *testing.T) []string {
	t.Helper()
	if _, err := c.p.deploy(c.Destination); err != nil {
		t.Fatal(err)
	}
	return c.Requests()
}

// run deploys with a fault, then without if that failed, and checks what is there.
func (c *cell) run(t *testing.T, name string, f fakeaws.Fault) (outcome string) {
	outcome = "done"
	c.Inject(f)
	_, err := c.p.deploy(c.hasty)
	c.Reset()
	if err != nil {
		outcome = "again"
		var clear *fault.Error
		if !errors.As(err, &clear) || fault.KindOf(err) != fault.Destination || err.Error() == "" {
			t.Errorf("%s: not a clear error: %v", name, err)
		}
		c.Age("bucket", 2*time.Minute) // by then a lease that was left behind has lapsed
		if _, err := c.p.deploy(c.Destination); err != nil {
			t.Errorf("%s: the next run failed: %v", name, err)
			return "failed"
		}
	}
	version := c.before + 1
	versions, err := c.Layers.Versions(t.Context(), "deps")
	if err != nil || int64(len(versions)) != version {
		t.Errorf("%s: %d versions, want %d, %v", name, len(versions), version, err)
		return "wrong"
	}
	record, _, err := c.record(t.Context(), version)
	if err != nil || record == nil || record.Zip.SHA256 != c.p.artifact().SHA256 || c.object(manifestKey(version, c.p.lockName)) != c.p.lock {
		t.Errorf("%s: the state is not complete: %v, %v", name, c.Keys("bucket"), err)
		return "wrong"
	}
	if c.object(zipKey(record.Zip.SHA256)) != c.p.content {
		t.Errorf("%s: the object is not the zip", name)
	}
	if doc, err := parseLease([]byte(c.object(leaseKey))); err != nil || !doc.Held && doc.Publishing != nil && outcome == "done" {
		t.Errorf("%s: the lease is %+v, %v", name, doc, err)
	}
	c.AgeUploads(UnfinishedAge)
	c.Age("bucket", UnfinishedAge)
	c.removeAbandoned(t.Context())
	for _, key := range c.Keys("bucket") {
		if incomingKeys.MatchString(strings.TrimPrefix(key, "home/")) || c.Uploads() > 0 {
			t.Errorf("%s: %s and %d uploads are left", name, key, c.Uploads())
		}
	}
	c.Reset()
	if r, err := c.p.deploy(c.Destination); err != nil || r.Outcome != Unchanged || len(c.Requests()) > 3 {
		t.Errorf("%s: not unchanged after: %+v, %v, %v", name, r, err, c.Requests())
	}
	return outcome
}
