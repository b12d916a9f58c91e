package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// holding is an index before that of b, which answers a request only after another one came.
func (b *bench) holding(held, after string) {
	came := make(chan struct{})
	var once sync.Once
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, after):
			once.Do(func() { close(came) })
		case strings.HasPrefix(r.URL.Path, held):
			select {
			case <-came:
			case <-time.After(30 * time.Second):
				b.Errorf("%s was not asked for before %s was answered", after, held)
				once.Do(func() { close(came) })
			}
		}
		b.index.ServeHTTP(w, r)
	}))
	b.Cleanup(s.Close)
	b.use(Settings{URL: s.URL + "/simple/", Override: true})
}

// resolveAll resolves a lock of these packages.
func (b *bench) resolveAll(packages ...lock.Package) (*resolve.Resolution, error) {
	b.Helper()
	t, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		b.Fatal(err)
	}
	l := locked(packages[0])
	for i, p := range packages[1:] {
		p.Source.Kind = lock.FromIndex
		l.Packages = append(l.Packages, p)
		l.Roots = append(l.Roots, lock.Dependency{Package: i + 1})
	}
	return resolve.Resolve(b.Context(), l, t, resolve.Options{}, b.client)
}

// left returns what is in a folder of the cache, without locks.
func (b *bench) left(folder string) (names []string) {
	err := filepath.WalkDir(filepath.Join(b.cache.Dir(), folder), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.HasSuffix(path, ".lock") {
			names = append(names, filepath.Base(path))
		}
		return nil
	})
	if err != nil {
		b.Error(err)
	}
	return names
}

// TestFetchAhead: a wheel is asked for while the page of another project is still awaited.
// Each page and each wheel is asked for once, announced once, and the pages are remembered.
func TestFetchAhead(t *testing.T) {
	b := newBench(t)
	b.holding("/simple/demo/", "/files/"+bigName)
	var fetched []string
	var mu sync.Mutex
	b.client.Fetched = func(d resolve.Distribution, _ string) {
		mu.Lock()
		defer mu.Unlock()
		fetched = append(fetched, d.Name)
	}
	end := b.client.FetchAhead(t.Context())
	defer end()
	r, err := b.resolveAll(b.pinned(demoName), b.pinned(bigName))
	if err != nil {
		t.Fatal(err)
	}
	b.fetched(bigName, r.Distributions...)
	end()
	if pages, files := b.index.Count("/simple/"), b.index.Count("/files/"); pages != 2 || files != 2 {
		t.Errorf("%d pages and %d files were asked for", pages, files)
	}
	slices.Sort(fetched)
	if got := strings.Join(fetched, " "); got != "big demo" {
		t.Errorf("Fetched was called with %s", got)
	}
	for _, kind := range []event.Kind{event.Expect, event.Begin, event.End} {
		if n := strings.Count(b.messages(kind), "download"); n != 2 {
			t.Errorf("%d events of kind %d:\n%s", n, kind, b.messages(kind))
		}
	}
	b.use(Settings{URL: b.client.settings.URL, Override: true})
	if _, err := b.resolveAll(b.pinned(demoName), b.pinned(bigName)); err != nil || b.index.Count("/simple/") != 2 {
		t.Errorf("%v, %d pages were asked for in the end", err, b.index.Count("/simple/"))
	}
}

// TestFetchAheadPageFails: the error is the one without FetchAhead, and nothing is left of a
// wheel on its way, except what an earlier run left. What came of other pages is remembered.
func TestFetchAheadPageFails(t *testing.T) {
	for name, fail := range map[string]testindex.Fault{
		"gone": {Status: http.StatusNotFound}, "down": {Status: http.StatusServiceUnavailable}, "nonsense": {Body: "{"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.index.Fail("/simple/demo/", fail)
			_, want := b.resolveAll(b.pinned(demoName))
			if want == nil {
				t.Fatal("the page does not fail")
			}
			for _, begun := range []bool{false, true} {
				b.index.Fail("/files/"+bigName, testindex.Fault{Truncate: 300 << 10, Stall: true})
				if begun {
					in, err := b.cache.Begin(t.Context(), digest.SHA256(b.content(bigName)))
					if err != nil {
						t.Fatal(err)
					}
					if _, err := in.Write(b.content(bigName)[:1000]); err != nil {
						t.Fatal(err)
					}
					in.Close()
				}
				b.holding("/simple/demo/", "/files/"+bigName)
				end := b.client.FetchAhead(t.Context())
				_, err := b.resolveAll(b.pinned(demoName), b.pinned(bigName))
				end()
				address := strings.NewReplacer(strings.TrimSuffix(b.client.settings.URL, "/simple/"), b.index.URL)
				if err == nil || address.Replace(err.Error()) != want.Error() || !slices.Equal(fault.Hints(err), fault.Hints(want)) {
					t.Errorf("got %v, want %v", err, want)
				}
				if left := b.left("partial"); begun != slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, ".part") }) {
					t.Errorf("it was begun: %t; left: %v", begun, left)
				}
				if n := len(b.left("wheels")); n != 0 {
					t.Errorf("%d wheels", n)
				}
			}
		})
	}
}

// TestFetchAheadInterrupted: what an interrupted run has of a wheel is kept.
func TestFetchAheadInterrupted(t *testing.T) {
	b := newBench(t)
	b.index.Fail("/files/"+bigName, testindex.Fault{Truncate: 300 << 10, Stall: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end := b.client.FetchAhead(ctx)
	defer end()
	r, err := b.resolveAll(b.pinned(bigName))
	if err != nil {
		t.Fatal(err)
	}
	inner := b.client.events
	b.client.events = func(e event.Event) {
		if inner(e); e.Kind == event.Progress && e.Done > 0 {
			cancel()
		}
	}
	if _, err := b.client.Fetch(ctx, r.Distributions); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	end()
	if left := b.left("partial"); !slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, ".part") }) {
		t.Errorf("left %v", left)
	}
}

// TestFetchAheadFails: an error of a wheel that was begun ahead is the error of Fetch, after
// no more tries than without.
func TestFetchAheadFails(t *testing.T) {
	for _, ahead := range []bool{false, true} {
		b := newBench(t)
		b.index.Fail("/files/"+bigName, testindex.Fault{Body: "not this"})
		end := func() {}
		if ahead {
			end = b.client.FetchAhead(t.Context())
		}
		r, err := b.resolveAll(b.pinned(demoName), b.pinned(bigName))
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.client.Fetch(t.Context(), r.Distributions)
		failed(t, err, "has the wrong hash")
		end()
		if n := b.index.Count("/files/" + bigName); n != 1 {
			t.Errorf("ahead: %t: asked for %d times", ahead, n)
		}
	}
}

// TestFetchAheadOfCached: what is in the cache is not begun, and Cached is called for it.
func TestFetchAheadOfCached(t *testing.T) {
	b := newBench(t)
	d := b.distribution(demoName)
	b.fetched(demoName, d)
	end := b.client.FetchAhead(t.Context())
	defer end()
	cached := 0
	b.client.Cached = func(resolve.Distribution) { cached++ }
	b.client.Start(d)
	b.fetched(demoName, d)
	b.client.Start(b.distribution(bigName)) // too late
	if n := b.index.Count("/files/"); n != 1 || cached != 1 {
		t.Errorf("%d files were asked for, %d were cached", n, cached)
	}
	if _, err := os.Stat(filepath.Join(b.cache.Dir(), "partial", fmt.Sprintf("sha256-%s.part", digest.SHA256(b.content(bigName)).Hex()))); err == nil {
		t.Error("the other one is begun")
	}
}
