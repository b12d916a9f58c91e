package index

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

// A package whose lock names an index is asked of that index alone, whether its
// wheel is there or not; so is its wheel.
func TestANamedIndexIsTheOnlyOneAsked(t *testing.T) {
	b := newBench(t)
	other := testindex.Start(t, b.dir) // has the same wheels, and must not learn that they are wanted
	b.use(Settings{URL: other.Index, ExtraURLs: []string{other.URL + "/extra"}, FindLinks: []string{other.URL + "/links"}})

	p := b.pinned(demoName)
	p.Source.Location = b.index.Index
	files, err := b.client.Find(t.Context(), p)
	if err != nil || names(files) != demoName || files[0].URL != b.index.FileURL(demoName) {
		t.Errorf("%v, %v", files, err)
	}

	d := b.distribution(bigName)
	d.File.URL, d.Source.Location = "", b.index.Index
	b.fetched(bigName, d)

	unhashed := lock.Package{Name: "demo", Version: "1.0", Source: p.Source}
	if files, err := b.client.Find(t.Context(), unhashed); err != nil || names(files) != demoName {
		t.Errorf("unhashed: %v, %v", files, err)
	}

	absent := p
	absent.Hashes = []digest.Digest{digest.SHA256([]byte("another file"))}
	_, err = b.client.Find(t.Context(), absent)
	failed(t, err, b.index.Index, "in the lock file: --index-url")
	absent.Name = "nobody-has-it"
	_, err = b.client.Find(t.Context(), absent)
	failed(t, err, b.index.Index, "nobody-has-it")

	if n := other.Count("/"); n != 0 {
		t.Errorf("the other index was asked %d times: %v", n, other.Requests("/"))
	}
}

// Who names an index by flag wants that one to be asked.
func TestTheUsersIndexComesBeforeTheLocks(t *testing.T) {
	b := newBench(t)
	other := testindex.Start(t, b.dir)
	b.use(Settings{URL: other.Index, Override: true})
	p := b.pinned(demoName)
	p.Source.Location = b.index.Index
	if files, err := b.client.Find(t.Context(), p); err != nil || files[0].URL != other.FileURL(demoName) {
		t.Errorf("%v, %v", files, err)
	}
	if n := b.index.Count("/"); n != 0 {
		t.Errorf("the lock's index was asked %d times", n)
	}
}

// Without an index at all, none is asked, whatever the lock names.
func TestNoIndexHoldsForNamedIndexes(t *testing.T) {
	b := newBench(t)
	b.use(Settings{NoIndex: true, FindLinks: []string{b.dir}})
	p := b.pinned(demoName)
	p.Source.Location = b.index.Index
	files, err := b.client.Find(t.Context(), p)
	if err != nil || !strings.HasPrefix(files[0].URL, "file:") || b.index.Count("/") != 0 {
		t.Errorf("%v, %v, %d requests; %s", files, err, b.index.Count("/"), b.messages(event.Warn))
	}
}
