package index

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/resolve"
)

// Files that are not there are all named in one error, in order, and the others
// are in the cache.
func TestFetchNamesAllThatIsMissing(t *testing.T) {
	for _, names := range [][]string{{"one"}, {"zeta", "alpha", "Mid"}, {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}} {
		b := newBench(t)
		found := b.distribution(demoName)
		all := []resolve.Distribution{found}
		for _, name := range names {
			d := found
			d.Name, d.Hash = name, digest.SHA256([]byte(name))
			d.File.Name = name + "-1.0-py3-none-any.whl"
			d.File.URL, d.File.Hashes = b.index.FileURL(d.File.Name), []digest.Digest{d.Hash}
			all = append(all, d)
		}
		slices.Reverse(all) // what is there comes last
		_, err := b.client.Fetch(t.Context(), all)
		if catalogue.KindOf(err) != fault.Index {
			t.Fatalf("%q: %v", names, err)
		}
		text := err.Error() + "\n" + strings.Join(fault.Details(err), "\n")
		at := -1
		for _, name := range slices.Sorted(slices.Values(names)) {
			next := strings.Index(text, name+"-1.0-py3")
			if next < 0 || next < at {
				t.Errorf("%s is not named in its place:\n%s", name, text)
			}
			at = next
		}
	}
}
