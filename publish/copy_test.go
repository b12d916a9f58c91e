package publish

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// siblings returns destinations of one account, each with a bucket of its own,
// and a list of what they said.
func siblings(t *testing.T, n int) (*fakeaws.Server, []Destination, func() string) {
	t.Helper()
	var buckets []string
	for i := range n {
		buckets = append(buckets, fmt.Sprintf("bucket-%d", i))
	}
	server := fakeaws.New(t, buckets...)
	server.Use(t)
	var mu sync.Mutex
	var said strings.Builder
	relay := new(ZipCopies)
	var all []Destination
	for _, bucket := range buckets {
		o, l, err := aws.New(t.Context(), store.Prefix{Bucket: bucket, Path: "a home"}, aws.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Destination{Objects: o, Layers: l, Copies: relay, Events: func(e event.Event) {
			mu.Lock()
			defer mu.Unlock()
			said.WriteString(e.Message + "\n")
		}})
	}
	return server, all, func() string { mu.Lock(); defer mu.Unlock(); return said.String() }
}

// upload sends to all at once.
func upload(t *testing.T, destinations []Destination, a Artifact) []error {
	t.Helper()
	errs := make([]error, len(destinations))
	var group sync.WaitGroup
	for i, d := range destinations {
		group.Go(func() { _, errs[i] = Upload(t.Context(), d, a, Manifest{"requirements.txt", nil}) })
	}
	group.Wait()
	return errs
}

func TestRelay(t *testing.T) {
	const n = 5
	a := newProject(t).artifact()
	key := "a home/" + zipKey(a.SHA256)
	for _, test := range []struct {
		name         string
		faults       []fakeaws.Fault
		there        bool // the zip is in the last bucket before
		sent, copied int
		failed       int
		said         string
	}{
		{name: "one is sent, the others are copied", sent: 1, copied: n - 1},
		{name: "none is sent if one is there", there: true, copied: n - 1},
		{name: "what cannot be copied is sent", sent: n, copied: n - 1, said: "s3://bucket-",
			faults: []fakeaws.Fault{{Op: "CopyObject", Times: 100, Status: 403, Code: "AccessDenied"}}},
		{name: "a copy whose answer was lost is found", sent: 1, copied: n,
			faults: []fakeaws.Fault{{Op: "CopyObject", Act: true, Drop: true}}},
		{name: "one that fails stops no other", sent: n, failed: 1,
			faults: []fakeaws.Fault{{Op: "PutObject", Status: 403, Code: "AccessDenied"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, destinations, said := siblings(t, n)
			if test.there {
				if err := errors.Join(upload(t, destinations[n-1:], a)...); err != nil {
					t.Fatal(err)
				}
				destinations[0].Copies.zips = nil
				server.Reset()
				if err := errors.Join(upload(t, destinations[n-1:], a)...); err != nil { // finds it
					t.Fatal(err)
				}
				destinations = destinations[:n-1]
				server.Reset()
			}
			server.Inject(test.faults...)
			failed := 0
			for i, err := range upload(t, destinations, a) {
				if err != nil {
					failed++
				} else if got := server.Object(fmt.Sprintf("bucket-%d", i), key); string(got) != "zip 1" {
					t.Errorf("bucket %d: %q", i, got)
				}
			}
			if sent, copied := server.Count("PutObject"), server.Count("CopyObject"); sent != test.sent || copied != test.copied || failed != test.failed {
				t.Errorf("%d sent, %d copied, %d failed, want %d, %d, %d", sent, copied, failed, test.sent, test.copied, test.failed)
			}
			if !strings.Contains(said(), test.said) {
				t.Errorf("said %q", said())
			}
		})
	}
}
