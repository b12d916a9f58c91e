// Package functions moves Lambda functions to another version of a layer
// ([PlanAttach]) and back ([PlanRollback]), and lists which functions use which
// version ([Read]).
//
// A plan is a value that can be printed and then executed. Before a change, Execute
// writes it to a [Journal] beside the layer, so that after a crash the same command
// completes it and a rollback undoes it. Each update is conditional on the revision
// of the function that it was planned for, so it never overwrites other changes.
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

// maxConcurrent is the maximum number of functions that are read concurrently.
const maxConcurrent = 8

// Options select the functions to attach a layer to, and how.
type Options struct {
	Layer   string
	Version string // a number or an ARN; "" or "latest" means the newest
	// Names are function names, or patterns such as "web-*" (path.Match). If Names is empty
	// and there are Tags, all functions are considered.
	Names []string
	// Tags are the tags that a function must have. A value of "" matches any value.
	Tags map[string]string

	Add     bool // also add the layer to functions that do not have it
	Managed bool // also change functions managed by CloudFormation or another tool
	Force   bool // ignore the compatible runtimes and architectures of the layer

	Publish bool   // publish a version of each function; implied by Alias
	Alias   string // the alias to move to the new version; "" for none
	// Canary is the share of the alias's traffic, between 0 and 1, that the new version
	// receives first. 0 moves all traffic at once.
	Canary float64
	// For is how long to watch the canary. The canary is watched at least for the timeout of
	// the function plus 3 minutes, because metrics are delayed.
	For time.Duration
	// MinCalls is the number of calls to the new version that a verdict requires. 0 means
	// 20.
	MinCalls int64
	// PromoteUntested moves the alias even if there were fewer calls.
	PromoteUntested bool

	Clock Clock
}

// Clock is the clock that a plan uses. The zero value is the machine's clock.
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
		return refuse("name a function: lamella attach FUNCTION", "no functions selected")
	case o.Canary < 0 || o.Canary >= 1:
		return refuse("choose a share in between: lamella attach FUNCTION --alias NAME --canary 10%", "the canary's share of the traffic is %g%%, but must be greater than 0%% and less than 100%%", o.Canary*100)
	case o.Canary > 0 && o.Alias == "":
		return refuse("name the alias: lamella attach FUNCTION --alias NAME --canary 10%", "--canary requires --alias")
	case o.Alias != "" && strings.Trim(o.Alias, "0123456789") == "" || o.Alias == store.Latest:
		return refuse("name an alias: lamella attach FUNCTION --alias NAME", "%q is a function version, not an alias", o.Alias)
	case o.For < 0 || o.MinCalls < 0:
		return refuse("use positive values: lamella attach FUNCTION --alias NAME --canary 10% --for 5m", "the canary's duration and number of calls cannot be negative")
	}
	for _, name := range o.Names {
		if _, err := path.Match(name, ""); err != nil || name == "" {
			return refuse("name a function, or several with a pattern: lamella attach 'web-*'", "%q is not a function name or pattern", name)
		}
	}
	return store.Check(store.Publication{Name: o.Layer})
}

// minCalls returns the number of calls that a verdict requires.
func (o Options) minCalls() int64 { return cmp.Or(o.MinCalls, 20) }

// editor returns d's layer service as a FunctionEditor, or an error if it is not one.
func editor(d publish.Destination) (store.FunctionEditor, error) {
	if e, ok := d.Layers.(store.FunctionEditor); ok {
		return e, nil
	}
	return nil, &fault.Error{Kind: fault.Usage, Message: "a layer in a local folder cannot be attached to functions", Hints: []string{"use a destination on AWS: --to s3://BUCKET/PREFIX"}}
}

// isPattern reports whether a name can match several functions.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

func matches(names []string, function string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		ok, err := path.Match(name, function)
		return ok && err == nil
	})
}

// choose reads the functions that o selects. It reads functions with full names directly,
// and finds functions that match a pattern or tags in a listing.
func choose(ctx context.Context, e store.FunctionReader, o Options, layer store.ARN) ([]store.Function, error) {
	wanted := map[string]bool{} // function → whether it is selected by its full name
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
			// A listing has no tags. A pattern does not select functions that neither have
			// the layer nor would get it.
			if matches(o.Names, f.Name) && (o.Add || has(f, layer) != nil) && !wanted[f.Name] {
				wanted[f.Name] = false
			}
		}
	}
	names := slices.Sorted(maps.Keys(wanted))
	found := make([]store.Function, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrent)
	for i, name := range names {
		group.Go(func() error {
			f, err := e.Function(ctx, name, "")
			if isNotExist(err) {
				if wanted[name] {
					return &fault.Error{Kind: fault.Destination, Message: "function " + name + " does not exist", Sentinel: store.ErrNotExist,
						Hints: []string{"list the functions: aws lambda list-functions --query 'Functions[].FunctionName'"}}
				}
				return nil // deleted in the meantime
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

// has returns the version of a layer that a function uses, or nil if it uses none.
func has(f store.Function, layer store.ARN) *store.ARN {
	for _, l := range f.Layers {
		if arn, ok := store.ParseARN(l.ARN); ok && arn.Unversioned() == layer.Unversioned() {
			return &arn
		}
	}
	return nil
}

// with returns layers with another version of the same layer replaced by to, or with to
// appended if there is no other version. If to.Version is 0, it removes the layer instead.
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
