package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// patient makes the account's lease short, and lets it wait for real.
func (a *account) patient() {
	a.Destination.sleep = nil
	a.Destination.lease = leaseTimes{ttl: time.Second, poll: 50 * time.Millisecond, wait: 20 * time.Second}
}

// leaseDoc reads the lease as it is stored.
func (a account) leaseDoc(t *testing.T) *leaseDoc {
	t.Helper()
	doc, err := parseLease([]byte(a.object(leaseKey)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// ownerDied makes it look as if the owner of the lease had been killed on this machine.
func (a account) ownerDied(t *testing.T) {
	t.Helper()
	if a.object(leaseKey) == "" {
		return
	}
	path := filepath.Join(os.TempDir(), "lamella-"+a.leaseDoc(t).Owner.ID+".lock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(path) })
}

// recorder collects events, which come from several goroutines.
type recorder struct {
	mu     sync.Mutex
	events []event.Event
}

func (r *recorder) sink(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// has reports whether a message of the kind has text in it.
func (r *recorder) has(kind event.Kind, text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Kind == kind && strings.Contains(e.Message, text) {
			return true
		}
	}
	return false
}

var errStop = errors.New("stopped here")

// failing stops working before its nth write, like a process that is killed there.
type failing struct {
	store.Objects
	left *int
}

func (f failing) Put(ctx context.Context, key string, body store.Body) (string, error) {
	if *f.left == 0 {
		return "", errStop
	}
	*f.left--
	return f.Objects.Put(ctx, key, body)
}

// TestCrashes stops before each write of a first deployment, and deploys again.
func TestCrashes(t *testing.T) {
	for writes, before := range []string{"lease", "zip", "intent", "record", "manifest", "release"} {
		t.Run(before, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			d := a.Destination
			d.Objects = failing{d.Objects, &writes}
			if _, err := p.deploy(d); before != "release" && !errors.Is(err, errStop) {
				t.Fatalf("got %v", err)
			}
			a.ownerDied(t)
			then := Unchanged
			if writes := a.Count("PublishLayerVersion"); writes == 0 {
				then = First
			}
			p.mustDeploy(a.Destination, then, 1)
			if n := a.Count("PublishLayerVersion"); n != 1 {
				t.Errorf("published %d times", n)
			}
			a.Reset()
			p.mustDeploy(a.Destination, Unchanged, 1)
			if len(a.Requests()) > 3 || a.object("layer/000001/requirements.txt") != p.lock {
				t.Errorf("not healed: %v", a.Requests())
			}
			p.update() // which needs the lease
			p.mustDeploy(a.Destination, Changed, 2)
			if doc := a.leaseDoc(t); doc.Held || doc.Publishing != nil {
				t.Errorf("the lease is %+v", doc)
			}
		})
	}
}

// TestCrashCompletedByAnother: a version is published, its owner is gone, and
// the next one has another lock: both versions end with their manifests.
func TestCrashCompletedByAnother(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	d, writes := a.Destination, 3 // lease, zip, intent
	d.Objects = failing{d.Objects, &writes}
	if _, err := p.deploy(d); !errors.Is(err, errStop) || a.object("layer/000001/lamella.json") != "" {
		t.Fatalf("got %v", err)
	}
	a.ownerDied(t)
	other := newProject(t)
	other.update()
	var events recorder
	a.Destination.Events = catalogue.Events(events.sink)
	other.mustDeploy(a.Destination, Changed, 2)
	if a.object("layer/000001/requirements.txt") != p.lock || a.object("layer/000002/requirements.txt") != other.lock {
		t.Errorf("manifests: %v", a.Keys("bucket"))
	}
	record, _, err := a.record(t.Context(), 1)
	if err != nil || record.Zip.SHA256 != p.artifact().SHA256 || record.Version != 1 || !strings.HasSuffix(record.ARN, ":1") {
		t.Errorf("record %+v, %v", record, err)
	}
	if !events.has(event.Note, "version 1") {
		t.Errorf("events %+v", events.events)
	}
}

// TestLost: another process took the lease over while this one uploaded. It is
// noticed before anything is published.
func TestLost(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	d := a.Destination
	d.Objects = intruding{d.Objects, func() { a.held(t, nil) }}
	_, err := p.deploy(d)
	if catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), "took over the lease") || len(fault.Hints(err)) == 0 {
		t.Errorf("got %v", err)
	}
	if n := a.Count("PublishLayerVersion"); n != 0 {
		t.Errorf("published %d times", n)
	}
	if owner := a.leaseDoc(t).Owner; owner.Host != "elsewhere" {
		t.Errorf("the lease is that of %s", owner)
	}
}

// intruding lets something happen before the zip is sent.
type intruding struct {
	store.Objects
	before func()
}

func (i intruding) Put(ctx context.Context, key string, body store.Body) (string, error) {
	if strings.HasPrefix(key, "layer/zip/") {
		i.before()
	}
	return i.Objects.Put(ctx, key, body)
}

// TestKept: a lease is renewed while an upload takes longer than it holds.
func TestKept(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.patient()
	d := a.Destination
	d.Objects = intruding{d.Objects, func() {
		begin := a.leaseDoc(t).Renewal
		for a.leaseDoc(t).Renewal < begin+6 { // a quarter of the time it holds each
			time.Sleep(10 * time.Millisecond)
		}
	}}
	p.mustDeploy(d, First, 1)
}

// TestLeaseRemoved: somebody removes the lease by hand while it is held.
func TestLeaseRemoved(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	d := a.Destination
	d.Objects = intruding{d.Objects, func() { a.Delete("bucket", "home/"+leaseKey) }}
	p.mustDeploy(d, First, 1)
	if doc := a.leaseDoc(t); doc.Held {
		t.Errorf("the lease is %+v", doc)
	}
}

// TestReadersTakeNoLease: what changes nothing sends nothing but questions.
func TestReadersTakeNoLease(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	a.held(t, nil) // nobody waits for it
	a.Reset()
	p.mustDeploy(a.Destination, Unchanged, 1)
	if _, err := History(t.Context(), a.Destination, "deps"); err != nil {
		t.Error(err)
	}
	p.update()
	if _, err := Decide(t.Context(), a.Destination, p.want()); err != nil {
		t.Error(err)
	}
	if n := a.Count("PutObject"); n != 0 {
		t.Errorf("%d writes", n)
	}
}

func TestLeaseRefused(t *testing.T) {
	for content, want := range map[string][2]string{
		"{":                              {"the lease of", leaseKey},
		`{"schema": 1}`:                  {"the lease of", leaseKey},
		`{"schema": 9, "layer": "deps"}`: {"schema 9", "upgrade"},
		`{"schema": 1, "layer": "deps", "publishing": {}}`: {"the lease of", leaseKey},
		`{"schema": 1, "layer": "web"}`:                    {"layer web", "{layer}"},
	} {
		a, p := newAccount(t), newProject(t)
		if _, err := a.Objects.Put(t.Context(), leaseKey, storetest.Body([]byte(content))); err != nil {
			t.Fatal(err)
		}
		_, err := p.deploy(a.Destination)
		if catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), want[0]) || !strings.Contains(strings.Join(fault.Hints(err), "\n"), want[1]) {
			t.Errorf("%s: got %v, hints %q", content, err, fault.Hints(err))
		}
		if a.Count("PublishLayerVersion") != 0 {
			t.Errorf("%s: published", content)
		}
	}
}

// TestWithoutConditions: a store that lacks conditional writes is refused.
func TestWithoutConditions(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Inject(fakeaws.Fault{Op: "PutObject", Status: 501, Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented.", Times: 99})
	_, err := p.deploy(a.Destination)
	if catalogue.KindOf(err) != fault.Destination || !strings.Contains(strings.Join(fault.Hints(err), "\n"), "conditional writes") || a.Count("PublishLayerVersion") != 0 {
		t.Errorf("got %v, hints %q", err, fault.Hints(err))
	}
}

func TestExclusively(t *testing.T) {
	a := newAccount(t)
	a.patient()
	var inside, most int
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			err := Exclusively(t.Context(), a.Destination, "deps", func(l *Lease) error {
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				err := l.Confirm(t.Context())
				mu.Lock()
				inside--
				mu.Unlock()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most != 1 {
		t.Errorf("%d at once", most)
	}
}

func FuzzParseLease(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "held": true, "layer": "deps", "owner": {"id": "00"}, "seconds": 60, "publishing": {"after": 1, "record": {"zip": {"sha256": ""}}, "manifest": {"name": "uv.lock", "data": "eA=="}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := parseLease(data)
		if err != nil {
			return
		}
		if ttl := doc.ttl(); ttl < time.Second || ttl > time.Hour {
			t.Errorf("holds for %v", ttl)
		}
		if in := doc.Publishing; in != nil && (in.Record == nil || strings.ContainsAny(in.Manifest.Name, `/\`)) {
			t.Errorf("taken: %+v", in)
		}
		if _, err := doc.encode(); err != nil {
			t.Error(err)
		}
	})
}
