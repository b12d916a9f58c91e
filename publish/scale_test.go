package publish

import (
	"slices"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// However many versions a layer has, a run costs the same requests plus the pages
// of the listing.
func TestManyVersions(t *testing.T) {
	const old, page = 2000, 50 // what Lambda lists at a time
	a := newAccount(t)
	p := newProject(t)
	p.mustDeploy(a.Destination, First, 1)

	// requests of a run that changes nothing, of one that publishes, and how often
	// the versions are listed meanwhile.
	measure := func(versions int64) (others [2][]string, listings [2]int) {
		for i, change := range []bool{false, true} {
			if change {
				p.update()
			}
			a.Reset()
			r, err := p.deploy(a.Destination)
			if err != nil || r.Published != change {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, request := range a.Requests() {
				if request != "ListLayerVersions" {
					others[i] = append(others[i], request)
				}
			}
			pages := int(versions+page) / page // an empty last one is asked for, too, if the versions fill the others
			if versions%page == 0 {
				pages = int(versions) / page
			}
			listings[i] = a.Count("ListLayerVersions") / pages
			if a.Count("ListLayerVersions")%pages != 0 {
				t.Errorf("%d versions are %d pages, %d were asked for", versions, pages, a.Count("ListLayerVersions"))
			}
		}
		return others, listings
	}
	few, fewListings := measure(1)

	for v := int64(3); v <= old; v++ {
		if _, err := a.Layers.Publish(t.Context(), store.Publication{Name: "deps", Content: a.Objects.Location("layer/zip/" + p.artifact().SHA256 + ".zip")}); err != nil {
			t.Fatal(err)
		}
	}
	p.force = true // a version with a record and a manifest again
	if _, err := p.deploy(a.Destination); err != nil {
		t.Fatal(err)
	}
	p.force = false
	many, manyListings := measure(old + 1)
	for i, what := range []string{"unchanged", "published"} {
		if !slices.Equal(few[i], many[i]) || fewListings[i] != manyListings[i] {
			t.Errorf("%s: %d listings and %v with 1 version, %d listings and %v with %d", what, fewListings[i], few[i], manyListings[i], many[i], old+1)
		}
	}
	if fewListings[0] != 1 || len(few[0]) > 2 {
		t.Errorf("unchanged: %d listings and %v", fewListings[0], few[0])
	}
	t.Logf("%d versions: unchanged %d pages and %d requests, published %d listings and %d requests", old+1, (old+page)/page, len(many[0]), manyListings[1], len(many[1]))
}
