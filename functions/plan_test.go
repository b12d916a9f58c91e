package functions

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/local"
)

// TestPlanAttach decides for functions of every kind, changing nothing.
func TestPlanAttach(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fakeaws.Configured)
		o      Options
		action Action
		from   int64
		warns  int
	}{
		"older version":     {action: Replace, from: 1},
		"the newest":        {change: layerOf(3), action: Current, from: 3},
		"an older is asked": {change: layerOf(3), o: Options{Version: "2"}, action: Replace, from: 3},
		"by ARN":            {o: Options{Version: layerARN + ":2"}, action: Replace, from: 1},
		"without it":        {change: layerOf(0), action: Blocked},
		"to be added":       {change: layerOf(0), o: Options{Add: true}, action: Add},
		"five layers": {change: func(f *fakeaws.Configured) {
			f.Latest.Layers = nil
			for i := range 5 {
				f.Latest.Layers = append(f.Latest.Layers, fakeaws.FunctionLayer{Arn: fmt.Sprintf("arn:aws:lambda:eu-central-1:111122223333:layer:l%d:1", i)})
			}
		}, o: Options{Add: true}, action: Blocked},
		"too large":               {change: func(f *fakeaws.Configured) { f.Latest.CodeSize = store.MaxUnzipped - 20 }, action: Blocked, from: 1},
		"as large as allowed":     {change: func(f *fakeaws.Configured) { f.Latest.CodeSize = store.MaxUnzipped - 25 }, action: Replace, from: 1},
		"other runtime":           {change: func(f *fakeaws.Configured) { f.Latest.Runtime = "python3.12" }, action: Blocked, from: 1},
		"other runtime, forced":   {change: func(f *fakeaws.Configured) { f.Latest.Runtime = "python3.12" }, o: Options{Force: true}, action: Replace, from: 1},
		"other architecture":      {change: func(f *fakeaws.Configured) { f.Latest.Architectures = []string{"arm64"} }, action: Blocked, from: 1},
		"image":                   {change: func(f *fakeaws.Configured) { f.Latest.PackageType, f.Latest.Layers = "Image", nil }, o: Options{Add: true}, action: Blocked},
		"inactive":                {change: func(f *fakeaws.Configured) { f.Latest.State = "Inactive" }, action: Replace, from: 1},
		"stack":                   {change: tag("aws:cloudformation:stack-name", "prod"), action: Skip, from: 1},
		"stack, managed":          {change: tag("aws:cloudformation:stack-name", "prod"), o: Options{Managed: true}, action: Replace, from: 1, warns: 1},
		"terraform":               {change: tag("ManagedBy", "Terraform"), action: Skip, from: 1},
		"terraform, by hand":      {change: tag("terraform", "true"), action: Skip, from: 1},
		"chalice":                 {change: tag("aws-chalice", "version=1.34:stage=dev:app=x"), action: Skip, from: 1},
		"no manager":              {change: tag("team", "terraform"), action: Replace, from: 1},
		"wrong tag":               {o: Options{Tags: map[string]string{"team": "a"}}, action: ""},
		"right tag":               {change: tag("team", "a"), o: Options{Tags: map[string]string{"team": ""}}, action: Replace, from: 1},
		"alias":                   {o: Options{Alias: "live"}, action: Replace, from: 1, warns: 1},
		"absent alias":            {o: Options{Alias: "dev"}, action: Blocked, from: 1},
		"unreleased setting":      {change: func(f *fakeaws.Configured) { f.Latest.MemorySize = 1024 }, o: Options{Alias: "live"}, action: Blocked, from: 1},
		"unreleased code":         {change: func(f *fakeaws.Configured) { f.Latest.CodeSha256 = "Y29kZSAy" }, o: Options{Publish: true}, action: Blocked, from: 1},
		"unreleased layer":        {change: func(f *fakeaws.Configured) { f.Latest.Layers = f.Latest.Layers[:2] }, o: Options{Alias: "live"}, action: Blocked, from: 1},
		"setting, not to publish": {change: func(f *fakeaws.Configured) { f.Latest.MemorySize = 1024 }, action: Replace, from: 1},
		"foreign canary": {change: func(f *fakeaws.Configured) {
			f.Aliases["live"].RoutingConfig = &fakeaws.Routing{AdditionalVersionWeights: map[string]float64{"7": 0.1}}
		}, o: Options{Alias: "live"}, action: Blocked, from: 1},
		"provisioned concurrency moves": {change: func(f *fakeaws.Configured) {
			f.Aliases["live"].RoutingConfig = &fakeaws.Routing{AdditionalVersionWeights: map[string]float64{"1": 1}}
		}, o: Options{Alias: "live"}, action: Replace, from: 1, warns: 1},
		"alias at $LATEST": {change: func(f *fakeaws.Configured) { f.Aliases["live"].FunctionVersion = "$LATEST" }, o: Options{Alias: "live"}, action: Blocked, from: 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := account(t)
			if test.change != nil {
				server.Edit("web", test.change)
			}
			test.o.Layer, test.o.Names, test.o.Clock = layer, []string{"web"}, newClock().Clock()
			plan, err := PlanAttach(t.Context(), connect(t, server), test.o)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(server.Requests(), "UpdateFunctionConfiguration") || slices.Contains(server.Requests(), "PutObject") {
				t.Errorf("planning asked for %v", server.Requests())
			}
			if test.action == "" {
				if len(plan.Moves) != 0 {
					t.Errorf("%+v", plan.Moves)
				}
				return
			}
			m := plan.Moves[0]
			if m.Action != test.action || m.From != test.from || len(m.Warnings) != test.warns {
				t.Errorf("%s from %d (%s), warnings %q", m.Action, m.From, m.Reason, m.Warnings)
			}
			catalogue.Sentences("warning: ", m.Warnings...)
			results, err := plan.Execute(t.Context())
			catalogue.Record(err)
			if (err != nil) != (test.action == Blocked) || err != nil && (results[0].Outcome != Failed || len(fault.Hints(err)) == 0) {
				t.Errorf("%+v, %v", results, err)
			}
		})
	}
}

func layerOf(version int) func(*fakeaws.Configured) {
	return func(f *fakeaws.Configured) { f.Latest.Layers = web(version).Latest.Layers }
}

func tag(name, value string) func(*fakeaws.Configured) {
	return func(f *fakeaws.Configured) { f.Tags = map[string]string{name: value} }
}

func TestBadOptions(t *testing.T) {
	d := connect(t, account(t))
	for _, o := range []Options{
		{}, {Names: []string{""}}, {Names: []string{"["}}, {Names: []string{"web"}, Canary: 1}, {Names: []string{"web"}, Canary: 0.1},
		{Names: []string{"web"}, Alias: "12"}, {Names: []string{"web"}, Alias: "$LATEST"}, {Names: []string{"web"}, Alias: "live", Canary: 0.1, For: -1},
	} {
		o.Layer = layer
		if _, err := PlanAttach(t.Context(), d, o); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := PlanAttach(t.Context(), d, Options{Layer: layer, Names: []string{"nobody"}}); catalogue.KindOf(err) != fault.Destination || !errors.Is(err, store.ErrNotExist) {
		t.Errorf("an absent function: %v", err)
	}
	if _, err := PlanRollback(t.Context(), d, Options{Layer: layer, Names: []string{"web"}}); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("nothing to roll back: %v", err)
	}
	o, l, err := local.New(t.TempDir(), store.Prefix{Bucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := PlanAttach(t.Context(), publish.Destination{Objects: o, Layers: l}, Options{Layer: layer, Names: []string{"web"}}); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("a folder: %v", err)
	}
}

// Patterns take functions that have the layer; one request lists them all.
func TestPatterns(t *testing.T) {
	server := account(t)
	server.Configure("web-b", web(2), false)
	server.Configure("web-none", web(0), false)
	server.Configure("job", web(1), false)
	d := connect(t, server)
	for pattern, want := range map[string][]string{"web*": {"web", "web-b"}, "*": {"job", "web", "web-b"}, "w?b": {"web"}, "x*": nil} {
		plan, err := PlanAttach(t.Context(), d, Options{Layer: layer, Names: []string{pattern}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range plan.Moves {
			got = append(got, m.Function)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", pattern, got)
		}
	}
	// All of them, and one that cannot be does not keep the others back.
	server.Edit("job", func(f *fakeaws.Configured) { f.Latest.Runtime = "nodejs22.x" })
	results, err := attach(t.Context(), d, Options{Layer: layer, Names: []string{"*"}, Clock: newClock().Clock()})
	catalogue.Record(err)
	if err == nil || len(results) != 3 || results[0].Outcome != Failed || results[1].Outcome != Moved || results[2].Outcome != Moved {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestJudge(t *testing.T) {
	v := func(calls, errors int64, p90 time.Duration) store.VersionMetrics {
		return store.VersionMetrics{Calls: calls, Errors: errors, P90: p90 * time.Millisecond}
	}
	for _, test := range []struct {
		old, new store.VersionMetrics
		bad      bool
	}{
		{v(1000, 10, 100), v(100, 1, 110), false},
		{v(1000, 10, 100), v(100, 10, 110), true},
		{v(1000, 0, 100), v(5, 2, 110), false},      // two failures are chance
		{v(1000, 0, 100), v(5, 3, 110), true},       // three are not
		{v(1000, 900, 100), v(100, 90, 110), false}, // production fails already: the fix gets through
		{v(1000, 300, 100), v(100, 50, 110), false}, // less than twice as many
		{v(1000, 10, 100), v(49, 0, 500), false},    // cold starts
		{v(1000, 10, 100), v(50, 0, 500), true},
		{v(0, 0, 0), v(100, 0, 500), false}, // nothing to compare with
		{v(0, 0, 0), v(0, 0, 0), false},
	} {
		if why := judge(test.old, test.new); (why != "") != test.bad {
			t.Errorf("%+v, %+v: %q", test.old, test.new, why)
		}
	}
}

// A canary that nobody calls stays as it is; later the same command goes on.
func TestNotEnoughTraffic(t *testing.T) {
	server := account(t)
	server.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 19})
	d, c := connect(t, server), newClock()
	o := options(c)
	withCanary(&o)
	results, err := attach(t.Context(), d, o)
	catalogue.Record(err)
	if err == nil || results[0].Outcome != NotEnoughTraffic || route(server.Look("web"), "live") != "1+2" {
		t.Fatalf("%+v, %v: %s", results, err, route(server.Look("web"), "live"))
	}
	// Another version is not attached meanwhile.
	other := o
	other.Version = "2"
	if _, err := attach(t.Context(), d, other); catalogue.KindOf(err) != fault.Usage {
		t.Errorf("another version: %v", err)
	}
	server.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 20})
	if results, err = attach(t.Context(), d, o); err != nil || results[0].Outcome != Moved || route(server.Look("web"), "live") != "2" {
		t.Errorf("%+v, %v", results, err)
	}
}

// A slow function is watched for its timeout and the time that metrics take.
func TestWatchIsLongEnough(t *testing.T) {
	server := account(t)
	slow := web(1)
	slow.Latest.Timeout = 900
	server.Configure("web", slow, true, "live")
	c := newClock()
	o := options(c)
	withCanary(&o)
	o.For = time.Minute
	started := c.Now()
	if _, err := attach(t.Context(), connect(t, server), o); err != nil {
		t.Fatal(err)
	}
	if took := c.Now().Sub(started); took < 18*time.Minute {
		t.Errorf("it took %s", took)
	}
}

// What the template of a stack may still name is pinned, through several attaches.
func TestPinned(t *testing.T) {
	server := account(t)
	server.Edit("web", tag("aws:cloudformation:stack-name", "prod"))
	d, c := connect(t, server), newClock()
	pinned := func(version string) []int64 {
		o := options(c)
		o.Managed, o.Version = true, version
		if _, err := attach(t.Context(), d, o); err != nil {
			t.Fatal(err)
		}
		all, err := Journals(t.Context(), d)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Pinned
	}
	if got := pinned("2"); !slices.Equal(got, []int64{1}) {
		t.Errorf("the template names 1, pinned %v", got)
	}
	if got := pinned("3"); !slices.Equal(got, []int64{1}) {
		t.Errorf("the template still names 1, pinned %v", got)
	}
	server.Edit("web", layerOf(2)) // the stack was updated, and names 2 by now
	if got := pinned("3"); !slices.Equal(got, []int64{2}) {
		t.Errorf("the template names 2, pinned %v", got)
	}
}

// What the layer takes unzipped is in its record.
func TestUnzippedSize(t *testing.T) {
	server := account(t)
	d := connect(t, server)
	data := fmt.Sprintf(`{"schema": 1, "layer": "deps", "version": 3, "arn": "%s:3", "zip": {"unzipped": %d}}`, layerARN, int64(store.MaxUnzipped))
	digest := sha256.Sum256([]byte(data))
	if _, err := d.Objects.Put(t.Context(), "layer/000003/lamella.json", store.Body{Reader: strings.NewReader(data), Size: int64(len(data)), SHA256: digest[:]}); err != nil {
		t.Fatal(err)
	}
	plan, err := PlanAttach(t.Context(), d, Options{Layer: layer, Names: []string{"web"}})
	if err != nil || plan.Moves[0].Action != Blocked || plan.Moves[0].Size != store.MaxUnzipped+1000+20 {
		t.Errorf("%+v, %v", plan, err)
	}
}
