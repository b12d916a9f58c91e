package functions

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
)

// A rollback reports what it changed, which is nothing after an attach that failed.
func TestRollbackReportsWhatChanged(t *testing.T) {
	original := account(t)
	type want struct {
		action   Action // of the plan
		planned  [2]int64
		outcome  Outcome
		from, to int64
		reason   string
	}
	attached := func(change func(*Options)) func(*testing.T, *fakeaws.Server, Options) {
		return func(t *testing.T, s *fakeaws.Server, o Options) {
			change(&o)
			if _, err := attach(t.Context(), connect(t, s), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	failing := func(op string, change func(*Options)) func(*testing.T, *fakeaws.Server, Options) {
		return func(t *testing.T, s *fakeaws.Server, o Options) {
			change(&o)
			s.Inject(fakeaws.Fault{Op: op, Status: 403, Code: "AccessDeniedException", Times: 9})
			if _, err := attach(t.Context(), connect(t, s), o); err == nil {
				t.Fatal("the attach did not fail")
			}
			s.Reset()
		}
	}
	plain, alias := func(*Options) {}, func(o *Options) { o.Alias = "live" }
	for name, c := range map[string]struct {
		before func(*testing.T, *fakeaws.Server, Options)
		want
	}{
		"attached":               {attached(plain), want{Rollback, [2]int64{3, 1}, RolledBack, 3, 1, ""}},
		"attached to an alias":   {attached(alias), want{Rollback, [2]int64{3, 1}, RolledBack, 3, 1, ""}},
		"the update failed":      {failing("UpdateFunctionConfiguration", plain), want{Rollback, [2]int64{1, 1}, Unchanged, 1, 1, "$LATEST does not have version 3"}},
		"with an alias":          {failing("UpdateFunctionConfiguration", alias), want{Rollback, [2]int64{1, 1}, Unchanged, 1, 1, "$LATEST does not have version 3"}},
		"publishing failed":      {failing("PublishVersion", alias), want{Rollback, [2]int64{3, 1}, RolledBack, 3, 1, ""}},
		"moving the alias fails": {failing("UpdateAlias", alias), want{Rollback, [2]int64{3, 1}, RolledBack, 3, 1, ""}},
		"adding failed": {func(t *testing.T, s *fakeaws.Server, o Options) {
			s.Configure("web", web(0), true, "live")
			failing("UpdateFunctionConfiguration", func(o *Options) { o.Add = true })(t, s, o)
		}, want{Rollback, [2]int64{0, 0}, Unchanged, 0, 0, "$LATEST does not have version 3"}},
		"added": {func(t *testing.T, s *fakeaws.Server, o Options) {
			s.Configure("web", web(0), true, "live")
			attached(func(o *Options) { o.Add = true })(t, s, o)
		}, want{Rollback, [2]int64{3, 0}, RolledBack, 3, 0, ""}},
		"someone else moved it": {func(t *testing.T, s *fakeaws.Server, o Options) {
			attached(plain)(t, s, o)
			s.Edit("web", layerOf(2))
		}, want{Skip, [2]int64{2, 2}, Skipped, 2, 2, "someone else has changed its layer since version 3 was attached"}},
		"someone else moved $LATEST": {func(t *testing.T, s *fakeaws.Server, o Options) {
			attached(alias)(t, s, o)
			s.Edit("web", layerOf(2))
		}, want{Rollback, [2]int64{2, 2}, RolledBack, 2, 2, "only alias live, because $LATEST does not have version 3"}},
		"twice": {func(t *testing.T, s *fakeaws.Server, o Options) {
			attached(plain)(t, s, o)
			if _, err := rollback(t.Context(), connect(t, s), o); err != nil {
				t.Fatal(err)
			}
		}, want{Current, [2]int64{1, 1}, Unchanged, 1, 1, "already rolled back"}},
	} {
		server, stop := original.Clone()
		t.Cleanup(stop)
		o := options(newClock())
		c.before(t, server, o)
		layers, at := layersOf(server.Look("web").Latest), route(server.Look("web"), "live")
		plan, err := PlanRollback(t.Context(), connect(t, server), o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m := plan.Moves[0]
		if m.Action != c.action || [2]int64{m.From, m.To} != c.planned {
			t.Errorf("%s: planned %s of %d to %d", name, m.Action, m.From, m.To)
		}
		results, err := plan.Execute(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r := results[0]; r.Outcome != c.outcome || r.From != c.from || r.To != c.to || r.Reason != c.reason {
			t.Errorf("%s: %+v", name, r)
		}
		f := server.Look("web")
		moved := strings.Join(layers, " ") != strings.Join(layersOf(f.Latest), " ") || at != route(f, "live")
		if moved != (c.outcome == RolledBack) {
			t.Errorf("%s: %s, and $LATEST has %v, the alias is at %s", name, c.outcome, layersOf(f.Latest), route(f, "live"))
		}
		if n := len(layersOf(f.Latest)); c.action == Rollback && m.Layers != n {
			t.Errorf("%s: planned %d layers, and there are %d", name, m.Layers, n)
		}
	}
}

// A canary that fails reports that it went back, not forth.
func TestBadCanaryReportsRollback(t *testing.T) {
	server := account(t)
	server.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 100, Errors: 50, P90: 110})
	o := options(newClock())
	withCanary(&o)
	results, err := attach(t.Context(), connect(t, server), o)
	if err == nil || results[0].Outcome != RolledBack || results[0].From != 3 || results[0].To != 1 || results[0].Reason == "" {
		t.Errorf("%+v, %v", results, err)
	}
}

// What changes between the plan and its execution is reported as it is then.
func TestRollbackReportsWhatIsThere(t *testing.T) {
	server := account(t)
	o := options(newClock())
	if _, err := attach(t.Context(), connect(t, server), o); err != nil {
		t.Fatal(err)
	}
	plan, err := PlanRollback(t.Context(), connect(t, server), o)
	if err != nil {
		t.Fatal(err)
	}
	server.Edit("web", layerOf(2))
	results, err := plan.Execute(t.Context())
	if r := results[0]; err != nil || r.Outcome != Unchanged || r.From != 2 || r.To != 2 || r.Reason != "$LATEST does not have version 3" {
		t.Errorf("%+v, %v", r, err)
	}
}
