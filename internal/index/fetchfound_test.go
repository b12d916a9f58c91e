package index

import "testing"

// TestFetchFound: what the index that the user chose was asked for before the download, it is
// not asked for again.
func TestFetchFound(t *testing.T) {
	b := newBench(t)
	b.use(Settings{URL: b.index.Index, Override: true})
	r, err := b.resolve(b.pinned(bigName))
	if err != nil {
		t.Fatal(err)
	}
	b.fetched(bigName, r.Distributions...)
	if pages, files := b.index.Count("/simple/"), b.index.Count("/files/"); pages != 1 || files != 1 {
		t.Errorf("%d pages and %d files requested, want one each", pages, files)
	}
}
