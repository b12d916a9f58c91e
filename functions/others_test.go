package functions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/store"
)

// weigh gives another version a share of an alias's traffic, unless one has some.
func weigh(s *fakeaws.Server, version func(*fakeaws.FunctionAlias) string) (done bool) {
	s.EditAlias("web", "live", func(a *fakeaws.FunctionAlias) {
		if a.RoutingConfig == nil || len(a.RoutingConfig.AdditionalVersionWeights) == 0 {
			a.RoutingConfig = &fakeaws.Routing{AdditionalVersionWeights: map[string]float64{version(a): 0.5}}
			done = true
		}
	})
	return done
}

func edit(s *fakeaws.Server, change func(*fakeaws.Configured)) (done bool) {
	s.Edit("web", change)
	return true
}

// otherTools are what other tools and AWS itself do to a function. seen reports what is
// wrong in the end, "" for nothing.
var otherTools = map[string]struct {
	change func(*fakeaws.Server) (done bool)
	seen   func(c command, s *fakeaws.Server, err error) string
}{
	"a permission is added": { // which changes the revision of the function and nothing else
		func(s *fakeaws.Server) bool { return edit(s, func(*fakeaws.Configured) {}) },
		func(c command, s *fakeaws.Server, err error) string { return undisturbed(c, s, err) },
	},
	"an update without a change is under way": {
		func(s *fakeaws.Server) bool {
			return edit(s, func(f *fakeaws.Configured) { f.Latest.LastUpdateStatus, f.Updating = "InProgress", 2 })
		},
		func(c command, s *fakeaws.Server, err error) string { return undisturbed(c, s, err) },
	},
	"Lambda moves provisioned concurrency": { // the alias's own version gets a weight
		func(s *fakeaws.Server) bool {
			return weigh(s, func(a *fakeaws.FunctionAlias) string { return a.FunctionVersion })
		},
		func(c command, s *fakeaws.Server, err error) string {
			at, _, _ := strings.Cut(route(s.Look("web"), "live"), "+")
			if errors.Is(err, store.ErrChanged) || err == nil && at == c.route || c.fails {
				return ""
			}
			return fmt.Sprintf("the alias is at %s (%v)", at, err)
		},
	},
	"CodeDeploy begins a deployment": {
		func(s *fakeaws.Server) bool {
			return weigh(s, func(*fakeaws.FunctionAlias) string { return "9" })
		},
		func(_ command, s *fakeaws.Server, _ error) string {
			if at := route(s.Look("web"), "live"); !strings.HasSuffix(at, "+9") {
				return "the alias is at " + at + ", without the weight of CodeDeploy"
			}
			return ""
		},
	},
	"the alias is deleted": {
		func(s *fakeaws.Server) bool {
			return edit(s, func(f *fakeaws.Configured) { delete(f.Aliases, "live") })
		},
		func(_ command, s *fakeaws.Server, _ error) string {
			if s.Look("web").Aliases["live"] != nil {
				return "it is back"
			}
			return ""
		},
	},
	"all layers are removed": { // as Zappa and Chalice do
		func(s *fakeaws.Server) bool {
			return edit(s, func(f *fakeaws.Configured) { f.Latest.Layers = nil })
		},
		func(c command, s *fakeaws.Server, _ error) string {
			left := layersOf(s.Look("web").Latest)
			if len(left) > 0 && (c.name != "add" || !slices.Equal(left, []string{layerARN + ":3"})) {
				return fmt.Sprintf("it has %v again", left)
			}
			return ""
		},
	},
	"somebody attaches the newest version": {
		func(s *fakeaws.Server) bool {
			return edit(s, func(f *fakeaws.Configured) { f.Latest.Layers = web(3).Latest.Layers })
		},
		func(_ command, s *fakeaws.Server, _ error) string {
			left := layersOf(s.Look("web").Latest)
			if !slices.Contains(left, before) || !slices.Contains(left, after) {
				return fmt.Sprintf("it has %v", left)
			}
			return ""
		},
	},
}

// undisturbed is what is not as if nobody else had done anything.
func undisturbed(c command, s *fakeaws.Server, err error) string {
	if (err != nil) != c.fails {
		return fmt.Sprintf("%v %q", err, fault.Hints(err))
	}
	return c.ended(s, c.latest, c.route)
}

// TestOtherTools has another tool, or AWS itself, do something to the function right before
// each call of each command.
func TestOtherTools(t *testing.T) {
	original := account(t)
	for _, c := range all {
		server, d, clk, _ := c.start(t, original)
		_ = c.run(t.Context(), d, clk)
		calls := server.Requests()
		for name, tool := range otherTools {
			for i, call := range calls {
				if !testenv.All() && i%11 != len(name)%11 {
					continue
				}
				server, d, clk, _ := c.start(t, original)
				n, done := 0, false
				server.After = nil
				server.Before = func(string) {
					if n++; n == i+1 {
						done = tool.change(server)
					}
				}
				err := c.run(t.Context(), d, clk)
				server.Before = nil
				what := fmt.Sprintf("%s: %s before %d %s (%v)", c.name, name, i+1, call, err)
				catalogue.Sometimes(err)
				if err != nil && fault.KindOf(err) == fault.Other {
					t.Error(what)
				}
				if wrong := tool.seen(c, server, err); done && wrong != "" {
					t.Errorf("%s: %s", what, wrong)
				}
			}
		}
	}
}

// Lambda refuses a list with a layer version that was deleted, and does not say which.
func TestDeletedLayerIsNamed(t *testing.T) {
	dead := "arn:aws:lambda:eu-central-1:123456789012:layer:other:7"
	server := account(t)
	server.Edit("web", func(f *fakeaws.Configured) {
		f.Latest.Layers = append(f.Latest.Layers, fakeaws.FunctionLayer{Arn: dead, CodeSize: 1})
	})
	_, err := attach(t.Context(), connect(t, server), options(newClock()))
	if catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), "version 7 of layer other") || len(fault.Hints(err)) == 0 {
		t.Errorf("%v %q", err, fault.Hints(err))
	}
	if got := layersOf(server.Look("web").Latest); !slices.Contains(got, layerARN+":1") || !slices.Contains(got, dead) {
		t.Errorf("it has %v", got)
	}
}
