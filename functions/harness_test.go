package functions

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

const (
	layer    = "deps"
	layerARN = "arn:aws:lambda:eu-central-1:123456789012:layer:deps"
	before   = "arn:aws:lambda:eu-central-1:464622532012:layer:Datadog-Python313:110"
	after    = "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3:7"
)

// clock is a machine's that never waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Clock() Clock {
	return Clock{Now: c.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.now = c.now.Add(d)
		return ctx.Err()
	}}
}

// account has versions 1 to 3 of the layer, and a function that has version 1
// between two layers of others, in $LATEST and behind its alias.
func account(t *testing.T) *fakeaws.Server {
	t.Helper()
	server := fakeaws.New(t, "bucket")
	d := connect(t, server)
	for i := range 3 {
		data := fmt.Sprintf("zip %d", i+1)
		digest := sha256.Sum256([]byte(data))
		key := fmt.Sprintf("layer/zip/%d", i)
		if _, err := d.Objects.Put(t.Context(), key, store.Body{Reader: strings.NewReader(data), Size: int64(len(data)), SHA256: digest[:]}); err != nil {
			t.Fatal(err)
		}
		_, err := d.Layers.Publish(t.Context(), store.Publication{Name: layer, Content: d.Objects.Location(key), Runtimes: []string{"python3.13"}, Architectures: []string{"x86_64"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	server.Configure("web", web(1), true, "live")
	server.SetTraffic("web", "live", "1", fakeaws.Traffic{Calls: 1000, Errors: 10, P90: 100})
	server.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 100, Errors: 1, P90: 110})
	server.Reset()
	return server
}

// web is a function with a version of the layer; 0 is none.
func web(version int) fakeaws.Configured {
	layers := []fakeaws.FunctionLayer{{Arn: before, CodeSize: 10}, {Arn: after, CodeSize: 10}}
	if version > 0 {
		layers = slices.Insert(layers, 1, fakeaws.FunctionLayer{Arn: fmt.Sprintf("%s:%d", layerARN, version), CodeSize: 5})
	}
	return fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Handler: "app.main", Timeout: 30, MemorySize: 512,
		Role: "arn:aws:iam::123456789012:role/web", Architectures: []string{"x86_64"}, Layers: layers,
		Environment: &fakeaws.Environment{Variables: map[string]string{"STAGE": "live"}}}}
}

func connect(t *testing.T, server *fakeaws.Server) publish.Destination {
	t.Helper()
	server.Use(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
}

// layersOf are the ARNs of a configuration's layers.
func layersOf(c fakeaws.FunctionConfig) []string {
	var arns []string
	for _, l := range c.Layers {
		arns = append(arns, l.Arn)
	}
	return arns
}

func wanted(version int) []string {
	if version == 0 {
		return []string{before, after}
	}
	return []string{before, fmt.Sprintf("%s:%d", layerARN, version), after}
}

// attach plans and executes.
func attach(ctx context.Context, d publish.Destination, o Options) ([]Result, error) {
	plan, err := PlanAttach(ctx, d, o)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}

func rollback(ctx context.Context, d publish.Destination, o Options) ([]Result, error) {
	plan, err := PlanRollback(ctx, d, o)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}

// route is where an alias sends its traffic: "1", or "1+2" with a canary.
func route(f fakeaws.Configured, alias string) string {
	a := f.Aliases[alias]
	text := a.FunctionVersion
	if a.RoutingConfig != nil {
		for version := range a.RoutingConfig.AdditionalVersionWeights {
			text += "+" + version
		}
	}
	return text
}
