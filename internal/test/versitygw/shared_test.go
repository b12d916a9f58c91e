package versitygw

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// TestSharedCache: 32 machines store the same wheels at once, after one of the objects was
// replaced by junk. What stays is what they stored, and none of them gives the cache up.
func TestSharedCache(t *testing.T) {
	(&fakeaws.Server{URL: serve(t)}).Use(t)
	makeBucket(t, "shared-cache")
	open := func(ctx context.Context, _ string) (store.Objects, error) {
		o, _, err := aws.New(ctx, store.Prefix{Bucket: "shared-cache", Path: "team"}, aws.Options{})
		return o, err
	}
	wheels := map[string][]byte{}
	for i := range 6 {
		content := storetest.Random(100_000<<i, byte(i)) // up to 3.2 MB
		wheels[shared.WheelKey(digest.SHA256(content))] = content
	}
	junk, err := open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for key := range wheels {
		if _, err := junk.Put(t.Context(), key, storetest.Body([]byte("junk"))); err != nil {
			t.Fatal(err)
		}
		break
	}

	var mu sync.Mutex
	var warned []string
	machine := func() *shared.Cache {
		return shared.New("s3://shared-cache/team", open, func(e event.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Kind == event.Warn {
				warned = append(warned, e.Message)
			}
		})
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			c := machine()
			c.Enter()
			defer c.Leave(t.Context())
			for key, content := range wheels {
				if found, err := get(t.Context(), c, key, content); err != nil {
					t.Error(err)
				} else if !found {
					c.PutBytes(key, content)
				}
			}
		})
	}
	all.Wait()
	last := machine()
	for key, content := range wheels {
		if found, err := get(t.Context(), last, key, content); !found || err != nil {
			t.Errorf("%s: %t, %v", key, found, err)
		}
	}
	refused := 0
	for _, message := range warned {
		switch {
		case !strings.Contains(message, "continuing without"):
			refused++
		case !strings.Contains(message, "too slow"): // as this machine may be
			t.Error(message)
		}
	}
	if refused == 0 || refused > 32 {
		t.Errorf("the junk was refused %d times", refused)
	}
}

// get verifies an object as a build does.
func get(ctx context.Context, c *shared.Cache, key string, content []byte) (bool, error) {
	return c.Get(ctx, key, 10<<20, func(r io.Reader, _ int64) error {
		got, err := io.ReadAll(r)
		if err == nil && !bytes.Equal(got, content) {
			err = shared.Wrong(fmt.Errorf("it has %d other bytes", len(got)))
		}
		return err
	})
}
