package index

import (
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

// Without a hash in the lock every file of the version may be the one, but only
// those of the first source that has any.
func TestFindUnhashed(t *testing.T) {
	b := newBench(t)
	testindex.MakeWheel(t, b.dir, "demo", "1.1", "py3-none-any", nil)
	p := lock.Package{Name: "demo", Version: "1.0"}
	for range 2 { // it is not remembered: the index may have more by now
		before := b.index.Count("/simple")
		files, err := b.client.Find(t.Context(), p)
		if err != nil || names(files) != demoName || files[0].Hashes[0] != digest.SHA256(b.content(demoName)) {
			t.Fatalf("%v, %v", files, err)
		}
		if b.index.Count("/simple") == before {
			t.Error("the index was not asked")
		}
	}
	b.use(Settings{URL: "http://127.0.0.1:1/simple", FindLinks: []string{b.dir}})
	if files, err := b.client.Find(t.Context(), p); err != nil || names(files) != demoName || len(files[0].Hashes) != 1 {
		t.Errorf("in a folder: %v, %v", files, err)
	}
	p.Version = "3.0"
	_, err := b.client.Find(t.Context(), p)
	failed(t, err, "refused")
}

// What nobody states a hash of is read, and what was downloaded for it stays.
func TestHash(t *testing.T) {
	b := newBench(t)
	want := digest.SHA256(b.content(demoName))
	p := lock.Package{Name: "demo", Version: "1.0"}
	b.index.Fail("/files/"+demoName, testindex.Fault{Status: 503, Times: 1})
	for _, u := range []string{b.index.FileURL(demoName), fileURL(filepath.Join(b.dir, demoName)).String()} {
		got, err := b.client.Hash(t.Context(), p, lock.File{Name: demoName, URL: u})
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", u, got, err)
		}
	}
	if _, ok := b.cache.Wheel(want); !ok {
		t.Error("the download was not kept")
	}
	_, err := b.client.Hash(t.Context(), p, lock.File{Name: "gone.whl", URL: b.index.FileURL("gone.whl")})
	failed(t, err, "hash gone.whl", "404")
	_, err = b.client.Hash(t.Context(), p, lock.File{Name: "gone.whl"})
	if catalogue.KindOf(err) != fault.Lock || len(fault.Hints(err)) == 0 {
		t.Errorf("without a URL: %v", err)
	}
}
