package versions

import (
	"errors"
	"os"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// A plan is carried out where it was made, whatever other destinations there are.
func TestPlansAreForOneDestination(t *testing.T) {
	_, aws := fake(t)
	for name, both := range map[string][2]publish.Destination{
		"a folder beside AWS":     {aws, folder(t, t.TempDir())},
		"a folder beside another": {folder(t, t.TempDir()), folder(t, t.TempDir())},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range both {
				for _, version := range []string{"3.8", "3.9", "3.10"} {
					deploy(t, d, version)
				}
			}
			prune, share := plans(t, both[0])
			if done, err := prune.Execute(t.Context()); err != nil || len(done.Delete) != 2 {
				t.Errorf("%v, %v", done, err)
			}
			if err := share.Execute(t.Context()); err != nil {
				t.Error(err)
			}
			untouched(t, both[1])
		})
	}
}

// A plan is refused where the destination became another one since, and nothing is
// changed there.
func TestPlansNoticeAnotherDestination(t *testing.T) {
	server, aws := fake(t)
	dir := t.TempDir()
	for name, test := range map[string]struct {
		publish.Destination
		kind   fault.Kind
		become func() (restore func())
	}{
		"another account": {aws, fault.Destination, func() func() {
			account := server.Account
			server.Account = "210987654321"
			return func() { server.Account = account }
		}},
		"an empty folder": {folder(t, dir), fault.Usage, func() func() {
			if err := os.Rename(dir, dir+".old"); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".old", dir)); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []string{"3.8", "3.9", "3.10"} {
				deploy(t, test.Destination, version)
			}
			prune, share := plans(t, test.Destination)
			restore := test.become()
			_, pruneErr := prune.Execute(t.Context())
			shareErr := share.Execute(t.Context())
			restore()
			for _, err := range []error{shareErr, pruneErr} {
				if catalogue.KindOf(err) != test.kind {
					t.Errorf("got %v", err)
				}
			}
			untouched(t, test.Destination)
			if done, err := prune.Execute(t.Context()); err != nil || len(done.Delete) != 2 {
				t.Errorf("where it was made: %v, %v", done, err)
			}
		})
	}
}

// What nobody planned is no plan.
func TestZeroPlans(t *testing.T) {
	_, pruneErr := (&PrunePlan{Delete: []Pruned{{Version: 1}}}).Execute(t.Context())
	shareErr := (&SharePlan{Versions: []ShareVersion{{Grant: []store.Principal{"*"}}}}).Execute(t.Context())
	_, publishErr := (&publish.Plan{Outcome: publish.First}).Execute(t.Context())
	for _, err := range []error{pruneErr, shareErr, publishErr} {
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("got %v", err)
		}
	}
}

// plans plans to delete two of three versions and to share all of them.
func plans(t *testing.T, d publish.Destination) (*PrunePlan, *SharePlan) {
	t.Helper()
	prune, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
	if err != nil || len(prune.Delete) != 2 {
		t.Fatal(err, prune)
	}
	share, err := PlanShare(t.Context(), d, layer, []store.Principal{"111122223333"}, false)
	if err != nil {
		t.Fatal(err)
	}
	return prune, share
}

func untouched(t *testing.T, d publish.Destination) {
	t.Helper()
	versions, err := d.Layers.Versions(t.Context(), layer)
	if err != nil || len(versions) != 3 {
		t.Errorf("%d versions are left, %v", len(versions), err)
	}
	for _, v := range versions {
		if grants, err := d.Layers.Grants(t.Context(), layer, v.Version); len(grants) > 0 || err != nil {
			t.Errorf("version %d is shared: %v, %v", v.Version, grants, err)
		}
	}
}
