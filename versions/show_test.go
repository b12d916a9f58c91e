package versions

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

func TestShow(t *testing.T) {
	server, d := fake(t)
	deploy(t, d, "1.1", "210987654321")
	deploy(t, d, "1.2")
	s, err := Show(t.Context(), d, layer, "1")
	if err != nil {
		t.Fatal(err)
	}
	if s.Version != 1 || s.Latest || s.Target != "python3.13/x86_64" || s.Manifest != "requirements.txt" || s.SHA256 != sha256Hex(content("1.1")) ||
		len(s.Packages) != 1 || len(s.Share) != 1 || s.Share[0].Principal != "210987654321" || len(s.Notes) != 0 ||
		s.ZipURI != "s3://bucket/home/"+publish.ZipKey(s.SHA256) || s.ManifestURI != "s3://bucket/home/layer/000001/requirements.txt" {
		t.Errorf("%+v", s)
	}
	for _, which := range []string{"", "latest", "2", s.ARN[:len(s.ARN)-1] + "2"} {
		if s, err := Show(t.Context(), d, layer, which); err != nil || s.Version != 2 || !s.Latest {
			t.Errorf("%q: %+v, %v", which, s, err)
		}
	}
	// What may not be read is said.
	server.Inject(fakeaws.Fault{Op: "GetLayerVersionPolicy", Status: 403, Code: "AccessDeniedException"})
	if s, err := Show(t.Context(), d, layer, "1"); err != nil || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "lambda:GetLayerVersionPolicy") {
		t.Errorf("%+v, %v", s, err)
	}
	server.Delete("bucket", "home/"+publish.ZipKey(s.SHA256))
	server.Delete("bucket", "home/layer/000001/lamella.json")
	if s, err := Show(t.Context(), d, layer, "1"); err != nil || s.ZipURI != "" || s.Manifest != "requirements.txt" || len(s.Notes) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFind(t *testing.T) {
	_, d := fake(t)
	if _, err := Show(t.Context(), d, layer, "1"); catalogue.KindOf(err) != fault.Usage || !slices.Equal(fault.Hints(err), []string{"publish the first version: lamella deploy"}) {
		t.Errorf("no version: %v %q", err, fault.Hints(err))
	}
	deployMany(t, d, 8)
	for _, n := range []int64{2, 6, 7} {
		if err := d.Layers.Delete(t.Context(), layer, n); err != nil {
			t.Fatal(err)
		}
	}
	for which, want := range map[string]string{
		"2":  "1, 3 to 5, 8",
		"99": "1, 3 to 5, 8",
		"0":  "not a version number",
		"-1": "not a version number",
		"v3": "not a version number",
		"arn:aws:lambda:eu-central-1:999999999999:layer:deps:3": "is not a version of",
		"arn:aws:lambda:us-east-1:123456789012:layer:deps:3":    "is not a version of",
		"arn:aws:lambda:eu-central-1:123456789012:layer:web:3":  "is not a version of",
		"arn:aws:lambda:eu-central-1:123456789012:layer:deps":   "not a version number",
	} {
		_, err := Show(t.Context(), d, layer, which)
		if catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want) || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: %v", which, err)
		}
	}
	if _, err := Show(t.Context(), d, strings.Repeat("n", 141), ""); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("a long name: %v", err)
	}
}

// A manifest stored by hand is found by whatever name; two are refused.
func TestManifestStoredByHand(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 1)
	server.Delete("bucket", "home/layer/000001/lamella.json")
	server.Delete("bucket", "home/layer/000001/requirements.txt")
	put := func(name string) {
		t.Helper()
		if _, err := d.Objects.Put(t.Context(), "layer/000001/"+name, testBody(lockOf("1.1"))); err != nil {
			t.Fatal(err)
		}
	}
	put("requirements-lambda.txt")
	if s, err := Show(t.Context(), d, layer, "1"); err != nil || s.Manifest != "requirements-lambda.txt" {
		t.Errorf("%+v, %v", s, err)
	}
	put("notes.txt")
	if _, err := Show(t.Context(), d, layer, "1"); catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
		t.Errorf("two files: %v", err)
	}
	put("uv.lock")
	if s, err := Show(t.Context(), d, layer, "1"); err != nil || s.Manifest != "uv.lock" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestCompare(t *testing.T) {
	_, d := fake(t)
	deployMany(t, d, 2)
	resolved := func(context.Context, publish.Manifest) (Side, error) {
		return Side{Target: "python3.13/x86_64", Packages: packages("1.2"), Notes: []string{"resolved"}}, nil
	}
	side := func(which string) Side {
		t.Helper()
		s, err := Published(t.Context(), d, layer, which, resolved)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	difference := Compare(side("1"), side("2"))
	if difference.Same || len(difference.Changes) != 1 || difference.Changes[0].Old.Version != "1.1" || difference.Changes[0].New.Version != "1.2" || difference.Old.Name != "version 1" {
		t.Errorf("%+v", difference)
	}
	if same := Compare(side("2"), side("latest")); !same.Same || len(same.Changes) != 0 {
		t.Errorf("%+v", same)
	}
	other := side("2")
	other.Options, other.SHA256 = map[string][]string{"rules": {"1"}, "exclude": {"boto3"}}, ""
	if got := Compare(side("2"), other); got.Options != "exclude +boto3" || !got.Same {
		t.Errorf("%+v", got)
	}
	// What another tool published is resolved.
	if err := d.Objects.Delete(t.Context(), "layer/000002/lamella.json"); err != nil {
		t.Fatal(err)
	}
	if s := side("2"); len(s.Notes) != 1 || s.Version != 2 || s.Packages[0].Version != "1.2" {
		t.Errorf("%+v", s)
	}
	if err := d.Objects.Delete(t.Context(), "layer/000002/requirements.txt"); err != nil {
		t.Fatal(err)
	}
	if _, err := Published(t.Context(), d, layer, "2", resolved); catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
		t.Errorf("nothing stored: %v", err)
	}
}

func TestShareOldVersions(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	foreign := store.Grant{ID: "console-1", Principal: "111111111111"}
	if err := d.Layers.Grant(t.Context(), layer, 2, foreign); err != nil {
		t.Fatal(err)
	}
	sync := func(revoke bool, with ...store.Principal) (added, removed int) {
		t.Helper()
		plan, err := PlanShare(t.Context(), d, layer, with, revoke)
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Execute(t.Context()); err != nil {
			t.Fatal(err)
		}
		return plan.Changes()
	}
	shared := func(version int64) []store.Principal {
		t.Helper()
		grants, err := d.Layers.Grants(t.Context(), layer, version)
		if err != nil {
			t.Fatal(err)
		}
		var with []store.Principal
		for _, g := range grants {
			with = append(with, g.Principal)
		}
		slices.Sort(with)
		return with
	}
	// Whom another tool's statement permits already is not granted again.
	if added, removed := sync(false, "111111111111", "o-a1b2c3d4e5"); added != 5 || removed != 0 {
		t.Errorf("%d added, %d removed", added, removed)
	}
	for n := range int64(3) {
		if got := shared(n + 1); !slices.Equal(got, []store.Principal{"111111111111", "o-a1b2c3d4e5"}) {
			t.Errorf("version %d is shared with %v", n+1, got)
		}
	}
	server.Reset()
	if added, removed := sync(false, "111111111111", "o-a1b2c3d4e5"); added+removed != 0 || server.Count("PutObject") != 0 {
		t.Errorf("again: %d added, %d removed", added, removed)
	}
	// Nothing is taken back unasked, and never what another tool granted.
	if added, removed := sync(false, store.Everyone); added != 3 || removed != 0 {
		t.Errorf("%d added, %d removed", added, removed)
	}
	if added, removed := sync(true, store.Everyone); added != 0 || removed != 5 {
		t.Errorf("%d added, %d removed", added, removed)
	}
	if got := shared(2); !slices.Equal(got, []store.Principal{"*", "111111111111"}) {
		t.Errorf("version 2 is shared with %v", got)
	}
	record, err := d.Record(t.Context(), layer, "arn:aws:lambda:eu-central-1:123456789012:layer:deps:1", 3)
	if err != nil || !slices.Equal(record.Share, []store.Principal{"*"}) {
		t.Errorf("recorded: %+v, %v", record, err)
	}
	if _, err := PlanShare(t.Context(), d, layer, []store.Principal{"1234"}, false); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) != 3 {
		t.Errorf("no principal: %v", err)
	}
}
