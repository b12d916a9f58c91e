package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// aPlan is a plan with something of everything, and what was left out of it.
func aPlan() (*PlanFile, spec.Layer) {
	secret := spec.Layer{
		Project: "app", Name: "web", Runtime: "python3.13", Selection: resolve.Selection{Exclude: []string{"**/tests/**"}},
		Destination: spec.Destination{To: "s3://bucket/<&>/{layer}"}, Version: spec.Version{Force: true},
		Build: spec.Build{
			IndexURL: "https://user:hunter2@index.example/simple", FindLinks: []string{"wheels", "https://hunter2@files.example/?token=hunter2"},
			Indexes: []index.Index{{Name: "corp", URL: "https://user:hunter2@corp.example/simple"}},
		},
	}
	made := &Plan{Plan: &publish.Plan{Outcome: publish.First, Reason: "it is new"}}
	saved, err := NewPlanFile([]Planned{{Layer: secret, Plan: made}}, spec.Env{Getenv: func(name string) string {
		return map[string]string{"AWS_DEFAULT_REGION": "eu-central-1"}[name]
	}})
	if err != nil {
		panic(err)
	}
	return saved, secret
}

func TestPlanFile(t *testing.T) {
	plan, secret := aPlan()
	if plan.Layers[0].Layer.Region != "eu-central-1" {
		t.Errorf("the plan leaves the region to whoever applies it: %+v", plan.Layers[0].Layer)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := plan.Write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), "hunter2") {
		t.Fatalf("%v\n%s", err, data)
	}
	read, err := ReadPlan(path, spec.Env{})
	plan.Layers[0].Expect.Options = nil // the same as none
	if err != nil || !reflect.DeepEqual(read, plan) {
		t.Fatalf("%v\ngot  %+v\nwant %+v", err, read, plan)
	}

	read.RestoreCredentials([]string{secret.IndexURL, secret.FindLinks[1], secret.Indexes[0].URL, "https://other.example/simple"})
	secret.Region = "eu-central-1"
	if !reflect.DeepEqual(read.Layers[0].Layer, secret) {
		t.Errorf("got  %+v\nwant %+v", read.Layers[0].Layer, secret)
	}

	if _, err := ReadPlan(path, spec.Env{Version: "2.0"}); catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "lamella 2.0") {
		t.Error(err)
	}
	if err := plan.Write(filepath.Join(path, "below")); catalogue.KindOf(err) != fault.Machine {
		t.Error(err)
	}
}

// Whatever is read as a plan was written as one, by this version.
func FuzzParsePlan(f *testing.F) {
	plan, _ := aPlan()
	path := filepath.Join(f.TempDir(), "plan.json")
	if err := plan.Write(path); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"digest":"sha256:","plan":{}}`))
	f.Add([]byte(`{"schema":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := parsePlan(data, "lamella devel"); err == nil && (got.Tool != "lamella devel" || len(got.Layers) == 0) {
			t.Errorf("%+v", got)
		}
	})
}

// Events of several places tell which they are about.
func TestWithPlace(t *testing.T) {
	var got []string
	sink := func(e event.Event) { got = append(got, e.Subject) }
	for _, l := range []spec.Destination{{}, {Region: "r"}, {Profile: "p", RoleARN: "a", Region: "r"}} {
		withPlace(spec.Layer{Destination: l}, sink).Emit(event.Event{Subject: "layer.zip"})
	}
	if want := []string{"layer.zip", "layer.zip in r", "layer.zip in p a r"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	withPlace(spec.Layer{Destination: spec.Destination{Region: "r"}}, nil).Emit(event.Event{}) // silence stays silent
}

// TestNewPlanFileRefusesFailures: a plan with a gap is none.
func TestNewPlanFileRefusesFailures(t *testing.T) {
	failed := errors.New("it failed")
	for _, p := range []Planned{{Err: failed}, {Plan: &Plan{}, Err: failed}, {}} {
		if saved, err := NewPlanFile([]Planned{p}, spec.Env{}); err == nil || saved != nil || p.Err != nil && !errors.Is(err, failed) {
			t.Errorf("%+v: %v, %v", p, saved, err)
		}
	}
}

// One layer that changed is enough to refuse a plan, also if its error has no details.
func TestOutdated(t *testing.T) {
	moved := &fault.Error{Kind: fault.Destination, Message: "moved", Sentinel: publish.ErrMoved}
	if err := outdated([]Deployed{{}, {Err: moved}}); !errors.Is(err, publish.ErrMoved) || len(fault.Details(err)) != 1 {
		t.Errorf("got %v, %q", err, fault.Details(err))
	}
	if err := outdated([]Deployed{{}, {Err: errors.New("other")}}); err != nil {
		t.Error(err)
	}
}
