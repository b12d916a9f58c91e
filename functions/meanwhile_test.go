package functions

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/store"
)

// TestDeleted deletes one of two functions right before each call of each command: the
// other one is moved, the error names the deleted one, and the same command and a new
// function with the same name work afterwards. make test does so before every second call.
func TestDeleted(t *testing.T) {
	original := account(t)
	original.Configure("zebra", web(1), true, "live")
	original.SetTraffic("zebra", "live", "1", fakeaws.Traffic{Calls: 100, P90: 100})
	original.SetTraffic("zebra", "live", "2", fakeaws.Traffic{Calls: 100, P90: 100})
	for name, o := range map[string]Options{
		"plain":    {},
		"publish":  {Publish: true},
		"alias":    {Alias: "live"},
		"canary":   {Alias: "live", Canary: 0.1, For: 5 * time.Minute},
		"rollback": {},
	} {
		o.Layer, o.Names = layer, []string{"*"}
		run := attach
		if name == "rollback" {
			run = rollback
		}
		start := func() (*fakeaws.Server, *clock) {
			server, stop := original.Clone()
			t.Cleanup(stop)
			clk := newClock()
			o.Clock = clk.Clock()
			if d := connect(t, server); name == "rollback" {
				before := o
				before.Alias, before.Canary = "live", 0
				if _, err := attach(t.Context(), d, before); err != nil {
					t.Fatal(err)
				}
			}
			server.Reset()
			return server, clk
		}
		server, _ := start()
		if _, err := run(t.Context(), connect(t, server), o); err != nil {
			t.Fatal(err)
		}
		calls := server.Requests()
		for i := range calls {
			if !testenv.All() && (i%2 != 0 || len(calls) > 30 && i%6 != 0) {
				continue
			}
			what := fmt.Sprintf("%s: deleted before %d %s", name, i+1, calls[i])
			server, _ := start()
			d := connect(t, server)
			var n atomic.Int64
			server.Before = func(string) {
				if n.Add(1) == int64(i+1) {
					server.Remove("web")
				}
			}
			results, err := run(t.Context(), d, o)
			server.Before = nil
			catalogue.Sometimes(err)
			if err != nil && (!errors.Is(err, store.ErrNotExist) || fault.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0) {
				t.Errorf("%s: %v %q", what, err, fault.Hints(err))
			}
			for _, r := range results {
				if r.Function == "zebra" && r.Err != nil {
					t.Errorf("%s: %v", what, r.Err)
				}
			}
			latest := 3
			if name == "rollback" {
				latest = 1
			}
			if got := layersOf(server.Look("zebra").Latest); !slices.Equal(got, wanted(latest)) {
				t.Errorf("%s: the other function has %v (%v)", what, got, err)
			}
			if _, err := run(t.Context(), d, o); err != nil {
				t.Errorf("%s, then again: %v", what, err)
			}
			server.Configure("web", web(1), true, "live")
			if _, err := run(t.Context(), d, o); err != nil && name != "rollback" {
				t.Errorf("%s, then again for a new function: %v", what, err)
			}
			if got := layersOf(server.Look("web").Latest); !slices.Equal(got, wanted(latest)) {
				t.Errorf("%s: the new function has %v", what, got)
			}
		}
	}
}

// TestTwoCanaries runs a second canary on the same alias at every point of the first: of
// the same version and of another one. Only one of them moves the alias, each ends with
// a result or says what is in its way, and no step is left out. make test runs one of the
// two at each point.
func TestTwoCanaries(t *testing.T) {
	original := account(t)
	c := all[slices.IndexFunc(all, func(c command) bool { return c.name == "canary" })]
	other := attaching(func(o *Options) { withCanary(o); o.Version = "2" })
	server, d, clk, _ := c.start(t, original)
	if err := c.run(t.Context(), d, clk); err != nil {
		t.Fatal(err)
	}
	calls := server.Requests()
	for i, call := range calls {
		for _, same := range []bool{true, false} {
			if !testenv.All() && same == (i%2 == 0) {
				continue
			}
			what := fmt.Sprintf("a second canary (same version: %t) before %d %s", same, i+1, call)
			server, d, clk, w := c.start(t, original)
			server.SetTraffic("web", "live", "3", fakeaws.Traffic{Calls: 100, P90: 110})
			second := other
			if same {
				second = c.run
			}
			var theirs error
			var n atomic.Int64
			server.Before = func(string) {
				if n.Add(1) == int64(i+1) {
					theirs = second(t.Context(), connect(t, server), clk)
				}
			}
			ours := c.run(t.Context(), d, clk)
			server.Before = nil
			if ours != nil && theirs != nil {
				t.Errorf("%s: both failed: %v; %v", what, ours, theirs)
			}
			for _, err := range []error{ours, theirs} {
				catalogue.Sometimes(err)
				if err != nil && (fault.KindOf(err) == fault.Other || len(fault.Hints(err)) == 0) {
					t.Errorf("%s: %v", what, err)
				}
			}
			f := server.Look("web")
			at := route(f, "live")
			if index := slices.IndexFunc(f.Published, func(v fakeaws.FunctionConfig) bool { return v.Version == at }); index < 1 {
				t.Errorf("%s: the alias is at %s (%v; %v)", what, at, ours, theirs)
			} else if got := layersOf(f.Published[index]); !slices.Equal(got, layersOf(f.Latest)) {
				t.Errorf("%s: the alias has %v, $LATEST %v", what, got, layersOf(f.Latest))
			}
			if same {
				w.check(t, c, what)
			} else if len(w.wrong) > 0 {
				t.Errorf("%s: %q", what, w.wrong)
			}
		}
	}
}
