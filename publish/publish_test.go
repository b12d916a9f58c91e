package publish

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/store/local"
)

func TestNoOpIsCheap(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	first := p.mustDeploy(a.Destination, First, 1)
	if !first.Published || p.built != 1 || p.resolved != 1 {
		t.Errorf("%+v, built %d, resolved %d", first, p.built, p.resolved)
	}
	a.Reset()
	again := p.mustDeploy(a.Destination, Unchanged, 1)
	if again.Published || again.ARN != first.ARN || p.built != 0 || p.resolved != 0 {
		t.Errorf("%+v, built %d, resolved %d", again, p.built, p.resolved)
	}
	if requests := a.Requests(); len(requests) > 3 {
		t.Errorf("unchanged took %v", requests)
	}
}

func TestStateOnS3(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.lock = "idna==3.10 \\\r\n  --hash=sha256:aa\r\n" // not a byte may change
	p.mustDeploy(a.Destination, First, 1)

	zip := p.artifact()
	want := []string{"home/layer/000001/lamella.json", "home/layer/000001/requirements.txt", "home/layer/lease", "home/layer/zip/" + zip.SHA256 + ".zip"}
	if keys := a.Keys("bucket"); !slices.Equal(keys, want) {
		t.Errorf("keys %v", keys)
	}
	data, object, err := a.Objects.Get(t.Context(), "layer/000001/requirements.txt")
	m := p.want().Manifest
	if err != nil || string(data) != p.lock || object.ContentType != "text/plain" || object.ETag != m.MD5() {
		t.Errorf("manifest %q, %+v, %v", data, object, err)
	}
	head, err := a.Objects.Head(t.Context(), zipKey(zip.SHA256))
	if err != nil || head.Metadata["manifest_md5"] != m.MD5() || head.Metadata["sha256"] != zip.SHA256 || head.Metadata["inputs"] != string(zip.Inputs) || head.ContentType != "application/zip" {
		t.Errorf("zip %+v, %v", head, err)
	}
	record, err := parseRecord([]byte(a.object("layer/000001/lamella.json")))
	if err != nil {
		t.Fatal(err)
	}
	if record.Layer != "deps" || record.Version != 1 || record.Target != p.target || record.Zip.SHA256 != zip.SHA256 ||
		record.Zip.Size != zip.Size || record.Zip.Entries != 3 || record.Inputs != p.inputs() || record.Tool != "lamella test" ||
		record.Manifest != m.recorded() || !slices.Equal(record.Packages, p.packages) || record.Created.IsZero() {
		t.Errorf("record %+v", record)
	}
}

func TestLockChangedOnly(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	stored := a.object("layer/000001/requirements.txt")

	p.lock += "# a comment\n"
	r := p.mustDeploy(a.Destination, LockChanged, 1)
	if !strings.Contains(r.Reason, "requirements.txt") || p.built != 0 || p.resolved != 1 {
		t.Errorf("%q, built %d, resolved %d", r.Reason, p.built, p.resolved)
	}
	if a.object("layer/000001/requirements.txt") != stored {
		t.Error("the manifest of a published version was changed")
	}
	// The second time it is known.
	a.Reset()
	p.mustDeploy(a.Destination, LockChanged, 1)
	if p.built != 0 || p.resolved != 0 || len(a.Requests()) > 3 {
		t.Errorf("built %d, resolved %d, requests %v", p.built, p.resolved, a.Requests())
	}
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
}

func TestChanged(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	p.packages[0].Version, p.packages[0].Hash = "3.11", "sha256:cc"
	r := p.mustDeploy(a.Destination, Changed, 2)
	var changes []string
	for _, c := range r.Changes {
		changes = append(changes, string(c.Kind)+" "+c.Name)
	}
	if !slices.Equal(changes, []string{"added anyio", "updated idna"}) {
		t.Errorf("changes %v", changes)
	}
	p.mustDeploy(a.Destination, Unchanged, 2)

	// Back to the first lock: the newest version has to have it again.
	back := newProject(t)
	back.mustDeploy(a.Destination, Changed, 3)
	if a.Count("PutObject") != 2+3*2+3*3 { // the first zip is not sent again
		t.Errorf("requests %v", a.Requests())
	}
}

func TestContentEqualInputsNot(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.packages[0].Hash = "sha256:dd" // another wheel, the same files
	p.lock = strings.ReplaceAll(p.lock, "aa", "dd")
	r := p.mustDeploy(a.Destination, Repaired, 1)
	if p.built != 1 || a.Count("PublishLayerVersion") != 1 {
		t.Errorf("%+v, built %d", r, p.built)
	}
	p.mustDeploy(a.Destination, LockChanged, 1)
	if p.built != 0 {
		t.Error("built again what is known by now")
	}
}

func TestOtherTarget(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)

	p.target = "python3.13/arm64" // the same content, as of pure Python
	p.mustDeploy(a.Destination, Repaired, 1)
	p.mustDeploy(a.Destination, Unchanged, 1)
	if p.built != 0 {
		t.Error("built again what is known by now")
	}

	p.content = "zip for arm"
	p.exclude = []string{"**/tests/**"}
	r := p.mustDeploy(a.Destination, Changed, 2)
	if !strings.Contains(r.Reason, "python3.13/arm64") {
		t.Errorf("reason %q", r.Reason)
	}
	p.exclude, p.content = nil, "all of it"
	if r = p.mustDeploy(a.Destination, Changed, 3); !strings.Contains(r.Reason, "removed **/tests/** from \"exclude\"") {
		t.Errorf("reason %q", r.Reason)
	}
}

func TestForce(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.force = true
	if r := p.mustDeploy(a.Destination, Forced, 2); !r.Published {
		t.Errorf("%+v", r)
	}
}

func TestDetectManifest(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.detect = DetectManifest
	p.mustDeploy(a.Destination, First, 1)
	p.target = "python3.9/arm64"
	p.mustDeploy(a.Destination, Unchanged, 1)
	p.lock += "# a comment\n"
	if r := p.mustDeploy(a.Destination, Changed, 2); !r.Published { // even though the content is the same
		t.Errorf("%+v", r)
	}
	a.Delete("bucket", "home/layer/000002/requirements.txt")
	p.mustDeploy(a.Destination, Repaired, 2) // which a run left behind that was interrupted
}

// TestAfterAnotherTool is the state that the Python package leaves: a manifest,
// layer.zip, no record.
func TestAfterAnotherTool(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	a.Delete("bucket", "home/layer/000001/lamella.json")

	a.Reset()
	r := p.mustDeploy(a.Destination, Unchanged, 1)
	if !strings.Contains(r.Reason, "another tool") || p.built != 0 || len(a.Requests()) > 3 {
		t.Errorf("%q, built %d, requests %v", r.Reason, p.built, a.Requests())
	}
	p.lock = strings.ReplaceAll(p.lock, "\n", "\r\n")
	if r = p.mustDeploy(a.Destination, Unchanged, 1); !strings.Contains(r.Reason, "line endings") {
		t.Errorf("%q", r.Reason)
	}

	// Another lock with the same content gets a record, the manifest stays.
	stored := a.object("layer/000001/requirements.txt")
	p.lock = "# other\n" + p.lock
	p.mustDeploy(a.Destination, Repaired, 1)
	if a.object("layer/000001/requirements.txt") != stored {
		t.Error("the manifest of a published version was changed")
	}
	p.mustDeploy(a.Destination, LockChanged, 1)
	if p.built != 0 || p.resolved != 0 {
		t.Error("built again what is known by now")
	}
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
}

func TestOtherLockFile(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.lockName, p.lock = "uv.lock", "version = 1\n"
	p.mustDeploy(a.Destination, LockChanged, 1)
	if a.object("layer/000001/uv.lock") != "" {
		t.Error("a manifest was added to a published version")
	}
}

func TestDeclaredRuntimes(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.runtimes = []string{"python3.12"}
	p.mustDeploy(a.Destination, First, 1)
	p.runtimes = []string{"python3.12", "python3.13"}
	r := p.mustDeploy(a.Destination, Unchanged, 1)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "python3.12") || !strings.Contains(r.Notes[0], "python3.13") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestHomeOfAnotherLayer(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	before := a.object("layer/000001/lamella.json")
	for _, layer := range []string{"other", "deps"} {
		w := p.want()
		w.Layer = layer
		if layer == "deps" { // of another region
			a.Destination.Layers = renumbered{a.Destination.Layers}
		}
		_, err := Decide(t.Context(), a.Destination, w)
		if catalogue.KindOf(err) != fault.Destination || !strings.Contains(strings.Join(fault.Hints(err), ""), "{layer}") {
			t.Errorf("layer %s: got %v", layer, err)
		}
	}
	if a.object("layer/000001/lamella.json") != before || a.Count("PublishLayerVersion") != 1 {
		t.Error("the state was mixed up")
	}
}

// renumbered is the same layer in another account.
type renumbered struct{ store.Layers }

func (r renumbered) Versions(ctx context.Context, name string) ([]store.LayerVersion, error) {
	versions, err := r.Layers.Versions(ctx, name)
	for i := range versions {
		versions[i].ARN = strings.ReplaceAll(versions[i].ARN, "123456789012", "210987654321")
	}
	return versions, err
}

func TestBadWant(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	for name, change := range map[string]func(*Want){
		"layer":       func(w *Want) { w.Layer = "my layer" },
		"description": func(w *Want) { w.Description = strings.Repeat("x", 257) },
		"manifest":    func(w *Want) { w.Manifest.Name = "../uv.lock" },
		"record":      func(w *Want) { w.Manifest.Name = "lamella.json" },
		"detect":      func(w *Want) { w.Detect = "magic" },
	} {
		w := p.want()
		change(&w)
		if _, err := Decide(t.Context(), a.Destination, w); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(a.Requests()) != 0 {
		t.Errorf("requests %v", a.Requests())
	}
}

func TestRecordUnreadable(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	for record, hint := range map[string]string{
		"{": recordKey(1), `{"schema": 1}`: recordKey(1), `{"schema": 9, "layer": "deps", "version": 1}`: "upgrade",
	} {
		if _, err := a.Objects.Put(t.Context(), recordKey(1), storetest.Body([]byte(record))); err != nil {
			t.Fatal(err)
		}
		_, err := p.deploy(a.Destination)
		if catalogue.KindOf(err) != fault.Destination || !strings.Contains(strings.Join(fault.Hints(err), ""), hint) {
			t.Errorf("%s: got %v", record, err)
		}
		items, err := History(t.Context(), a.Destination, "deps")
		if err != nil || len(items) != 1 || !strings.Contains(items[0].Note, "record") {
			t.Errorf("%s: history %+v, %v", record, items, err)
		}
	}
}

func TestBucketAbsentIsToldBeforeBuilding(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	o, _, err := aws.New(t.Context(), store.Prefix{Bucket: "nobody"}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a.Destination.Objects = o
	if _, err := p.deploy(a.Destination); catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "bucket nobody") || p.built != 0 {
		t.Errorf("got %v, built %d", err, p.built)
	}
}

func TestLocal(t *testing.T) {
	o, l, err := local.New(t.TempDir(), store.Prefix{})
	if err != nil {
		t.Fatal(err)
	}
	d, p := Destination{Objects: o, Layers: l}, newProject(t)
	p.mustDeploy(d, First, 1)
	p.mustDeploy(d, Unchanged, 1)
	p.update()
	p.mustDeploy(d, Changed, 2)
}

func TestHistory(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
	p.update()
	p.mustDeploy(a.Destination, Changed, 3)
	p.force = true
	p.mustDeploy(a.Destination, Forced, 4)
	a.Delete("bucket", "home/layer/000003/lamella.json")
	a.Delete("bucket", "home/layer/000004/lamella.json")
	a.Delete("bucket", "home/layer/000004/requirements.txt")

	items, err := History(t.Context(), a.Destination, "deps")
	if err != nil || len(items) != 4 {
		t.Fatalf("%+v, %v", items, err)
	}
	if items[0].Note == "" || items[0].Manifest != "" || !strings.Contains(items[1].Note, "another tool") || items[1].Manifest != "requirements.txt" {
		t.Errorf("unrecorded versions: %+v", items[:2])
	}
	if len(items[2].Changes) != 1 || items[2].Changes[0].Name != "anyio" || items[2].Tool != "lamella test" || items[2].Created.IsZero() {
		t.Errorf("version 2: %+v", items[2])
	}
	if len(items[3].Changes) != 1 || items[3].Changes[0].Kind != Added {
		t.Errorf("version 1: %+v", items[3])
	}
}
