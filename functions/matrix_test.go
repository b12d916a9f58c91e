package functions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// command is one that changes functions, and where it leads.
type command struct {
	name    string
	prepare func(*testing.T, *fakeaws.Server, publish.Destination, *clock)
	run     func(context.Context, publish.Destination, *clock) error
	// latest is the version of the layer that $LATEST has in the end; route is the
	// alias'. failure is the kind of error that the command ends with, if it does.
	latest  int
	route   string
	fails   bool
	undone  bool // it is a rollback
	latest0 int  // where it starts
	route0  string
}

func options(c *clock) Options {
	return Options{Layer: layer, Names: []string{"web"}, Clock: c.Clock()}
}

func attaching(change func(*Options)) func(context.Context, publish.Destination, *clock) error {
	return func(ctx context.Context, d publish.Destination, c *clock) error {
		o := options(c)
		change(&o)
		_, err := attach(ctx, d, o)
		return err
	}
}

func rollingBack(ctx context.Context, d publish.Destination, c *clock) error {
	_, err := rollback(ctx, d, options(c))
	return err
}

func withCanary(o *Options) { o.Alias, o.Canary, o.For = "live", 0.1, 5*time.Minute }

func nothingBefore(*testing.T, *fakeaws.Server, publish.Destination, *clock) {}

var all = []command{
	{name: "plain", prepare: nothingBefore, run: attaching(func(*Options) {}), latest: 3, route: "1", latest0: 1, route0: "1"},
	{name: "add", prepare: func(_ *testing.T, s *fakeaws.Server, _ publish.Destination, _ *clock) {
		s.Configure("web", web(0), true, "live")
	}, run: attaching(func(o *Options) { o.Add = true }), latest: 3, route: "1", latest0: 0, route0: "1"},
	{name: "alias", prepare: nothingBefore, run: attaching(func(o *Options) { o.Alias = "live" }), latest: 3, route: "2", latest0: 1, route0: "1"},
	{name: "canary", prepare: nothingBefore, run: attaching(withCanary), latest: 3, route: "2", latest0: 1, route0: "1"},
	{name: "bad canary", prepare: func(_ *testing.T, s *fakeaws.Server, _ publish.Destination, _ *clock) {
		s.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 100, Errors: 50, P90: 110})
	}, run: attaching(withCanary), latest: 1, route: "1", fails: true, latest0: 1, route0: "1"},
	{name: "rollback", prepare: func(t *testing.T, _ *fakeaws.Server, d publish.Destination, c *clock) {
		if err := attaching(withCanary)(t.Context(), d, c); err != nil {
			t.Fatal(err)
		}
	}, run: rollingBack, latest: 1, route: "1", undone: true, latest0: 3, route0: "2"},
}

// watcher sees every state of the alias and of $LATEST.
type watcher struct {
	mu     sync.Mutex
	server *fakeaws.Server
	clock  *clock
	routes []string
	since  time.Time // when the canary was put in place
	wrong  []string
}

func (w *watcher) see(string) {
	f := w.server.Look("web")
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range []string{before, after} {
		if !slices.Contains(layersOf(f.Latest), l) {
			w.wrong = append(w.wrong, "$LATEST lacks "+l)
		}
	}
	if f.Latest.Environment.Variables["STAGE"] != "live" || f.Latest.MemorySize != 512 {
		w.wrong = append(w.wrong, "a setting is lost")
	}
	now := route(f, "live")
	if n := len(w.routes); n == 0 || w.routes[n-1] != now {
		w.routes = append(w.routes, now)
		if strings.Contains(now, "+") {
			w.since = w.clock.Now()
		}
	}
}

// check tells what must never be seen, whatever happens.
func (w *watcher) check(t *testing.T, c command, what string) {
	t.Helper()
	for _, wrong := range w.wrong {
		t.Errorf("%s: %s", what, wrong)
	}
	promoted := slices.Index(w.routes, "2")
	if c.undone || c.route == "2" && c.name == "alias" || promoted < 0 {
		return
	}
	if c.fails || promoted == 0 || w.routes[promoted-1] != "1+2" {
		t.Errorf("%s: the alias went %v", what, w.routes)
	}
	if watched := w.clock.Now().Sub(w.since); watched < 5*time.Minute {
		t.Errorf("%s: the canary was watched for %s", what, watched)
	}
}

// start makes an account of its own for one try.
func (c command) start(t *testing.T, original *fakeaws.Server) (*fakeaws.Server, publish.Destination, *clock, *watcher) {
	t.Helper()
	server, stop := original.Clone()
	t.Cleanup(stop)
	clk, d := newClock(), connect(t, server)
	c.prepare(t, server, d, clk)
	server.Reset()
	w := &watcher{server: server, clock: clk}
	server.After = w.see
	return server, d, clk, w
}

// ended tells what is not as it has to be after the command.
func (c command) ended(s *fakeaws.Server, latest int, at string) string {
	f := s.Look("web")
	if got := layersOf(f.Latest); !slices.Equal(got, wanted(latest)) && !(c.name == "add" && latest == 3 && slices.Equal(got, []string{before, after, layerARN + ":3"})) {
		return fmt.Sprintf("$LATEST has %v", got)
	}
	if got := route(f, "live"); got != at {
		return "the alias is at " + got + ", not at " + at
	}
	if at == "2" && !slices.Equal(layersOf(f.Published[1]), wanted(3)) {
		return fmt.Sprintf("version 2 has %v", layersOf(f.Published[1]))
	}
	return ""
}

// TestKilled kills each command before and after each of its calls. The same
// command completes it, and a rollback undoes it; meanwhile nothing is lost, and
// no step of a canary is left out. make test tries one of these four for each call.
func TestKilled(t *testing.T) {
	original := account(t)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			server, d, clk, w := c.start(t, original)
			err := c.run(t.Context(), d, clk)
			catalogue.Record(err)
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if wrong := c.ended(server, c.latest, c.route); wrong != "" {
				t.Fatal(wrong)
			}
			w.check(t, c, "undisturbed")
			calls := server.Requests()
			for i := range calls {
				if !testenv.All() && len(calls) > 30 && i%3 != 0 {
					continue
				}
				for k, then := range []string{"again", "rollback", "again", "rollback"} {
					if testenv.All() || i%4 == k {
						acted := k > 1
						c.killed(t, original, i, acted, then, fmt.Sprintf("killed at %d %s (acted: %t), then %s", i+1, calls[i], acted, then))
					}
				}
			}
			t.Logf("%d calls: %v", len(calls), calls)
		})
	}
}

func (c command) killed(t *testing.T, original *fakeaws.Server, i int, acted bool, then, what string) {
	t.Helper()
	server, d, clk, w := c.start(t, original)
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	n := 0
	server.Before = func(string) {
		if n == i && !acted {
			server.Inject(fakeaws.Fault{Drop: true, Times: 1000})
			kill()
		}
		n++
	}
	server.After = func(op string) {
		if w.see(op); n == i+1 && acted {
			kill()
		}
	}
	if err := c.run(ctx, d, clk); err == nil && i < len(server.Requests())-1 {
		t.Errorf("%s: no error", what)
	}
	server.Before, server.After = nil, w.see
	server.Reset()
	d = connect(t, server)
	latest, at := c.latest, c.route
	if then == "again" {
		if err := c.run(t.Context(), d, clk); (err != nil) != c.fails && !(c.fails && c.ended(server, latest, at) == "") {
			t.Errorf("%s: %v %q", what, err, fault.Hints(err))
		}
	} else {
		if !c.undone {
			latest, at = c.latest0, c.route0
		}
		if err := rollingBack(t.Context(), d, clk); err != nil && fault.KindOf(err) != fault.Usage { // nothing had begun
			t.Errorf("%s: %v", what, err)
		}
	}
	if wrong := c.ended(server, latest, at); wrong != "" {
		t.Errorf("%s: %s", what, wrong)
	}
	w.check(t, c, what)
}

// TestAnswers gives every answer that a service may give besides the right one to
// each call of each command, once and from there on.
func TestAnswers(t *testing.T) {
	original := account(t)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if c.name != "plain" {
				testenv.Heavy(t)
			}
			server, d, clk, _ := c.start(t, original)
			if err := c.run(t.Context(), d, clk); (err != nil) != c.fails {
				t.Fatal(err)
			}
			answers := slices.Concat(fakeaws.Refusals, fakeaws.Silences)
			fakeaws.Matrix(t, server.Requests(), answers, func() func(string, fakeaws.Fault) string {
				server, d, clk, w := c.start(t, original)
				next := connect(t, server)
				return func(name string, f fakeaws.Fault) string {
					server.Inject(f)
					err := c.run(t.Context(), d, clk)
					word := "done"
					if c.ended(server, c.latest, c.route) != "" || err != nil && !c.fails {
						if word = "again"; err == nil {
							t.Errorf("%s: no error, and %s", name, c.ended(server, c.latest, c.route))
						}
						server.Reset()
						if err := c.run(t.Context(), next, clk); err != nil && !c.fails {
							t.Errorf("%s, then again: %v", name, err)
						}
					}
					latest, at := c.latest, c.route
					if c.name == "canary" && c.ended(server, 1, "1") == "" {
						latest, at, word = 1, "1", "rolled back" // its metrics could not be read
					}
					if wrong := c.ended(server, latest, at); wrong != "" {
						t.Errorf("%s: %s", name, wrong)
					}
					w.check(t, c, name)
					return word
				}
			})
		})
	}
}

// TestSomebodyElse changes the function or its alias right before each call, and
// right after: what they changed is there in the end, and never goes live. make test
// tries half of the changes at each call of a short command.
func TestSomebodyElse(t *testing.T) {
	original := account(t)
	theirs := "arn:aws:lambda:eu-central-1:111122223333:layer:theirs:4"
	changes := map[string]func(*fakeaws.Server){
		"a setting": func(s *fakeaws.Server) {
			s.Edit("web", func(f *fakeaws.Configured) { f.Latest.Environment.Variables["NEW"] = "1" })
		},
		"a layer": func(s *fakeaws.Server) {
			s.Edit("web", func(f *fakeaws.Configured) {
				f.Latest.Layers = append(f.Latest.Layers, fakeaws.FunctionLayer{Arn: theirs, CodeSize: 1})
			})
		},
		"the code": func(s *fakeaws.Server) {
			s.Edit("web", func(f *fakeaws.Configured) { f.Latest.CodeSha256 = "Y29kZSAy" })
		},
		"the alias": func(s *fakeaws.Server) {
			s.EditAlias("web", "live", func(a *fakeaws.FunctionAlias) { a.FunctionVersion, a.RoutingConfig = "9", nil })
		},
	}
	for _, c := range all {
		server, d, clk, _ := c.start(t, original)
		_ = c.run(t.Context(), d, clk)
		calls := server.Requests()
		for k, name := range slices.Sorted(maps.Keys(changes)) {
			for i, call := range calls {
				if !testenv.All() && ((i+k)%2 != 0 || len(calls) > 30 && (i+k)%8 != 0) {
					continue
				}
				server, d, clk, w := c.start(t, original)
				var n int
				server.Before = func(string) {
					if n == i {
						changes[name](server)
					}
					n++
				}
				err := c.run(t.Context(), d, clk)
				catalogue.Sometimes(err)
				server.Before = nil
				what := fmt.Sprintf("%s: %s changed before %d %s (%v)", c.name, name, i+1, call, err)
				if err != nil && !errors.Is(err, store.ErrChanged) && !errors.Is(err, store.ErrNotExist) && fault.KindOf(err) == fault.Other {
					t.Error(what)
				}
				f := server.Look("web")
				switch name {
				case "a setting":
					if f.Latest.Environment.Variables["NEW"] != "1" {
						t.Errorf("%s: it is lost", what)
					}
				case "a layer":
					if !slices.Contains(layersOf(f.Latest), theirs) {
						t.Errorf("%s: it is lost", what)
					}
				case "the code":
					if f.Latest.CodeSha256 != "Y29kZSAy" {
						t.Errorf("%s: it is lost", what)
					}
				case "the alias":
					if route(f, "live") != "9" {
						t.Errorf("%s: it is lost: %s", what, route(f, "live"))
					}
				}
				for _, v := range f.Published {
					if v.Environment.Variables["NEW"] != "" || v.CodeSha256 == "Y29kZSAy" || slices.Contains(layersOf(v), theirs) {
						t.Errorf("%s: it is published", what)
					}
				}
				for _, wrong := range w.wrong {
					t.Errorf("%s: %s", what, wrong)
				}
			}
		}
	}
}
