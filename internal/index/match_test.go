package index

import (
	"crypto/md5"
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// locked returns a lock of the package alone.
func locked(p lock.Package) *lock.Lock {
	p.Source.Kind, p.Name, p.Path, p.Line = lock.FromIndex, pep503.Normalize(p.Name), "requirements.txt", 1
	return &lock.Lock{Path: "requirements.txt", Name: "requirements.txt", Format: lock.Requirements, Packages: []lock.Package{p}, Roots: []lock.Dependency{{}}}
}

func (b *bench) resolve(p lock.Package, build ...string) (*resolve.Resolution, error) {
	b.Helper()
	t, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		b.Fatal(err)
	}
	return resolve.Resolve(b.Context(), locked(p), t, resolve.Options{AllowBuild: build}, b.client)
}

// Where an index states no hash that the lock has as well, files are read and
// compared, as pip and uv do, and the next run asks nobody.
func TestMatch(t *testing.T) {
	wide := func(content []byte) digest.Digest {
		sum := sha512.Sum512(content)
		return digest.Of("sha512", sum[:])
	}
	link := func(name, fragment string) string { return `<a href="/files/` + name + fragment + `">x</a>` }
	for _, test := range []struct {
		name string
		page func(content []byte) string // "": the index's own, without hashes
		hash func(content []byte) digest.Digest
	}{
		{"no hash, JSON", nil, digest.SHA256},
		{"no hash, HTML", func([]byte) string { return link(demoName, "") }, digest.SHA256},
		{"md5", func(content []byte) string { return link(demoName, fmt.Sprintf("#md5=%x", md5.Sum(content))) }, digest.SHA256},
		{"a malformed hash", func([]byte) string { return link(demoName, "#sha256=xyz") }, digest.SHA256},
		{"another fragment", func([]byte) string { return link(demoName, "#egg=demo") }, digest.SHA256},
		{"sha256, the lock has sha512", func(content []byte) string { return link(demoName, "#sha256="+digest.SHA256(content).Hex()) }, wide},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.index.NoHashes = true
			content := b.content(demoName)
			if test.page != nil {
				b.index.Fail("/simple/demo/", testindex.Fault{Body: test.page(content)})
			}
			want := test.hash(content)
			p := lock.Package{Name: "demo", Version: "1.0", Hashes: []digest.Digest{want}}
			for run := range 2 {
				r, err := b.resolve(p)
				if err != nil {
					t.Fatal(err, fault.Details(err))
				}
				if d := r.Distributions[0]; d.Hash != want || d.File.Name != demoName || d.Unhashed {
					t.Errorf("got %+v", d)
				}
				b.fetched(demoName, r.Distributions...)
				if n := b.index.Count("/"); n != 2 {
					t.Errorf("after run %d: %d requests, want one for the page and one for the file", run+1, n)
				}
				b.use(Settings{URL: b.index.Index})
			}
		})
	}
}

// The best file that fits is read first; one that is another does not hide one
// that is locked, and nothing else is read.
func TestMatchInOrderOfRank(t *testing.T) {
	b := newBench(t)
	b.index.NoHashes = true
	testindex.MakeWheel(t, b.dir, "demo", "1.0", "cp313-cp313-manylinux_2_17_x86_64", map[string]string{"demo.py": "x = 2\n"})
	testindex.MakeWheel(t, b.dir, "demo", "1.0", "cp312-cp312-win_amd64", map[string]string{"demo.py": "x = 3\n"})
	r, err := b.resolve(b.pinned(demoName))
	if err != nil || r.Distributions[0].File.Name != demoName {
		t.Fatalf("%v, %v", r, err)
	}
	if b.index.Count("/files/demo-1.0-cp313") != 1 || b.index.Count("/files/demo-1.0-cp312") != 0 {
		t.Error("wrong files were read")
	}
	before := b.index.Count("/files/")
	b.use(Settings{URL: b.index.Index})
	if r, err = b.resolve(b.pinned(demoName)); err != nil || r.Distributions[0].File.Name != demoName || b.index.Count("/files/") != before {
		t.Errorf("again: %v, %d further downloads", err, b.index.Count("/files/")-before)
	}
	_, err = b.resolve(lock.Package{Name: "demo", Version: "1.0", Hashes: []digest.Digest{"sha256:" + hexA}})
	failed(t, err, demoName, string(digest.SHA256(b.content(demoName))))
}

// Of two files of one name at two indexes, the one with the locked hash counts.
func TestMatchSameName(t *testing.T) {
	b := newBench(t)
	b.index.NoHashes = true
	dir := t.TempDir()
	testindex.MakeWheel(t, dir, "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 'rebuilt'\n"})
	rebuilt := testindex.Start(t, dir)
	rebuilt.NoHashes = true
	s := Settings{ExtraURLs: []string{rebuilt.Index}, URL: b.index.Index}
	for range 2 {
		b.use(s)
		r, err := b.resolve(b.pinned(demoName))
		if err != nil {
			t.Fatal(err, fault.Details(err))
		}
		b.fetched(demoName, r.Distributions...)
	}
	if n := rebuilt.Count("/files/"); n != 1 {
		t.Errorf("the other file was read %d times", n)
	}
	b.index.NoHashes = false // a stated hash is better than one to be read
	b.use(Settings{ExtraURLs: []string{rebuilt.Index, rebuilt.URL + "/simple/."}, URL: b.index.Index})
	if files, err := b.client.Find(t.Context(), b.pinned(demoName)); err != nil || len(files) != 1 || len(files[0].Hashes) == 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// An index that answers 403 for what it does not have, as S3 does, is no reason to
// stop for files that are known by their hash.
func TestDenied(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		p      func(b *bench) lock.Package
		ok     bool
	}{
		{"403", 403, func(b *bench) lock.Package { return b.pinned(demoName) }, true},
		{"403, not all hashes found", 403, func(b *bench) lock.Package { return b.pinned(demoName, "sha256:"+hexA) }, true},
		{"403, nothing found", 403, func(*bench) lock.Package {
			return lock.Package{Name: "demo", Version: "1.0", Hashes: []digest.Digest{"sha256:" + hexA}}
		}, false},
		{"403, no hash", 403, func(*bench) lock.Package { return lock.Package{Name: "demo", Version: "1.0"} }, false},
		{"401", 401, func(b *bench) lock.Package { return b.pinned(demoName) }, true},
		{"401, not all hashes found", 401, func(b *bench) lock.Package { return b.pinned(demoName, "sha256:"+hexA) }, false},
		{"500", 500, func(b *bench) lock.Package { return b.pinned(demoName) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, denies := newBench(t), testindex.Start(t, t.TempDir())
			denies.Fail("/", testindex.Fault{Status: test.status})
			b.use(Settings{ExtraURLs: []string{denies.Index}, URL: b.index.Index})
			files, err := b.client.Find(t.Context(), test.p(b))
			if !test.ok {
				failed(t, err, fmt.Sprint(test.status))
				return
			}
			if err != nil || names(files) != demoName {
				t.Fatalf("%v, %v", files, err)
			}
			if got := b.messages(event.Warn); !strings.Contains(got, denies.Index) {
				t.Errorf("warnings: %s", got)
			}
			d := b.distribution(demoName)
			d.File.URL = ""
			b.fetched(demoName, d)
		})
	}
}

var _ resolve.Matcher = (*Client)(nil)
