package index

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// bench is a client with an index of two projects, demo 1.0 and big 2.0.
type bench struct {
	*testing.T
	dir    string // the index's wheels
	index  *testindex.Server
	cache  *cache.Cache
	client *Client

	mu     sync.Mutex
	events []event.Event
}

const (
	demoName = "demo-1.0-py3-none-any.whl"
	bigName  = "big-2.0-py3-none-any.whl"
)

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, dir: t.TempDir()}
	testindex.MakeWheel(t, b.dir, "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"})
	testindex.Wheel{Name: "big", Version: "2.0", Tag: "py3-none-any", Files: map[string]string{"big.bin": noise(600 << 10)},
		Header: func(h *zip.FileHeader) { h.Method = zip.Store }}.Write(t, b.dir)
	b.index = testindex.Start(t, b.dir)
	c, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	b.cache = c
	b.use(Settings{URL: b.index.Index})
	return b
}

// noise returns n bytes that do not compress, always the same.
func noise(n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return string(b)
}

// use gives the bench a new client, as if lamella was started again.
func (b *bench) use(s Settings) {
	b.client = NewClient(s, b.cache, func(e event.Event) {
		b.mu.Lock()
		b.events = append(b.events, e)
		b.mu.Unlock()
	})
	b.client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error { return nil }
	b.arrivals(b.client)
	b.limit(limits{dial: time.Minute, response: time.Minute, idle: time.Minute, window: time.Minute, whole: time.Hour,
		backoff: time.Millisecond, maxWait: 20 * time.Millisecond, tries: 5})
}

func (b *bench) limit(l limits) {
	b.client.limits, b.client.http = l, newHTTPClient(l, &b.client.settings.Network)
	b.Cleanup(b.client.http.CloseIdleConnections)
}

func (b *bench) content(name string) []byte {
	content, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return content
}

// distribution returns the wheel of that name as a lock with URLs has it.
func (b *bench) distribution(name string) resolve.Distribution {
	content := b.content(name)
	d := digest.SHA256(content)
	parts := strings.Split(name, "-")
	return resolve.Distribution{Name: parts[0], Version: parts[1], Hash: d,
		File: lock.File{Name: name, URL: b.index.FileURL(name), Hashes: []digest.Digest{d}, Size: int64(len(content))}}
}

// pinned returns the package of the wheel of that name as a requirements.txt has it.
func (b *bench) pinned(name string, more ...digest.Digest) lock.Package {
	parts := strings.Split(name, "-")
	return lock.Package{Name: parts[0], Version: parts[1], Hashes: append([]digest.Digest{digest.SHA256(b.content(name))}, more...)}
}

// fetched checks that the wheel comes out whole.
func (b *bench) fetched(name string, ds ...resolve.Distribution) {
	b.Helper()
	if len(ds) == 0 {
		ds = []resolve.Distribution{b.distribution(name)}
	}
	paths, err := b.client.Fetch(b.Context(), ds)
	if err != nil {
		b.Fatalf("%v\ndetails %q", err, fault.Details(err))
	}
	got, err := os.ReadFile(paths[0])
	if err != nil || !bytes.Equal(got, b.content(name)) {
		b.Errorf("fetched %d bytes (%v), want %d", len(got), err, len(b.content(name)))
	}
}

// messages returns the events of one kind, one a line.
func (b *bench) messages(kind event.Kind) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for _, e := range b.events {
		if e.Kind == kind {
			lines = append(lines, fmt.Sprintf("%s %s %d/%d %s", e.Op, e.Subject, e.Done, e.Total, e.Message))
		}
	}
	return strings.Join(lines, "\n")
}

// failed checks an error: of the index, with these texts in it or its hints or
// details, and without any secret.
func failed(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	all := strings.Join(append(append([]string{err.Error()}, fault.Details(err)...), fault.Hints(err)...), "\n")
	if catalogue.KindOf(err) != fault.Index {
		t.Errorf("kind %v, want Index", catalogue.KindOf(err))
	}
	if len(fault.Hints(err)) == 0 {
		t.Error("no hint")
	}
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not in\n%s", text, all)
		}
	}
	if strings.Contains(all, "s3cret") {
		t.Errorf("a secret is in\n%s", all)
	}
}

func names(files []lock.File) string {
	var s []string
	for _, f := range files {
		s = append(s, f.Name)
	}
	return strings.Join(s, " ")
}

var _ resolve.Finder = (*Client)(nil)
