package versions

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// account is one in which something happens between a plan and its execution.
type account struct {
	*testing.T
	server *fakeaws.Server
	publish.Destination
}

func (a account) delete(versions ...int64) {
	for _, n := range versions {
		if err := a.Layers.Delete(a.Context(), layer, n); err != nil {
			a.Fatal(err)
		}
	}
}

func (a account) write(key string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		a.Fatal(err)
	}
	if _, err := a.Objects.Put(a.Context(), key, testBody(string(data))); err != nil {
		a.Fatal(err)
	}
}

func (a account) arn(version int64) string {
	v, err := a.Layers.Version(a.Context(), layer, version)
	if err != nil {
		a.Fatal(err)
	}
	return v.ARN
}

func (a account) use(version int64, by string) {
	a.server.SetFunction("late", fakeaws.Function{Layers: map[string][]string{"$LATEST": {}, by: {a.arn(version)}}})
}

// What may be deleted is what the rules permit when it is deleted, whatever they permitted
// when the plan was made, and never more than was planned.
func TestPruneDecidesAgain(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 6)
	server.Age("bucket", 25*time.Hour)
	restore := server.Save()
	for name, test := range map[string]struct {
		options   PruneOptions
		meanwhile func(account)
		left      []int64
	}{
		"nothing":                            {PruneOptions{Keep: 1, KeepRollback: 2}, func(account) {}, []int64{4, 5, 6}},
		"a rollback target is deleted":       {PruneOptions{Keep: 1, KeepRollback: 2}, func(a account) { a.delete(5) }, []int64{3, 4, 6}},
		"all rollback targets are deleted":   {PruneOptions{Keep: 1, KeepRollback: 2}, func(a account) { a.delete(4, 5) }, []int64{2, 3, 6}},
		"the latest and a target":            {PruneOptions{Keep: 1, KeepRollback: 2}, func(a account) { a.delete(6, 4) }, []int64{2, 3, 5}},
		"one of the newest":                  {PruneOptions{Keep: 3}, func(a account) { a.delete(5) }, []int64{3, 4, 6}},
		"all of the newest":                  {PruneOptions{Keep: 3}, func(a account) { a.delete(4, 5, 6) }, []int64{1, 2, 3}},
		"the latest, kept by age":            {PruneOptions{OlderThan: time.Hour, Now: pruneDay}, func(a account) { a.delete(6) }, []int64{5}},
		"a kept one, with two rules":         {PruneOptions{Keep: 2, KeepRollback: 3}, func(a account) { a.delete(3) }, []int64{2, 4, 5, 6}},
		"one that was to be deleted":         {PruneOptions{Keep: 2}, func(a account) { a.delete(2) }, []int64{5, 6}},
		"a newer one appears":                {PruneOptions{Keep: 2}, func(a account) { deploy(a.T, a.Destination, "1.7") }, []int64{5, 6, 7}},
		"the latest's content appears again": {PruneOptions{Keep: 1, KeepRollback: 2}, func(a account) { a.again(4) }, []int64{4, 5, 6, 7}},
		"a target, and another appears": {PruneOptions{Keep: 1, KeepRollback: 2}, func(a account) {
			a.delete(5)
			a.again(4)
		}, []int64{3, 4, 6, 7}},
		"a function gets it":  {PruneOptions{Keep: 2}, func(a account) { a.use(2, "$LATEST") }, []int64{2, 5, 6}},
		"a published version": {PruneOptions{Keep: 2}, func(a account) { a.use(3, "1") }, []int64{3, 5, 6}},
		"it is shared":        {PruneOptions{Keep: 2}, func(a account) { a.share(1) }, []int64{1, 5, 6}},
		"it is held": {PruneOptions{Keep: 2}, func(a account) {
			a.write("layer/hold", publish.Hold{Schema: 1, Layer: layer, Version: 2})
		}, []int64{2, 5, 6}},
		"attach begins": {PruneOptions{Keep: 2}, func(a account) {
			a.write(functions.JournalPrefix+"web.json", functions.Journal{Schema: 1, Function: "web", From: 1, To: 3})
		}, []int64{1, 3, 5, 6}},
		"a stack may name it": {PruneOptions{Keep: 2}, func(a account) {
			a.write(functions.JournalPrefix+"web.json", functions.Journal{Schema: 1, Function: "web", From: 6, To: 6, Done: true,
				Manager: &functions.Manager{Tool: "CloudFormation", Stack: "prod"}, Pinned: []int64{2}})
		}, []int64{2, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			restore()
			plan, err := PlanPrune(t.Context(), d, layer, test.options)
			if err != nil {
				t.Fatal(err)
			}
			test.meanwhile(account{t, server, d})
			_, err = plan.Execute(t.Context())
			if got := server.Versions(layer); err != nil || !slices.Equal(slices.Sorted(slices.Values(got)), test.left) {
				t.Errorf("left %v, want %v: %v", got, test.left, err)
			}
		})
	}
}

// again publishes the content of a version once more.
func (a account) again(version int64) {
	if _, err := Rollback(a.Context(), a.Destination, layer, decimal(version), RollbackOptions{}); err != nil {
		a.Fatal(err)
	}
}

func (a account) share(version int64) {
	if err := a.Layers.Grant(a.Context(), layer, version, store.Principal("210987654321").Grant()); err != nil {
		a.Fatal(err)
	}
}

// A function of another account may get a version meanwhile, too.
func TestPruneLooksAbroadAgain(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	a := account{t, server, d}
	var theirs abroad
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1, Accounts: map[store.Principal]store.FunctionReader{"210987654321": &theirs}})
	if err != nil || len(plan.Delete) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	theirs = abroad{{Name: "theirs", Version: "1", Layers: []store.FunctionLayer{{ARN: a.arn(2)}}}}
	done, err := plan.Execute(t.Context())
	if err != nil || len(done.Delete) != 1 || len(done.Keep) != 2 || !slices.Equal(server.Versions(layer), []int64{2, 3}) {
		t.Errorf("%+v, %v; left %v", done, err, server.Versions(layer))
	}
}

// lagging lists versions as they were.
type lagging struct {
	store.Layers
	listed []store.LayerVersion
}

func (l lagging) Versions(context.Context, string) ([]store.LayerVersion, error) {
	return slices.Clone(l.listed), nil
}

// A deleted version may still be listed. It takes nobody's place, and the result does not
// say that it is kept.
func TestPruneAsksWhetherVersionsExist(t *testing.T) {
	for name, o := range map[string]PruneOptions{"by number": {Keep: 3}, "for a rollback": {Keep: 1, KeepRollback: 2}} {
		t.Run(name, func(t *testing.T) {
			server, d := fake(t)
			deployMany(t, d, 6)
			listed, err := d.Layers.Versions(t.Context(), layer)
			if err != nil {
				t.Fatal(err)
			}
			stale := d
			stale.Layers = lagging{d.Layers, listed}
			plan, err := PlanPrune(t.Context(), stale, layer, o)
			if err != nil {
				t.Fatal(err)
			}
			account{t, server, d}.delete(5)
			done, err := plan.Execute(t.Context())
			if err != nil || !slices.Equal(server.Versions(layer), []int64{3, 4, 6}) {
				t.Fatalf("left %v, %v", server.Versions(layer), err)
			}
			var kept []int64
			for _, k := range done.Keep {
				kept = append(kept, k.Version)
			}
			if !slices.Equal(kept, []int64{6, 4, 3}) || len(done.Notes) != 1 {
				t.Errorf("kept %v, notes %q", kept, done.Notes)
			}
		})
	}
}

// The objects of a version that the plan keeps stay, though it is deleted meanwhile: the
// plan did not show that they go. The next plan does.
func TestPruneDeletesOnlyPlannedObjects(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 4)
	server.Age("bucket", 25*time.Hour)
	o := PruneOptions{Keep: 3}
	plan, err := PlanPrune(t.Context(), d, layer, o)
	if err != nil {
		t.Fatal(err)
	}
	account{t, server, d}.delete(3)
	// Version 1 takes its place.
	done, err := plan.Execute(t.Context())
	if err != nil || len(done.Delete)+len(done.Objects) != 0 || !slices.Equal(server.Versions(layer), []int64{1, 2, 4}) {
		t.Fatalf("%+v, %v; left %v", done, err, server.Versions(layer))
	}
	for n := range int64(4) {
		for _, key := range []string{publish.ZipKey(zipOf(n + 1)), publish.ManifestKey(n+1, "lamella.json"), publish.ManifestKey(n+1, "requirements.txt")} {
			if server.Object("bucket", "home/"+key) == nil {
				t.Errorf("%s is gone", key)
			}
		}
	}
	if plan, err = PlanPrune(t.Context(), d, layer, o); err != nil || len(plan.Objects) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if done, err = plan.Execute(t.Context()); err != nil || len(done.Objects) != 2 {
		t.Errorf("%+v, %v", done, err)
	}
}

// Where the record of another layer appears, nothing is deleted, not even versions.
func TestPruneRefusesAHomeThatIsSharedMeanwhile(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	record := string(server.Object("bucket", "home/layer/000003/lamella.json"))
	for _, other := range []string{
		strings.NewReplacer(`"layer": "deps"`, `"layer": "web"`, ":layer:deps:", ":layer:web:").Replace(record),
		strings.ReplaceAll(record, "123456789012", "210987654321"),
		strings.ReplaceAll(record, "eu-central-1", "us-east-1"),
	} {
		other = strings.NewReplacer(`"version": 3`, `"version": 9`, ":deps:3", ":deps:9", ":web:3", ":web:9").Replace(other)
		if _, err := d.Objects.Put(t.Context(), "layer/000009/lamella.json", testBody(other)); err != nil {
			t.Fatal(err)
		}
		done, err := plan.Execute(t.Context())
		if catalogue.KindOf(err) != fault.Destination || len(done.Delete) != 0 || len(server.Versions(layer)) != 3 {
			t.Errorf("%+v, %v; left %v", done, err, server.Versions(layer))
		}
	}
}
