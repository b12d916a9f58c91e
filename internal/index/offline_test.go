package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/local"
	"github.com/lamella-build/lamella/target"
)

// TestOffline: what is on this machine is used without a request; what is not is
// named at once.
func TestOffline(t *testing.T) {
	b := newBench(t)
	demo, big := b.distribution(demoName), b.distribution(bigName)
	if _, err := b.client.Fetch(t.Context(), []resolve.Distribution{demo}); err != nil {
		t.Fatal(err)
	}
	before := b.index.Count("/")
	offline := Settings{URL: b.index.Index, Offline: true}
	b.use(offline)
	if paths, err := b.client.Fetch(t.Context(), []resolve.Distribution{demo}); err != nil || len(paths) != 1 {
		t.Errorf("what is in the cache: %v", err)
	}
	other := big
	other.Name, other.Hash, other.File.Hashes = "other", digest.SHA256([]byte("other")), nil
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{other, demo, big})
	if !errors.Is(err, resolve.ErrOffline) || catalogue.KindOf(err) != fault.Index || !slices.Equal(fault.Details(err), []string{"big 2.0", "other 2.0"}) || len(fault.Hints(err)) == 0 {
		t.Errorf("what is not: %v, %q", err, fault.Details(err))
	}
	if b.client.Holds(t.Context(), big) || !b.client.Holds(t.Context(), demo) {
		t.Error("Holds tells something else")
	}

	// A folder serves what the lock says is elsewhere.
	offline.FindLinks = []string{b.dir}
	b.use(offline)
	if _, err := b.client.Fetch(t.Context(), []resolve.Distribution{demo, big}); err != nil {
		t.Errorf("from a folder: %v", err)
	}
	if n := b.index.Count("/"); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
}

// TestOfflineFind: what the index answered before is enough, however long ago.
func TestOfflineFind(t *testing.T) {
	b := newBench(t)
	partly := b.pinned(demoName, digest.SHA256([]byte("a file that is not there")))
	if _, err := b.client.Find(t.Context(), partly); err != nil {
		t.Fatal(err)
	}
	before := b.index.Count("/")
	b.use(Settings{URL: b.index.Index, Offline: true})
	if files, err := b.client.Find(t.Context(), partly); err != nil || names(files) != demoName {
		t.Errorf("what is known: %v, %v", names(files), err)
	}
	if _, err := b.client.Find(t.Context(), b.pinned(bigName)); !errors.Is(err, resolve.ErrOffline) {
		t.Errorf("what is not: %v", err)
	}
	if n := b.index.Count("/"); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
}

func TestVendor(t *testing.T) {
	b := newBench(t)
	ds := []resolve.Distribution{b.distribution(demoName), b.distribution(bigName), b.distribution(demoName)} // of two targets
	dir := filepath.Join(t.TempDir(), "a", "wheels")
	for added := range slices.Values([]int{2, 0}) {
		got, err := Vendor(t.Context(), b.client, dir, ds)
		if err != nil || got.Added != added || !slices.Equal(got.Files, []string{demoName, bigName}) {
			t.Fatalf("got %+v, %v, want %d added", got, err, added)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, demoName), []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	// What is there under the name of a file is not replaced.
	if err := os.Remove(filepath.Join(dir, bigName)); err != nil {
		t.Fatal(err)
	}
	_, err := Vendor(t.Context(), b.client, dir, ds)
	if _, statErr := os.Stat(filepath.Join(dir, bigName)); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) != 2 || !errors.Is(statErr, fs.ErrNotExist) {
		t.Errorf("another file: %v, %v", err, statErr)
	}
	if content, err := os.ReadFile(filepath.Join(dir, demoName)); err != nil || string(content) != "damaged" {
		t.Errorf("another file was replaced: %q, %v", content, err)
	}
	if err := os.Remove(filepath.Join(dir, demoName)); err != nil {
		t.Fatal(err)
	}

	// A wheel that was damaged in the cache does not get into a folder.
	cached, _ := b.cache.Wheel(ds[0].Hash)
	whole, err := os.ReadFile(cached)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{whole[:len(whole)-1], append([]byte{whole[0] ^ 1}, whole[1:]...)} {
		for path, content := range map[string][]byte{cached: damaged} {
			if err := errors.Join(os.Chmod(path, 0o666), os.WriteFile(path, content, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Vendor(t.Context(), b.client, dir, ds)
		if _, statErr := os.Stat(filepath.Join(dir, demoName)); catalogue.KindOf(err) != fault.Machine || len(fault.Hints(err)) != 1 || !errors.Is(statErr, fs.ErrNotExist) {
			t.Errorf("%d bytes: %v, %v", len(damaged), err, statErr)
		}
	}
	if err := os.WriteFile(cached, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Vendor(t.Context(), b.client, dir, ds); err != nil {
		t.Fatal(err)
	}

	// The folder is all that another machine needs.
	other := newBench(t)
	other.use(Settings{FindLinks: []string{dir}, Offline: true})
	if _, err := other.client.Fetch(t.Context(), ds); err != nil || other.index.Count("/") != 0 {
		t.Errorf("from the folder: %v, %d requests", err, other.index.Count("/"))
	}

	tree, namesake := ds[0], ds[0]
	tree.File, tree.FromSource = lock.File{}, true
	namesake.Hash = ds[1].Hash
	for _, wrong := range []resolve.Distribution{tree, namesake} {
		if _, err := Vendor(t.Context(), b.client, filepath.Join(t.TempDir(), "new"), append(ds, wrong)); catalogue.KindOf(err) != fault.Lock || len(fault.Hints(err)) == 0 {
			t.Errorf("got %v", err)
		}
	}
}

// TestOfflineResolveNamesAll: files that are not known and files that are known
// and not here are in one list.
func TestOfflineResolveNamesAll(t *testing.T) {
	b := newBench(t)
	l := locked(b.pinned(demoName))
	l.Packages = append(l.Packages, locked(b.pinned(bigName)).Packages...)
	l.Roots = append(l.Roots, lock.Dependency{Package: 1})
	if _, err := b.client.Find(t.Context(), l.Packages[0]); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		fetch []resolve.Distribution
		want  []string
	}{{nil, []string{"big 2.0", "demo 1.0"}}, {[]resolve.Distribution{b.distribution(demoName)}, nil}} {
		b.use(Settings{URL: b.index.Index})
		if _, err := b.client.Fetch(t.Context(), test.fetch); err != nil {
			t.Fatal(err)
		}
		b.use(Settings{URL: b.index.Index, Offline: true})
		goal, err := target.Parse("python3.13", "x86_64")
		if err != nil {
			t.Fatal(err)
		}
		_, err = resolve.Resolve(t.Context(), l, goal, resolve.Options{}, b.client)
		if !errors.Is(err, resolve.ErrOffline) || !slices.Equal(fault.Details(err), test.want) {
			t.Errorf("%v, %q, want %q", err, fault.Details(err), test.want)
		}
	}
}

// TestOfflineSharedCache: a machine with an empty cache resolves and fetches from the shared
// cache, without a request to the index, and lists only what that lacks, too.
func TestOfflineSharedCache(t *testing.T) {
	objects, _, err := local.New(t.TempDir(), store.Prefix{Bucket: "cache", Path: "team"})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	use := func(offline bool) *shared.Cache {
		cached, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
		if err != nil {
			t.Fatal(err)
		}
		b.cache = cached
		b.use(Settings{URL: b.index.Index, Offline: offline})
		b.client.Shared = shared.New("s3://cache/team", func(context.Context, string) (store.Objects, error) { return objects, nil }, nil)
		return b.client.Shared
	}
	demo, both := locked(b.pinned(demoName)), locked(b.pinned(demoName))
	both.Packages = append(both.Packages, locked(b.pinned(bigName)).Packages...)
	both.Roots = append(both.Roots, lock.Dependency{Package: 1})
	run := func(l *lock.Lock) error {
		goal, err := target.Parse("python3.13", "x86_64")
		if err != nil {
			t.Fatal(err)
		}
		r, err := resolve.Resolve(t.Context(), l, goal, resolve.Options{}, b.client)
		if err == nil {
			_, err = b.client.Fetch(t.Context(), r.Distributions)
		}
		return err
	}
	online := use(false)
	online.Enter()
	if err := run(demo); err != nil {
		t.Fatal(err)
	}
	online.Leave(t.Context())

	asked := b.index.Count("/")
	use(true)
	if err := run(demo); err != nil {
		t.Errorf("offline: %v", err)
	}
	use(true)
	if err := run(both); !errors.Is(err, resolve.ErrOffline) || !strings.HasPrefix(err.Error(), "big 2.0 ") {
		t.Errorf("%v, %q, want only big 2.0 to lack", err, fault.Details(err))
	}
	if n := b.index.Count("/") - asked; n != 0 {
		t.Errorf("%d requests were sent to the index", n)
	}
}
