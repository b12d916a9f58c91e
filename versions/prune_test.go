package versions

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
)

// Where it cannot be seen what is in use, nothing is deleted.
func TestPruneRefusesWhereItMayNotLook(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	for _, op := range []string{"ListFunctions", "GetLayerVersionPolicy", "ListLayerVersions", "ListObjectsV2"} {
		server.Reset()
		server.Inject(fakeaws.Fault{Op: op, Times: 9, Status: 403, Code: "AccessDeniedException", Message: "no"})
		_, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
		if catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
			t.Errorf("%s: %v %q", op, err, fault.Hints(err))
		}
	}
	// It is asked again before each version goes.
	server.Reset()
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
	if err != nil || len(plan.Delete) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	server.Inject(fakeaws.Fault{Op: "ListFunctions", Skip: 1, Times: 9, Status: 403, Code: "AccessDeniedException", Message: "no"})
	done, err := plan.Execute(t.Context())
	if catalogue.KindOf(err) == fault.Other || len(done.Delete) != 1 || !slices.Equal(server.Versions(layer), []int64{2, 3}) {
		t.Errorf("%+v, %v; left %v", done, err, server.Versions(layer))
	}
}

func TestPruneOptions(t *testing.T) {
	_, d := fake(t)
	for _, o := range []PruneOptions{{}, {Keep: -1}, {OlderThan: -time.Hour}} {
		if _, err := PlanPrune(t.Context(), d, layer, o); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if p, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1}); err != nil || len(p.Delete)+len(p.Objects) != 0 {
		t.Errorf("no version: %+v, %v", p, err)
	}
}

// What lies in the home and is not known to be garbage stays.
func TestPruneLeavesWhatItDoesNotKnow(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	server.Delete("bucket", "home/layer/000001/lamella.json") // as if another tool had published it
	kept := []string{"layer/layer.zip", "layer/zip/readme.txt", "layer/000002/notes.txt", "layer/000009/uv.lock", "other/thing"}
	for _, key := range kept {
		if _, err := d.Objects.Put(t.Context(), key, testBody(key)); err != nil {
			t.Fatal(err)
		}
	}
	young := publish.ZipKey(sha256Hex("about to be published"))
	server.Age("bucket", 25*time.Hour)
	if _, err := d.Objects.Put(t.Context(), young, testBody("about to be published")); err != nil {
		t.Fatal(err)
	}
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	done, err := plan.Execute(t.Context())
	if err != nil || len(done.Delete) != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	catalogue.Sentences("note: ", plan.Notes...)
	if len(plan.Notes) != 1 || !strings.Contains(plan.Notes[0], "version 1 ") {
		t.Errorf("notes %q", plan.Notes)
	}
	want := append(kept, young, "layer/lease", "layer/000001/requirements.txt", "layer/000003/requirements.txt", "layer/000003/lamella.json", publish.ZipKey(sha256Hex(content("1.3"))))
	slices.Sort(want)
	var got []string
	for _, key := range server.Keys("bucket") {
		got = append(got, strings.TrimPrefix(key, "home/"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
	// All is done: the same again finds nothing.
	if plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1}); err != nil || len(plan.Delete)+len(plan.Objects) != 0 {
		t.Errorf("again: %+v, %v", plan, err)
	}
}

// A version that was deleted by hand leaves a record, which goes; one that would
// be younger than the latest may be about to appear, and stays.
func TestPruneCollectsAfterOthers(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	for _, n := range []int64{1, 3} {
		if err := d.Layers.Delete(t.Context(), layer, n); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 5})
	if err != nil || len(plan.Delete) != 0 || len(plan.Objects) != 1 || plan.Objects[0].Key != "layer/000001/lamella.json" {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, err := plan.Execute(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.Object("bucket", "home/layer/000001/requirements.txt") != nil || server.Object("bucket", "home/layer/000003/lamella.json") == nil {
		t.Errorf("left %q", server.Keys("bucket"))
	}
}

// A home with the state of another layer is not touched.
func TestPruneRefusesASharedHome(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	record := strings.ReplaceAll(string(server.Object("bucket", "home/layer/000001/lamella.json")), `"layer": "deps"`, `"layer": "web"`)
	record = strings.ReplaceAll(record, ":layer:deps:", ":layer:web:")
	if err := d.Objects.Delete(t.Context(), "layer/000001/lamella.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Objects.Put(t.Context(), "layer/000001/lamella.json", testBody(record)); err != nil {
		t.Fatal(err)
	}
	if _, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1}); catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
		t.Errorf("got %v", err)
	}
}

// The latest version when it comes to deleting is not the latest of the plan.
func TestPruneKeepsTheLatestOfTheMoment(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Layers.Delete(t.Context(), layer, 3); err != nil {
		t.Fatal(err)
	}
	done, err := plan.Execute(t.Context())
	catalogue.Sentences("note: ", done.Notes...)
	if err != nil || len(done.Notes) != 1 || !slices.Equal(server.Versions(layer), []int64{2}) {
		t.Errorf("%+v, %v; left %v", done, err, server.Versions(layer))
	}
}

// The parts of uploads that were abandoned go, those of one that may be under way stay.
func TestPruneAbandonedUploads(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	large := testBody(strings.Repeat("x", 17<<20))
	large.Multipart = true
	begin := func() {
		server.Inject(fakeaws.Fault{Op: "UploadPart", Times: 9, Status: 403, Code: "AccessDenied"}, fakeaws.Fault{Op: "AbortMultipartUpload", Status: 403, Code: "AccessDenied"})
		if _, err := d.Objects.Put(t.Context(), "layer/zip/"+strings.Repeat("a", 64)+".zip", large); err == nil {
			t.Fatal("it was stored")
		}
		server.Reset()
	}
	begin()
	server.AgeUploads(2 * publish.UnfinishedAge)
	begin()
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 5})
	if err != nil || len(plan.Objects) != 1 || server.Uploads() != 2 {
		t.Fatalf("%+v, %v, %d uploads", plan, err, server.Uploads())
	}
	if done, err := plan.Execute(t.Context()); err != nil || len(done.Objects) != 1 || server.Uploads() != 1 {
		t.Errorf("%+v, %v, %d uploads are left", done, err, server.Uploads())
	}
	server.Inject(fakeaws.Fault{Op: "ListMultipartUploads", Times: 9, Status: 403, Code: "AccessDenied"})
	if plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1}); err != nil || len(plan.Delete) != 1 || len(plan.Notes) != 1 {
		t.Errorf("without the right to look: %+v, %v", plan, err)
	}
}

// TestPruneIncoming: the temporary object of an interrupted upload is deleted when it is an
// hour old.
func TestPruneIncoming(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	key := "layer/zip/incoming-aaaaaaaaaaaaaaaa.zip"
	if _, err := d.Objects.Put(t.Context(), key, testBody("half of a zip")); err != nil {
		t.Fatal(err)
	}
	for _, age := range []time.Duration{0, publish.UnfinishedAge} {
		plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 5, Now: time.Now().Add(age)})
		if err != nil || len(plan.Objects) != int(age/publish.UnfinishedAge) {
			t.Fatalf("after %s: %+v, %v", age, plan, err)
		}
		if _, err := plan.Execute(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Contains(server.Keys("bucket"), "home/"+key) || len(server.Keys("bucket")) == 0 {
		t.Errorf("left: %q", server.Keys("bucket"))
	}
}
