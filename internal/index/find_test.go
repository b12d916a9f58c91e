package index

import (
	"context"
	"crypto/sha512"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

func TestFind(t *testing.T) {
	for _, html := range []bool{false, true} {
		b := newBench(t)
		b.index.HTMLOnly = html
		b.index.Fail("/simple/demo/", testindex.Fault{Status: 503, Times: 2})
		p := b.pinned(demoName)
		p.Name = "DeMo"
		files, err := b.client.Find(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 1 || files[0].Name != demoName || files[0].URL != b.index.FileURL(demoName) || files[0].Hashes[0] != p.Hashes[0] {
			t.Errorf("HTML %v: %+v", html, files)
		}
		if !html && files[0].Size != int64(len(b.content(demoName))) {
			t.Errorf("size %d", files[0].Size)
		}
	}
}

func TestFindWrongContentType(t *testing.T) {
	for _, test := range []struct {
		html        bool
		contentType string
	}{{true, "application/vnd.pypi.simple.v1+json"}, {false, "text/html"}, {true, "text/plain"}} {
		b := newBench(t)
		b.index.HTMLOnly, b.index.ContentType = test.html, test.contentType
		if files, err := b.client.Find(t.Context(), b.pinned(demoName)); err != nil || names(files) != demoName {
			t.Errorf("%+v: %v, %v", test, files, err)
		}
	}
}

// TestFindRemembers: with a warm cache there are no requests, and who the default
// index is need not be known.
func TestFindRemembers(t *testing.T) {
	b := newBench(t)
	asked := 0
	s := Settings{DefaultURL: func(context.Context) (string, error) { asked++; return b.index.Index, nil }}
	b.use(s)
	cold, err := b.client.Find(t.Context(), b.pinned(demoName))
	if err != nil {
		t.Fatal(err)
	}
	requests := b.index.Count("/")
	b.use(s)
	warm, err := b.client.Find(t.Context(), b.pinned(demoName))
	if err != nil || names(warm) != names(cold) || warm[0].Hashes[0] != cold[0].Hashes[0] {
		t.Errorf("warm: %v, %v; cold: %v", warm, err, cold)
	}
	if b.index.Count("/") != requests || asked != 1 {
		t.Errorf("%d requests, default index asked for %d times; want %d and 1", b.index.Count("/"), asked, requests)
	}
	// The remembered file has no URL. Fetch gets it all the same.
	d := b.distribution(demoName)
	d.File = warm[0]
	b.fetched(demoName, d)
}

func TestFindPartOfTheHashes(t *testing.T) {
	b := newBench(t)
	p := b.pinned(demoName, "sha256:"+hexA)
	for range 2 { // asked, remembered
		if files, err := b.client.Find(t.Context(), p); err != nil || names(files) != demoName {
			t.Errorf("%v, %v", files, err)
		}
	}
	if got := b.index.Count("/simple/"); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
	// What was missing turns up in a folder: found without waiting for the memory to fade.
	dir := t.TempDir()
	path := testindex.MakeWheel(t, dir, "demo", "1.0", "cp313-none-any", nil)
	content, _ := os.ReadFile(path)
	b.use(Settings{URL: b.index.Index, FindLinks: []string{dir}})
	p = b.pinned(demoName, digest.SHA256(content))
	if files, err := b.client.Find(t.Context(), p); err != nil || names(files) != "demo-1.0-cp313-none-any.whl "+demoName {
		t.Errorf("%v, %v", files, err)
	}
}

// TestFindAsksAgain: an answer without some of the hashes counts for an hour only.
func TestFindAsksAgain(t *testing.T) {
	b := newBench(t)
	p := b.pinned(demoName, "sha256:"+hexA)
	s := &search{name: "demo", version: "1.0", hashes: p.Hashes}
	for _, test := range []struct {
		age      time.Duration
		requests int
	}{{59 * time.Minute, 0}, {61 * time.Minute, 1}, {-time.Hour, 2}} {
		old := answer{Time: time.Now().Add(-test.age), Files: []rememberedFile{{Name: demoName, Hashes: p.Hashes[:1]}}}
		if err := b.cache.PutFact(b.client.factKey(s), old); err != nil {
			t.Fatal(err)
		}
		if files, err := b.client.Find(t.Context(), p); err != nil || names(files) != demoName {
			t.Errorf("%v, %v", files, err)
		}
		if got := b.index.Count("/"); got != test.requests {
			t.Errorf("an answer of %s ago: %d requests, want %d", test.age, got, test.requests)
		}
	}
}

func TestFindInOrder(t *testing.T) {
	b := newBench(t)
	other := testindex.Start(t, b.dir)
	empty := testindex.Start(t, t.TempDir())
	b.use(Settings{URL: empty.Index, ExtraURLs: []string{other.Index, b.index.Index}})
	files, err := b.client.Find(t.Context(), b.pinned(demoName))
	if err != nil || len(files) != 1 || files[0].URL != other.FileURL(demoName) {
		t.Errorf("%v, %v; want the second index's", files, err)
	}
	if b.index.Count("/") != 0 {
		t.Error("the third index was asked needlessly")
	}
}

func TestFindLinks(t *testing.T) {
	b := newBench(t)
	sum := sha512.Sum512(b.content(demoName))
	bySHA256, bySHA512 := digest.SHA256(b.content(demoName)), digest.Of("sha512", sum[:])
	tests := []struct {
		link string
		hash digest.Digest
	}{
		{b.dir, bySHA256}, {b.dir, bySHA512}, {fileURL(b.dir).String(), bySHA256}, {b.index.Index + "/demo/", bySHA256},
	}
	for _, test := range tests {
		c, err := cache.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		b.cache = c
		b.use(Settings{NoIndex: true, FindLinks: []string{test.link}, DefaultURL: func(context.Context) (string, error) {
			t.Error("the default index was asked for in spite of NoIndex")
			return "", nil
		}})
		files, err := b.client.Find(t.Context(), lock.Package{Name: "demo", Version: "1", Hashes: []digest.Digest{test.hash}})
		if err != nil || names(files) != demoName {
			t.Fatalf("%s, %s: %v, %v", test.link, test.hash.Algorithm(), files, err)
		}
		d := b.distribution(demoName)
		d.Hash, d.File = test.hash, files[0]
		b.fetched(demoName, d)
	}
}

// TestFindOffline: the index is down, but the folder has all that the lock permits.
func TestFindOffline(t *testing.T) {
	b := newBench(t)
	s := Settings{URL: "http://127.0.0.1:1/simple", FindLinks: []string{b.dir, filepath.Join(b.dir, "none")}}
	b.use(s)
	if files, err := b.client.Find(t.Context(), b.pinned(demoName)); err != nil || names(files) != demoName {
		t.Errorf("%v, %v", files, err)
	}
	_, err := b.client.Find(t.Context(), b.pinned(demoName, "sha256:"+hexA))
	failed(t, err, "refused", "PIP_NO_INDEX=1", "HTTPS_PROXY", "5 attempts")
	if got := b.messages(event.Warn); !strings.Contains(got, "none does not exist") {
		t.Errorf("warnings: %s", got)
	}
}

func TestFindNotFound(t *testing.T) {
	b := newBench(t)
	testindex.MakeWheel(t, b.dir, "demo", "1.1", "py3-none-any", nil)
	lockWith := func(name, version string, h digest.Digest) lock.Package {
		return lock.Package{Name: name, Version: version, Hashes: []digest.Digest{h}}
	}
	sha256 := digest.Digest("sha256:" + hexA)
	tests := []struct {
		name  string
		p     lock.Package
		setup func()
		texts []string
	}{
		{"another hash", lockWith("demo", "1.0.0", sha256), nil, []string{"demo 1.0.0", b.index.Index, demoName + ": its hash is not in the lock", "--index-url"}},
		{"another version", lockWith("demo", "3.0", sha256), nil, []string{"demo 3.0"}},
		{"no such project", lockWith("nothing", "1.0", sha256), nil, []string{"nothing 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.setup != nil {
				test.setup()
			}
			_, err := b.client.Find(t.Context(), test.p)
			failed(t, err, test.texts...)
			if details := strings.Join(fault.Details(err), "\n"); strings.Contains(details, "1.1") {
				t.Errorf("another version in %s", details)
			}
		})
	}
}

func TestFindWithoutIndex(t *testing.T) {
	b := newBench(t)
	b.use(Settings{DefaultURL: func(context.Context) (string, error) { return "", errors.New("no python") }})
	_, err := b.client.Find(t.Context(), b.pinned(demoName))
	failed(t, err, "--index-url https://index.example/simple", "LAMELLA_INDEX_URL=")
	b.use(Settings{NoIndex: true})
	_, err = b.client.Find(t.Context(), b.pinned(demoName))
	failed(t, err, "--find-links", "PIP_NO_INDEX=0")
	for _, bad := range []string{"ftp://u:s3cret@index.example", "index.example/simple", "https://u:s3/cret@index.example", "/simple"} {
		b.use(Settings{URL: bad})
		_, err = b.client.Find(t.Context(), b.pinned(demoName))
		if catalogue.KindOf(err) != fault.Usage || strings.Contains(err.Error(), "s3") {
			t.Errorf("index %s: %v", bad, err)
		}
	}
}

func TestFindYanked(t *testing.T) {
	b := newBench(t)
	h := digest.SHA256(b.content(demoName))
	b.index.Fail("/simple/demo/", testindex.Fault{Body: `<a href="/files/` + demoName + `#sha256=` + h.Hex() + `" data-yanked="it is broken.">x</a>`})
	files, err := b.client.Find(t.Context(), b.pinned(demoName))
	if err != nil || names(files) != demoName {
		t.Errorf("%v, %v; a pin gets a yanked file", files, err)
	}
	if got := b.messages(event.Warn); !strings.Contains(got, "demo 1.0 was yanked from the index: it is broken") {
		t.Errorf("warnings: %s", got)
	}
}
