package publish

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// TestLostAnswers loses answers of PublishLayerVersion in every way: there must
// be one version of the content, never two.
func TestLostAnswers(t *testing.T) {
	const op = "PublishLayerVersion"
	for name, test := range map[string]struct {
		faults []fakeaws.Fault
		sent   int
	}{
		"after acting":        {[]fakeaws.Fault{{Op: op, Act: true, Drop: true}}, 1},
		"before acting":       {[]fakeaws.Fault{{Op: op, Drop: true}}, 2},
		"twice before acting": {[]fakeaws.Fault{{Op: op, Drop: true, Times: 2}}, 3},
		"before, then after":  {[]fakeaws.Fault{{Op: op, Drop: true}, {Op: op, Act: true, Drop: true}}, 2},
		"500 after acting":    {[]fakeaws.Fault{{Op: op, Act: true, Status: 500, Code: "ServiceException"}}, 1},
		"throttled":           {[]fakeaws.Fault{{Op: op, Status: 429, Code: "TooManyRequestsException"}}, 2},
		"throttled for long":  {[]fakeaws.Fault{{Op: op, Status: 429, Code: "TooManyRequestsException", Times: 6}}, 7},
		"503 for long":        {[]fakeaws.Fault{{Op: op, Status: 503, Code: "ServiceUnavailable", Times: 6}}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			a.Inject(test.faults...)
			if r := p.mustDeploy(a.Destination, First, 1); !r.Published {
				t.Errorf("%+v", r)
			}
			if n := a.Count(op); n != test.sent {
				t.Errorf("sent %d times, want %d", n, test.sent)
			}
			if versions, err := a.Layers.Versions(t.Context(), "deps"); err != nil || len(versions) != 1 {
				t.Errorf("%d versions, %v", len(versions), err)
			}
			p.mustDeploy(a.Destination, Unchanged, 1)
		})
	}
}

func TestAnswersLostForGood(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Drop: true, Times: 9})
	_, err := p.deploy(a.Destination)
	if !errors.Is(err, store.ErrUnknownOutcome) || a.Count("PublishLayerVersion") != attempts {
		t.Errorf("got %v", err)
	}
}

// TestThrottledForGood: Lambda is waited for, for more than a minute; then nothing
// is left behind that keeps the next run from publishing.
func TestThrottledForGood(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	var waited time.Duration
	a.sleep = func(_ context.Context, d time.Duration) error { waited += d; return nil }
	notes := 0
	a.Events = catalogue.Events(func(e event.Event) {
		if e.Kind == event.Note {
			notes++
		}
	})
	a.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Status: 429, Code: "TooManyRequestsException", Times: 1000})
	_, err := p.deploy(a.Destination)
	if !errors.Is(err, store.ErrBusy) || waited < time.Minute || notes != 1 {
		t.Errorf("got %v after %v and %d lines", err, waited, notes)
	}
	a.Reset()
	a.sleep = func(context.Context, time.Duration) error { t.Error("waits"); return nil }
	p.mustDeploy(a.Destination, First, 1)
}

// TestForcedAnswerLost: a forced version is told from the one before it, which
// has the same content.
func TestForcedAnswerLost(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.force = true
	a.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Act: true, Drop: true})
	p.mustDeploy(a.Destination, Forced, 2)
	if versions, err := a.Layers.Versions(t.Context(), "deps"); err != nil || len(versions) != 2 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
}

// TestManifestLost: the state of a version is restored by its content.
func TestManifestLost(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	a.Delete("bucket", "home/layer/000001/requirements.txt")
	p.mustDeploy(a.Destination, Repaired, 1)
	if p.built != 0 {
		t.Error("built although the record tells")
	}
	p.mustDeploy(a.Destination, Unchanged, 1)

	a.Delete("bucket", "home/layer/000001/requirements.txt")
	a.Delete("bucket", "home/layer/000001/lamella.json")
	p.mustDeploy(a.Destination, Repaired, 1)
	p.mustDeploy(a.Destination, Unchanged, 1)

	a.Delete("bucket", "home/layer/000001/requirements.txt")
	a.Delete("bucket", "home/layer/000001/lamella.json")
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
}

// TestMeanwhile: another process publishes between plan and execution.
func TestMeanwhile(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil {
		t.Fatal(err)
	}
	p.mustDeploy(a.Destination, First, 1)
	r, err := plan.Execute(t.Context())
	if err != nil || r.Version != 1 || r.Published {
		t.Errorf("the same content: %+v, %v", r, err)
	}

	other := newProject(t)
	other.update()
	if plan, err = Decide(t.Context(), a.Destination, other.want()); err != nil {
		t.Fatal(err)
	}
	p.content, p.lock, p.packages[0].Version = "third", "third", "9"
	p.mustDeploy(a.Destination, Changed, 2)
	r, err = plan.Execute(t.Context())
	if err != nil || r.Version != 3 || !r.Published || !strings.Contains(strings.Join(r.Notes, "\n"), "published version 2") {
		t.Errorf("other content: %+v, %v", r, err)
	}
}

func TestUpload(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	var events []event.Event
	a.Destination.Events = func(e event.Event) { events = append(events, e) }
	m, zip := p.want().Manifest, p.artifact()

	if _, err := FindUploaded(t.Context(), a.Destination, zip); !errors.Is(err, store.ErrNotExist) || !strings.HasSuffix(fault.Hints(err)[0], "lamella upload") {
		t.Errorf("got %v", err)
	}
	up, err := Upload(t.Context(), a.Destination, zip, m)
	if err != nil || !up.Sent || up.URI != "s3://bucket/home/layer/zip/"+zip.SHA256+".zip" {
		t.Fatalf("%+v, %v", up, err)
	}
	if last := events[len(events)-1]; events[0].Kind != event.Begin || last.Kind != event.End || last.Done != zip.Size || last.Op != "upload" {
		t.Errorf("events %+v", events)
	}
	a.Reset()
	up, err = Upload(t.Context(), a.Destination, zip, m)
	if err != nil || up.Sent || a.Count("PutObject") != 0 {
		t.Errorf("%+v, %v", up, err)
	}
	found, err := FindUploaded(t.Context(), a.Destination, zip)
	if err != nil || found.Key != zipKey(zip.SHA256) {
		t.Errorf("%+v, %v", found, err)
	}

	// Publishing it needs no file any more.
	if err := os.Remove(zip.Path); err != nil {
		t.Fatal(err)
	}
	w := p.want()
	w.Build = func(context.Context) (Artifact, error) { return found, nil }
	plan, err := Decide(t.Context(), a.Destination, w)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := plan.Execute(t.Context()); err != nil || r.Version != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestUploadRefuses(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	m, zip := p.want().Manifest, p.artifact()
	if err := os.WriteFile(zip.Path, []byte("zip 2"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Upload(t.Context(), a.Destination, zip, m)
	if catalogue.KindOf(err) == fault.Other || a.Count("PutObject") != 0 || !strings.HasSuffix(fault.Hints(err)[0], "lamella build") {
		t.Errorf("a changed zip: %v", err)
	}
	if _, err := a.Objects.Put(t.Context(), zipKey(zip.SHA256), storetest.Body([]byte("damaged"))); err != nil {
		t.Fatal(err)
	}
	if _, err = Upload(t.Context(), a.Destination, p.artifact(), m); catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "is not the layer's zip") {
		t.Errorf("a damaged object: %v", err)
	}
	if _, err = FindUploaded(t.Context(), a.Destination, p.artifact()); catalogue.KindOf(err) != fault.Destination {
		t.Errorf("a damaged object: %v", err)
	}
}

// TestUploadAnswerLost: the write went through, its repetition finds the object.
func TestUploadAnswerLost(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Inject(fakeaws.Fault{Op: "PutObject", Act: true, Drop: true})
	if _, err := Upload(t.Context(), a.Destination, p.artifact(), p.want().Manifest); err != nil {
		t.Error(err)
	}
}

// A zip without a file in it is sent by nobody: just built, built earlier, or
// staged by another tool.
func TestEmptyZip(t *testing.T) {
	empty := "PK\x05\x06" + strings.Repeat("\x00", 18)
	a, p := newAccount(t), newProject(t)
	p.content = empty
	if _, err := p.deploy(a.Destination); catalogue.KindOf(err) != fault.Layer || len(fault.Hints(err)) == 0 {
		t.Errorf("deploy: got %v", err)
	}
	if _, err := Upload(t.Context(), a.Destination, p.artifact(), p.want().Manifest); catalogue.KindOf(err) != fault.Layer {
		t.Errorf("upload: got %v", err)
	}
	w := p.want()
	w.Build = func(ctx context.Context) (Artifact, error) { return FindStaged(ctx, a.Destination, w.Manifest) }
	body := storetest.Body([]byte(empty))
	body.Metadata = map[string]string{"manifest_md5": w.Manifest.MD5()}
	if _, err := a.Objects.Put(t.Context(), stagedKey, body); err != nil {
		t.Fatal(err)
	}
	if _, err := Decide(t.Context(), a.Destination, w); catalogue.KindOf(err) != fault.Layer {
		t.Errorf("staged: got %v", err)
	}
	if a.Count("PublishLayerVersion") != 0 {
		t.Error("a version was published")
	}
}

// TestStaged publishes layer/layer.zip, which another tool uploaded.
func TestStaged(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	w := p.want()
	w.Build = func(ctx context.Context) (Artifact, error) { return FindStaged(ctx, a.Destination, w.Manifest) }
	_, err := Decide(t.Context(), a.Destination, w)
	if !errors.Is(err, store.ErrNotExist) || !strings.HasSuffix(fault.Hints(err)[0], "lamella upload") {
		t.Errorf("absent: got %v", err)
	}

	stage := func(content, md5 string) {
		t.Helper()
		body := storetest.Body([]byte(content))
		body.Metadata = map[string]string{"manifest_md5": md5}
		body.ContentType = "application/zip"
		if _, err := a.Objects.Put(t.Context(), stagedKey, body); err != nil {
			t.Fatal(err)
		}
	}
	stage("other tool's zip", "0123")
	_, err = Decide(t.Context(), a.Destination, w)
	if catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "0123") || !strings.Contains(err.Error(), w.Manifest.MD5()) || !strings.HasSuffix(fault.Hints(err)[0], "lamella upload") {
		t.Errorf("of another manifest: got %v", err)
	}

	stage("other tool's zip", w.Manifest.MD5())
	a.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Act: true, Drop: true})
	plan, err := Decide(t.Context(), a.Destination, w)
	if err != nil {
		t.Fatal(err)
	}
	plan.Artifact.SHA256 = "" // S3 need not know it
	r, err := plan.Execute(t.Context())
	if err != nil || r.Version != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	record, _, err := a.record(t.Context(), 1)
	if err != nil || len(record.Zip.SHA256) != 64 || len(record.Packages) != 1 {
		t.Errorf("%+v, %v", record, err)
	}
	p.mustDeploy(a.Destination, Unchanged, 1)
}

func TestDigestOfVersion(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Upload(t.Context(), a.Destination, *plan.Artifact, p.want().Manifest); err != nil {
		t.Fatal(err)
	}
	plan.Artifact.Key = zipKey(plan.Artifact.SHA256)
	body := storetest.Body([]byte("something else")) // put there between the two
	if _, err := a.Objects.Put(t.Context(), plan.Artifact.Key, body); err != nil {
		t.Fatal(err)
	}
	_, err = plan.Execute(t.Context())
	if catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "wrong content") || a.object("layer/000001/lamella.json") != "" {
		t.Errorf("got %v", err)
	}
}
