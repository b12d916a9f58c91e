package versions

import (
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// A plan is refused at every destination but the one it was made for, and nothing
// is changed there.
func TestPlansAreForOneDestination(t *testing.T) {
	server, aws := fake(t)
	other, foreign := fake(t) // the same bucket and prefix, another account
	other.Account = "210987654321"
	dir := t.TempDir()
	for name, test := range map[string]struct {
		a, b    publish.Destination
		refused bool
	}{
		"another account":              {aws, foreign, true},
		"another folder":               {folder(t, t.TempDir()), folder(t, t.TempDir()), true},
		"a bucket in place of AWS":     {folder(t, t.TempDir()), foreign, true},
		"the same folder, opened anew": {folder(t, dir), folder(t, dir), false},
	} {
		t.Run(name, func(t *testing.T) {
			server.Use(t)
			both := []publish.Destination{test.a, test.b}
			if !test.refused {
				both = both[:1]
			}
			for _, d := range both {
				if versions, err := d.Layers.Versions(t.Context(), layer); err != nil {
					t.Fatal(err)
				} else if len(versions) > 0 {
					continue
				}
				for _, version := range []string{"3.8", "3.9", "3.10"} {
					deploy(t, d, version)
				}
			}
			prune, err := PlanPrune(t.Context(), test.a, layer, PruneOptions{Keep: 1})
			if err != nil || len(prune.Delete) != 2 {
				t.Fatal(err, prune)
			}
			share, err := PlanShare(t.Context(), test.a, layer, []store.Principal{"111122223333"}, false)
			if err != nil {
				t.Fatal(err)
			}
			shareErr := Share(t.Context(), test.b, share)
			_, pruneErr := Prune(t.Context(), test.b, prune)
			for _, err := range []error{shareErr, pruneErr} {
				if refused := fault.KindOf(err) == fault.Usage; err != nil && !refused || refused != test.refused {
					t.Errorf("got %v", err)
				}
			}
			if !test.refused {
				return
			}
			versions, err := test.b.Layers.Versions(t.Context(), layer)
			if err != nil || len(versions) != 3 {
				t.Errorf("%d versions are left, %v", len(versions), err)
			}
			for _, v := range versions {
				if grants, err := test.b.Layers.Grants(t.Context(), layer, v.Version); len(grants) > 0 {
					t.Errorf("version %d is shared: %v, %v", v.Version, grants, err)
				}
			}
			if done, err := Prune(t.Context(), test.a, prune); err != nil || len(done.Delete) != 2 {
				t.Errorf("where it was made: %v, %v", done, err)
			}
		})
	}
}
