package index

import (
	"testing"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

// TestLocalVersions: files with a local version label are files of a version without one, if the
// tool of the lock file takes them; whether or not the index or the lock file has hashes.
func TestLocalVersions(t *testing.T) {
	const (
		plain = "torch-2.3.0-py3-none-any.whl"
		cu118 = "torch-2.3.0+cu118-py3-none-any.whl"
	)
	for name, c := range map[string]struct {
		local    lock.LocalFiles
		version  string
		noHashes bool // in the index
		unhashed bool // in the lock file
		want     string
	}{
		"hashes":                   {lock.HighestLocal, "2.3.0", false, false, cu118},
		"no hashes in the index":   {lock.HighestLocal, "2.3.0", true, false, cu118 + " " + plain},
		"no hashes in the lock":    {lock.HighestLocal, "2.3.0", false, true, cu118 + " " + plain},
		"exactly, in the index":    {lock.NoLocal, "2.3.0", true, false, plain},
		"exactly, no hashes":       {lock.NoLocal, "2.3.0", false, true, plain},
		"the label, no hashes":     {lock.NoLocal, "2.3.0+cu118", false, true, cu118},
		"the label, in the index":  {lock.NoLocal, "2.3.0+cu118", true, false, cu118},
		"a number less, no hashes": {lock.HighestLocal, "2.3", false, true, cu118 + " " + plain},
	} {
		b := newBench(t)
		for _, version := range []string{"2.3.0", "2.3.0+cu118", "2.3.1+cu118"} {
			testindex.MakeWheel(t, b.dir, "torch", version, "py3-none-any", map[string]string{"torch.py": "x = 1\n"})
		}
		b.index.NoHashes = c.noHashes
		pkg := lock.Package{Name: "torch", Version: c.version, Local: c.local, Hashes: []digest.Digest{digest.SHA256(b.content(cu118))}}
		if c.unhashed {
			pkg.Hashes = nil
		}
		files, err := b.client.Find(t.Context(), pkg)
		if err != nil || names(files) != c.want {
			t.Errorf("%s: %q, %v, want %q", name, names(files), err, c.want)
		}
		if c.noHashes {
			continue
		}
		b.use(Settings{FindLinks: []string{b.dir}, NoIndex: true})
		if files, err = b.client.Find(t.Context(), pkg); err != nil || names(files) != c.want {
			t.Errorf("%s, in a folder: %q, %v, want %q", name, names(files), err, c.want)
		}
	}
}
