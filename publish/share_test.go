package publish

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
)

// wantShared compares who may use a version.
func wantShared(t *testing.T, a account, version int64, want ...store.Principal) {
	t.Helper()
	grants, err := a.Layers.Grants(t.Context(), "deps", version)
	if err != nil {
		t.Fatal(err)
	}
	var got []store.Principal
	for _, g := range grants {
		got = append(got, g.Principal)
	}
	if !slices.Equal(got, want) {
		t.Errorf("version %d is shared with %v, want %v", version, got, want)
	}
}

func TestEveryNewVersionIsShared(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.share = []store.Principal{"210987654321", "o-a1b2c3d4e5"}
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
	wantShared(t, a, 1, "210987654321", "o-a1b2c3d4e5")
	wantShared(t, a, 2, "210987654321", "o-a1b2c3d4e5")
	// Nothing to do costs no request more.
	a.Reset()
	p.mustDeploy(a.Destination, Unchanged, 2)
	if got := a.Requests(); len(got) != 3 {
		t.Errorf("requests %q", got)
	}
	// Whom the configuration adds, the latest version is shared with, and only that.
	p.share = append(p.share, store.Everyone)
	r := p.mustDeploy(a.Destination, Unchanged, 2)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "shared with everyone (*)") {
		t.Errorf("notes %q", r.Notes)
	}
	wantShared(t, a, 1, "210987654321", "o-a1b2c3d4e5")
	wantShared(t, a, 2, "210987654321", "o-a1b2c3d4e5", "*")
	a.Reset()
	if r := p.mustDeploy(a.Destination, Unchanged, 2); len(a.Requests()) != 3 || len(r.Notes) != 0 {
		t.Errorf("requests %q, notes %q", a.Requests(), r.Notes)
	}
	// Nobody is taken it from.
	p.share = nil
	p.mustDeploy(a.Destination, Unchanged, 2)
	wantShared(t, a, 2, "210987654321", "o-a1b2c3d4e5", "*")
	// A lock that comes down to the same is noted in the same record.
	p.share = []store.Principal{"210987654321", "111111111111"}
	p.lock += "# a comment\n"
	p.mustDeploy(a.Destination, LockChanged, 2)
	wantShared(t, a, 2, "210987654321", "o-a1b2c3d4e5", "*", "111111111111")
	a.Reset()
	p.mustDeploy(a.Destination, LockChanged, 2)
	if got := a.Requests(); len(got) != 3 {
		t.Errorf("requests %q", got)
	}
}

// A run that ended between publishing and sharing is completed by the next.
func TestSharingAfterACrash(t *testing.T) {
	for _, op := range []string{"AddLayerVersionPermission", "PutObject"} {
		a, p := newAccount(t), newProject(t)
		p.share = []store.Principal{"210987654321"}
		fault := fakeaws.Fault{Op: op, Times: 9, Status: 403, Code: "AccessDenied"}
		if op == "PutObject" {
			fault.Suffix = "lamella.json"
		}
		a.Inject(fault)
		_, err := p.deploy(a.Destination)
		catalogue.Record(err)
		if err == nil {
			t.Fatal("no error")
		}
		a.Reset()
		r, err := p.deploy(a.Destination)
		if err != nil || r.Version != 1 {
			t.Fatalf("%s: %+v, %v", op, r, err)
		}
		wantShared(t, a, 1, "210987654321")
		if record := a.object("layer/000001/lamella.json"); !strings.Contains(record, "210987654321") {
			t.Errorf("%s: the record is %s", op, record)
		}
	}
}

func TestNoPrincipal(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	for _, s := range []store.Principal{"", "12345678901", "o-", "O-A1B2C3D4E5", "arn:aws:iam::210987654321:root", "**"} {
		p.share = []store.Principal{s}
		if _, err := p.deploy(a.Destination); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: %v", s, err)
		}
	}
	if got := a.Requests(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}

// Lambda refers to the zip only where the bucket keeps old versions.
func TestReferenceMode(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.reference = true
	_, err := p.deploy(a.Destination)
	if catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) != 2 || !strings.Contains(fault.Hints(err)[0], "put-bucket-versioning --bucket bucket") || p.built != 0 {
		t.Errorf("%v %q, built %d times", err, fault.Hints(err), p.built)
	}
	if a.Count("PublishLayerVersion") != 0 {
		t.Error("it was published")
	}
	a.Versioned = true
	p.mustDeploy(a.Destination, First, 1)
	if !a.References("deps", 1) {
		t.Error("version 1 is a copy")
	}
	p.reference = false
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
	if a.References("deps", 2) {
		t.Error("version 2 is a reference")
	}
}

// A region that knows no architectures gets a version without, and that is said.
func TestNoArchitectures(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.architectures = []string{"x86_64"}
	a.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Status: 400, Code: "InvalidParameterValueException",
		Message: "CompatibleArchitectures are not supported in this region"})
	r := p.mustDeploy(a.Destination, First, 1)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "does not declare its compatible architectures") {
		t.Errorf("notes %q", r.Notes)
	}
	if r := p.mustDeploy(a.Destination, Unchanged, 1); len(r.Notes) != 0 {
		t.Errorf("notes %q", r.Notes)
	}
}

// A record that somebody else changes time and again is the destination's affair.
func TestRecordOfASharingThatChanges(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	v, err := a.Layers.Version(t.Context(), "deps", 1)
	if err != nil {
		t.Fatal(err)
	}
	a.Inject(fakeaws.Fault{Op: "PutObject", Suffix: "lamella.json", Times: 9, Status: 412, Code: "PreconditionFailed"})
	err = a.RecordShare(t.Context(), "deps", v.ARN, 1, []store.Principal{"210987654321"}, nil)
	if !errors.Is(err, store.ErrChanged) || catalogue.KindOf(err) != fault.Destination {
		t.Errorf("got %v", err)
	}
}
