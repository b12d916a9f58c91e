// Package functions moves Lambda functions from one version of a layer to
// another ([PlanAttach]), back again ([PlanRollback]), and tells which functions
// use which version ([Read]).
//
// Both are plans first: values that can be printed, and then executed. What is
// about to change is written to a [Journal] in the layer's home before it
// changes, so after a crash the same command completes what was begun, and a
// rollback undoes it. An update names the revision of the function that it was
// decided on, so it never overwrites what somebody else changed meanwhile.
package functions

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// atATime bounds the functions that are worked on at once.
const atATime = 8

// Options are which functions to attach a layer to, and how.
type Options struct {
	Layer   string
	Version string // a number or an ARN; "" or "latest" is the newest
	// Names are names of functions, or patterns such as "web-*" (path.Match). With
	// Tags alone every function is looked at.
	Names []string
	// Tags are those that a function has to have, all of them; "" is any value.
	Tags map[string]string

	Add     bool // the layer to functions that do not have it
	Managed bool // change functions, too, that CloudFormation or another tool manages
	Force   bool // although the layer does not declare the function's runtime or architecture

	Publish bool   // make a version of each function; implied by Alias
	Alias   string // to move to that version; "" is none
	// Canary is the share of the alias' traffic, above 0 and below 1, that the new
	// version gets first; 0 moves all at once.
	Canary float64
	// For is how long the canary is watched; it is never less than the function's
	// timeout and 3 minutes, since metrics come late.
	For time.Duration
	// MinCalls is how many calls of the new version a verdict needs; 0 is 20.
	MinCalls int64
	// PromoteUntested moves the alias although there were fewer.
	PromoteUntested bool

	Clock Clock
}

// Clock is the time that a plan lives in. The zero value is the machine's.
type Clock struct {
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

func (c Clock) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c Clock) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep == nil {
		return backoff.Sleep(ctx, d)
	}
	return c.Sleep(ctx, d)
}

func (o Options) check() error {
	refuse := func(hint, format string, args ...any) error {
		return &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf(format, args...), Hints: []string{hint}}
	}
	switch {
	case len(o.Names) == 0 && len(o.Tags) == 0:
		return refuse("lamella attach FUNCTION", "no function is named")
	case o.Canary < 0 || o.Canary >= 1:
		return refuse("lamella attach FUNCTION --alias NAME --canary 10%", "the canary's share of the traffic has to be above 0%% and below 100%%, and it is %g%%", o.Canary*100)
	case o.Canary > 0 && o.Alias == "":
		return refuse("lamella attach FUNCTION --alias NAME --canary 10%", "a canary needs an alias whose traffic it can share")
	case o.Alias != "" && strings.Trim(o.Alias, "0123456789") == "" || o.Alias == store.Latest:
		return refuse("lamella attach FUNCTION --alias NAME", "%q is a version, not the name of an alias", o.Alias)
	case o.For < 0 || o.MinCalls < 0:
		return refuse("lamella attach FUNCTION --alias NAME --canary 10% --for 5m", "the canary's time and number of calls cannot be negative")
	}
	for _, name := range o.Names {
		if _, err := path.Match(name, ""); err != nil || name == "" {
			return refuse("lamella attach 'web-*'", "%q is not the name of a function, nor a pattern", name)
		}
	}
	return store.Check(store.Publication{Name: o.Layer})
}

// minCalls is how many calls a verdict needs.
func (o Options) minCalls() int64 { return cmp.Or(o.MinCalls, 20) }

// editor returns what changes functions at d.
func editor(d publish.Destination) (store.FunctionEditor, error) {
	if e, ok := d.Layers.(store.FunctionEditor); ok {
		return e, nil
	}
	return nil, &fault.Error{Kind: fault.Usage, Message: "a folder has layers but no functions", Hints: []string{"leave out --to: functions are in an AWS account"}}
}

// isPattern reports whether a name may stand for several functions.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

func matches(names []string, function string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		ok, err := path.Match(name, function)
		return ok && err == nil
	})
}

// choose reads the functions that o names: those named in full by themselves,
// those that a pattern or tags may mean from a listing.
func choose(ctx context.Context, e store.FunctionReader, o Options, layer store.ARN) ([]store.Function, error) {
	wanted := map[string]bool{} // in full
	patterns := len(o.Names) == 0
	for _, name := range o.Names {
		if isPattern(name) {
			patterns = true
		} else {
			wanted[name] = true
		}
	}
	if patterns {
		listed, err := e.AllFunctions(ctx, false)
		if err != nil {
			return nil, err
		}
		for _, f := range listed {
			// Who needs a tag, or may get the layer, is looked at closer; who does
			// neither have it nor get it is not meant by a pattern.
			if matches(o.Names, f.Name) && (o.Add || has(f, layer) != nil) && !wanted[f.Name] {
				wanted[f.Name] = false
			}
		}
	}
	names := slices.Sorted(maps.Keys(wanted))
	found := make([]store.Function, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for i, name := range names {
		group.Go(func() error {
			f, err := e.Function(ctx, name, "")
			if isNotExist(err) {
				if wanted[name] {
					return &fault.Error{Kind: fault.Destination, Message: "there is no function " + name, Sentinel: store.ErrNotExist,
						Hints: []string{"see which there are: aws lambda list-functions --query 'Functions[].FunctionName'"}}
				}
				return nil // deleted just now
			}
			found[i] = f
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(f store.Function) bool { return f.Name == "" || !tagged(f, o.Tags) }), nil
}

func tagged(f store.Function, tags map[string]string) bool {
	for name, value := range tags {
		if got, ok := f.Tags[name]; !ok || value != "" && got != value {
			return false
		}
	}
	return true
}

// has returns the version of a layer that a function has, nil if it has none.
func has(f store.Function, layer store.ARN) *store.ARN {
	for _, l := range f.Layers {
		if arn, ok := store.ParseARN(l.ARN); ok && arn.Unversioned() == layer.Unversioned() {
			return &arn
		}
	}
	return nil
}

// with returns the list in which version to of a layer is in place of another
// one, or behind all others if there is none. With to.Version 0 the layer goes.
func with(layers []string, to store.ARN) []string {
	list, placed := []string{}, false
	for _, l := range layers {
		arn, ok := store.ParseARN(l)
		switch {
		case !ok || arn.Unversioned() != to.Unversioned():
			list = append(list, l)
		case !placed && to.Version > 0:
			list, placed = append(list, to.String()), true
		}
	}
	if !placed && to.Version > 0 {
		list = append(list, to.String())
	}
	return list
}
