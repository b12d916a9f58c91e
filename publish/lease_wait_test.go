package publish

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/storetest"
)

// TestManyAtOnce: of several processes with one new lock, one publishes; the others
// wait, say so, and find nothing left to do.
func TestManyAtOnce(t *testing.T) {
	a := newAccount(t)
	a.patient()
	a.Destination.lease.ttl = time.Minute
	const many = 8
	var waiting atomic.Int32
	allWait := make(chan struct{})
	a.Destination.Events = catalogue.Events(func(e event.Event) {
		if e.Kind == event.Note && strings.Contains(e.Message, "is publishing layer") && waiting.Add(1) == many-1 {
			close(allWait)
		}
	})
	a.Before = func(op string) {
		if op != "PublishLayerVersion" {
			return
		}
		select {
		case <-allWait:
		case <-time.After(30 * time.Second):
			t.Errorf("%d say that they wait", waiting.Load())
		}
	}
	results, errs := make([]*Result, many), make([]error, many)
	var group sync.WaitGroup
	for i := range many {
		p := newProject(t)
		group.Go(func() { results[i], errs[i] = p.deploy(a.Destination) })
	}
	group.Wait()
	published := 0
	for i, r := range results {
		switch {
		case errs[i] != nil:
			t.Error(errs[i])
		case r.Version != 1:
			t.Errorf("%+v", r)
		case r.Published:
			published++
		case r.Outcome != Unchanged:
			t.Errorf("%+v", r)
		}
	}
	if published != 1 || a.Count("PublishLayerVersion") != 1 {
		t.Errorf("%d published, %d sent", published, a.Count("PublishLayerVersion"))
	}
}

// TestLocksAtOnce: with several locks at once there is one version of each.
func TestLocksAtOnce(t *testing.T) {
	a := newAccount(t)
	a.patient()
	var group sync.WaitGroup
	for i := range 8 {
		p := newProject(t)
		for range i % 3 {
			p.update()
		}
		group.Go(func() {
			if _, err := p.deploy(a.Destination); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	versions, err := a.Layers.Versions(t.Context(), "deps")
	if err != nil || len(versions) > 3 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	for _, listed := range versions {
		v, err := a.Layers.Version(t.Context(), "deps", listed.Version)
		if err != nil || seen[v.CodeSHA256] {
			t.Errorf("version %d: %v, content seen before: %v", v.Version, err, seen[v.CodeSHA256])
		}
		seen[v.CodeSHA256] = true
	}
}

// held puts the lease of another process into the store.
func (a account) held(t *testing.T, change func(*leaseDoc)) *leaseDoc {
	t.Helper()
	doc := &leaseDoc{Schema: 1, Held: true, Layer: "deps", Seconds: 1, Owner: owner{ID: "00112233445566778899aabbccddeeff", Host: "elsewhere", PID: 7, Tool: "lamella test"}}
	if change != nil {
		change(doc)
	}
	data, err := doc.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Objects.Put(t.Context(), leaseKey, storetest.Body(data)); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestLapsed: the owner is on another machine and gone. Its lease is taken over
// when it was seen unchanged for as long as it holds, whatever its clock says.
func TestLapsed(t *testing.T) {
	for name, until := range map[string]time.Time{"clock ahead": time.Now().Add(24 * time.Hour), "clock behind": time.Now().Add(-24 * time.Hour)} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			a.patient()
			a.held(t, func(doc *leaseDoc) { doc.Until = until })
			begin := time.Now()
			p.mustDeploy(a.Destination, First, 1)
			if took := time.Since(begin); took < time.Second || took > 30*time.Second {
				t.Errorf("taken over after %v", took)
			}
		})
	}
}

// TestLapsedLongAgo: by the store's own clock the lease is old; nobody waits.
func TestLapsedLongAgo(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.patient()
	a.held(t, func(doc *leaseDoc) { doc.Seconds = 60 })
	a.Age("bucket", time.Hour)
	begin := time.Now()
	p.mustDeploy(a.Destination, First, 1)
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("taken over after %v", took)
	}
}

// TestRenewed: a lease that is renewed is not taken, though its time by the clock
// of this machine is over.
func TestRenewed(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.patient()
	a.Destination.lease.wait = 2 * time.Second
	doc := a.held(t, nil)
	ended := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
			}
			doc.Renewal++
			data, _ := doc.encode()
			if _, err := a.Objects.Put(t.Context(), leaseKey, storetest.Body(data)); err != nil {
				t.Error(err)
			}
		}
	})
	_, err := p.deploy(a.Destination)
	close(ended)
	group.Wait()
	if catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), "process 7 on elsewhere") || len(fault.Hints(err)) == 0 || a.Count("PublishLayerVersion") != 0 {
		t.Errorf("got %v", err)
	}
}
