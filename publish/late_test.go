package publish

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
)

// lag has the listing leave out these versions from now on.
func (a account) lag(lacking ...int64) {
	a.Inject(fakeaws.Fault{Op: "ListLayerVersions", Act: true, Times: 1000, Change: func(_ string, answer *fakeaws.Answer) bool {
		var page struct{ LayerVersions []struct{ Version int64 } }
		var whole struct{ LayerVersions []any }
		if json.Unmarshal(answer.Body, &page) != nil || json.Unmarshal(answer.Body, &whole) != nil {
			return true
		}
		kept := []any{}
		for i, v := range page.LayerVersions {
			if !slices.Contains(lacking, v.Version) {
				kept = append(kept, whole.LayerVersions[i])
			}
		}
		answer.Body, _ = json.Marshal(map[string]any{"LayerVersions": kept})
		return true
	}})
}

// TestListingThatLags: what a listing lacks and has a record is looked up.
func TestListingThatLags(t *testing.T) {
	for name, lacking := range map[string][]int64{"the newest": {3}, "two": {2, 3}, "all": {1, 2, 3}, "a hole": {2}} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			for version := range int64(3) {
				p.mustDeploy(a.Destination, []Outcome{First, Changed, Changed}[version], version+1)
				p.update()
			}
			p.lock, p.packages, p.content = p.lock[:len(p.lock)-len("anyio==4.9.0 --hash=sha256:bb\n")], p.packages[:3], p.content[:len(p.content)-1]
			a.lag(lacking...)
			p.mustDeploy(a.Destination, Unchanged, 3)
			p.update()
			p.mustDeploy(a.Destination, Changed, 4)
			a.lag(append(lacking, 4)...)
			p.mustDeploy(a.Destination, Unchanged, 4)
		})
	}
}

// TestListingWithoutWhatIsDeleted: a version that was deleted by hand left its
// record behind; it is not there, however late the listing is.
func TestListingWithoutWhatIsDeleted(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	if err := a.Layers.Delete(t.Context(), "deps", 1); err != nil {
		t.Fatal(err)
	}
	p.mustDeploy(a.Destination, First, 2)
	a.lag(2)
	p.mustDeploy(a.Destination, Unchanged, 2)
}

// TestListingLagsWithoutRecord: another process published just now, and nothing
// is recorded yet.
func TestListingLagsWithoutRecord(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	if _, err := Upload(t.Context(), a.Destination, p.artifact(), p.want().Manifest); err != nil {
		t.Fatal(err)
	}
	in := p.want().publication(a.Objects.Location(zipKey(p.artifact().SHA256)))
	if _, err := a.Layers.Publish(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	a.lag(2)
	if r, err := p.deploy(a.Destination); err != nil || r.Version != 2 || len(a.Server.Versions("deps")) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestListingLagsWithoutTheRightToList: what lies in the home cannot be listed.
func TestListingLagsWithoutTheRightToList(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Inject(fakeaws.Fault{Op: "ListObjectsV2", Status: 403, Code: "AccessDenied", Times: 1000})
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	a.lag(1)
	p.mustDeploy(a.Destination, Changed, 2)
}
