package aws

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// clock counts what would be waited for, and the lines that say so.
type clock struct {
	mu     sync.Mutex // parts are sent side by side
	waited time.Duration
	pauses []time.Duration
	notes  int
}

func (c *clock) options() Options {
	return Options{
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.waited += d
			c.pauses = append(c.pauses, d)
			return ctx.Err()
		},
		Events: func(e event.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if e.Kind == event.Note && e.Message != "" {
				c.notes++
			}
		},
	}
}

// TestBusy: each call waits for a busy service, for more than a minute and not for
// ever, and says so in one line.
func TestBusy(t *testing.T) {
	small, large := storetest.Body([]byte("zip")), storetest.Body(storetest.Random(17<<20, 9))
	large.Multipart = true
	users := []store.User{{Function: "f", Version: "1"}}
	calls := map[string]func(ctx context.Context, o *Objects, l *Layers) error{
		"HeadObject":          func(ctx context.Context, o *Objects, _ *Layers) error { _, err := o.Head(ctx, "x"); return err },
		"GetObject":           func(ctx context.Context, o *Objects, _ *Layers) error { _, _, err := o.Get(ctx, "x"); return err },
		"PutObject":           func(ctx context.Context, o *Objects, _ *Layers) error { _, err := o.Put(ctx, "y", small); return err },
		"UploadPart":          func(ctx context.Context, o *Objects, _ *Layers) error { _, err := o.Put(ctx, "y", large); return err },
		"ListObjectsV2":       func(ctx context.Context, o *Objects, _ *Layers) error { _, err := o.List(ctx, ""); return err },
		"DeleteObject":        func(ctx context.Context, o *Objects, _ *Layers) error { return o.Delete(ctx, "x") },
		"GetBucketVersioning": func(ctx context.Context, o *Objects, _ *Layers) error { _, err := o.Versioned(ctx); return err },
		"CopyObject":          func(ctx context.Context, o *Objects, _ *Layers) error { return o.CopyFrom(ctx, o.Location("x"), "z") },
		"ListLayerVersions":   func(ctx context.Context, _ *Objects, l *Layers) error { _, err := l.Versions(ctx, "deps"); return err },
		"GetLayerVersion": func(ctx context.Context, _ *Objects, l *Layers) error {
			_, err := l.Version(ctx, "deps", 1)
			return err
		},
		"DeleteLayerVersion": func(ctx context.Context, _ *Objects, l *Layers) error { return l.Delete(ctx, "deps", 9) },
		"ListFunctions": func(ctx context.Context, _ *Objects, l *Layers) error {
			_, err := l.Users(ctx, "arn:aws:lambda:eu-central-1:123456789012:layer:deps")
			return err
		},
		"ListAliases": func(ctx context.Context, _ *Objects, l *Layers) error { return l.NameAliases(ctx, users) },
		"AddLayerVersionPermission": func(ctx context.Context, _ *Objects, l *Layers) error {
			return l.Grant(ctx, "deps", 1, store.Principal("123456789012").Grant())
		},
		"PutParameter": func(ctx context.Context, _ *Objects, l *Layers) error { return l.SetParameter(ctx, "p", "v") },
	}
	busy := map[string]fakeaws.Fault{
		"429":         {Status: 429, Code: "TooManyRequestsException", Message: "Rate exceeded"},
		"503":         {Status: 503, Code: "SlowDown", Message: "Reduce your request rate"},
		"Retry-After": {Status: 429, Code: "Throttling", Header: map[string]string{"Retry-After": "17"}},
	}
	for op, call := range calls {
		for kind, f := range busy {
			t.Run(op+" "+kind, func(t *testing.T) {
				server := fakeaws.New(t, bucket)
				server.Use(t)
				t.Setenv("AWS_MAX_ATTEMPTS", "1")
				server.SetFunction("f", fakeaws.Function{Layers: map[string][]string{"$LATEST": nil}})
				c := &clock{}
				o, l, err := New(t.Context(), store.Prefix{Bucket: bucket, Path: "team/layers"}, c.options())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := o.Put(t.Context(), "x", small); err != nil {
					t.Fatal(err)
				}
				if _, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x")}); err != nil {
					t.Fatal(err)
				}
				f.Op, f.Times = op, 3
				server.Inject(f)
				if err := call(t.Context(), o, l); err != nil {
					t.Errorf("after three refusals: %v", err)
				}
				if c.notes != 1 || len(c.pauses) < 3 {
					t.Errorf("%d lines, %d pauses", c.notes, len(c.pauses))
				}
				if kind == "Retry-After" && c.pauses[0] < 17*time.Second {
					t.Errorf("asked for 17 s, waited %v", c.pauses[0])
				}

				c.waited, f.Times = 0, 1000
				server.Inject(f)
				err = call(t.Context(), o, l)
				if fault.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 || errors.Is(err, store.ErrNotExist) {
					t.Errorf("got %v", err)
				}
				if c.waited < time.Minute || op != "UploadPart" && c.waited != backoff.Total {
					t.Errorf("waited %v in all", c.waited)
				}
			})
		}
	}
}

// TestBusyIsInterrupted: nobody waits for a minute after Ctrl-C.
func TestBusyIsInterrupted(t *testing.T) {
	server := fakeaws.New(t, bucket)
	server.Use(t)
	_, l, err := New(t.Context(), store.Prefix{Bucket: bucket}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	server.Inject(fakeaws.Fault{Status: 429, Code: "TooManyRequestsException", Times: 1000})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := l.Versions(ctx, "deps"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 10*time.Second {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
}
