package index

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
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
	if !errors.Is(err, resolve.ErrOffline) || fault.KindOf(err) != fault.Index || !slices.Equal(fault.Details(err), []string{"big 2.0", "other 2.0"}) || len(fault.Hints(err)) == 0 {
		t.Errorf("what is not: %v, %q", err, fault.Details(err))
	}
	if b.client.Holds(big) || !b.client.Holds(demo) {
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
	if got, err := Vendor(t.Context(), b.client, dir, ds); err != nil || got.Added != 1 {
		t.Errorf("a damaged file: %+v, %v", got, err)
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
		if _, err := Vendor(t.Context(), b.client, filepath.Join(t.TempDir(), "new"), append(ds, wrong)); fault.KindOf(err) != fault.Lock || len(fault.Hints(err)) == 0 {
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
