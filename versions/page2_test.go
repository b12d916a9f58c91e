package versions

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// TestPruneSilencedOnPage2: when the second page of a list says nothing, the list is not
// taken for complete: neither a plan nor its execution deletes anything. The function that
// uses version 1 is on the second page.
func TestPruneSilencedOnPage2(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	original, d := fake(t)
	deployMany(t, d, 3)
	v, err := d.Layers.Version(t.Context(), layer, 1)
	if err != nil {
		t.Fatal(err)
	}
	use := fakeaws.Function{Layers: map[string][]string{"$LATEST": {v.ARN}}}
	original.SetFunction("another", fakeaws.Function{Layers: map[string][]string{"$LATEST": nil}})
	original.PageSize = 1

	by := map[string]func(*testing.T, *fakeaws.Server, publish.Destination, func()) error{
		"plan": func(t *testing.T, s *fakeaws.Server, d publish.Destination, silence func()) error {
			s.SetFunction("web", use)
			silence()
			_, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
			return err
		},
		"execute": func(t *testing.T, s *fakeaws.Server, d publish.Destination, silence func()) error {
			plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
			if err != nil || len(plan.Delete) != 2 {
				t.Fatalf("%+v, %v", plan, err)
			}
			s.SetFunction("web", use)
			silence()
			_, err = plan.Execute(t.Context())
			return err
		},
	}
	tried := 0
	for _, op := range []string{"ListFunctions", "ListLayerVersions", "ListObjectsV2"} {
		for _, silence := range fakeaws.Silences {
			common := slices.Contains([]string{"200 empty", "{}", "204", "null", "html"}, silence.Name)
			if !common && !testenv.All() || !silence.Concerns(op) || silence.Name == "other account" { // which is about all pages
				continue
			}
			for name, run := range by {
				server, stop := original.Clone()
				d := destinationOf(t, server)
				err := run(t, server, d, func() {
					f := silence.Fault
					f.Op, f.Skip, f.Times = op, 1, 1000
					server.Reset()
					server.Inject(f)
				})
				tried++
				if !errors.Is(err, store.ErrIncomplete) || fault.KindOf(err) != fault.Destination {
					t.Errorf("%s, %s answers %s on page 2: %v", name, op, silence.Name, err)
				}
				if n := server.Count(op); n < 2 {
					t.Errorf("%s: %s was asked for %d pages", name, op, n)
				}
				if left := server.Versions(layer); !slices.Equal(left, []int64{1, 2, 3}) || !slices.Equal(stored(server), stored(original)) {
					t.Errorf("%s, %s answers %s on page 2: left %v and %q", name, op, silence.Name, left, stored(server))
				}
				stop()
			}
		}
	}
	t.Logf("%d silent second pages", tried)
}

// destinationOf returns a destination in the account of server.
func destinationOf(t *testing.T, server *fakeaws.Server) publish.Destination {
	t.Helper()
	server.Use(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	o, l, err := aws.New(context.Background(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{Sleep: noSleep})
	if err != nil {
		t.Fatal(err)
	}
	return publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
}

// stored are the keys of all objects but the lease.
func stored(server *fakeaws.Server) []string {
	return slices.DeleteFunc(server.Keys("bucket"), func(key string) bool { return key == "home/layer/lease" })
}
