package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/resolve"
)

func TestFetch(t *testing.T) {
	b := newBench(t)
	var verified atomic.Int32
	b.client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error { verified.Add(1); return nil }
	b.index.Fail("/files/demo", testindex.Fault{Delay: 30 * time.Millisecond}) // the first one comes last
	ds := []resolve.Distribution{b.distribution(demoName), b.distribution(bigName)}
	var fetched sync.Map // path by hash
	b.client.Fetched = func(d resolve.Distribution, path string) {
		if _, again := fetched.Swap(d.Hash, path); again {
			t.Errorf("%s was fetched twice", d.Hash)
		}
	}
	for range 2 {
		paths, err := b.client.Fetch(t.Context(), ds)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range ds {
			if want, ok := b.cache.Wheel(d.Hash); !ok || paths[i] != want {
				t.Errorf("path %d is %s, want %s", i, paths[i], want)
			}
			if path, _ := fetched.Load(d.Hash); path != paths[i] {
				t.Errorf("Fetched was called with %v for %s", path, paths[i])
			}
		}
	}
	if got := b.index.Count("/"); got != 2 || verified.Load() != 2 {
		t.Errorf("%d requests, %d verified, want 2 and 2", got, verified.Load())
	}
	size := len(b.content(bigName))
	want := fmt.Sprintf("download %s %d/%d ", bigName, size, size)
	if got := b.messages(event.End); !strings.Contains(got, want) {
		t.Errorf("End events\n%s\nwant among them\n%s", got, want)
	}
	if got := b.messages(event.Progress); !strings.Contains(got, "download "+bigName) || !strings.Contains(got, fmt.Sprintf("/%d ", size)) {
		t.Errorf("Progress events\n%s", got)
	}
}

func TestFetchFile(t *testing.T) {
	b := newBench(t)
	d := b.distribution(demoName)
	d.File.URL = fileURL(filepath.Join(b.dir, demoName)).String()
	b.fetched(demoName, d)
	other := b.distribution(bigName)
	other.File.URL = d.File.URL
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{other})
	failed(t, err, string(other.Hash), string(d.Hash))
	other.File.URL = fileURL(filepath.Join(b.dir, "none.whl")).String()
	_, err = b.client.Fetch(t.Context(), []resolve.Distribution{other})
	failed(t, err, "none.whl")
}

// TestFetchOverride: the index asked for is used instead of the lock's URLs.
func TestFetchOverride(t *testing.T) {
	b := newBench(t)
	mirror := testindex.Start(t, b.dir)
	b.use(Settings{URL: mirror.Index, Override: true})
	b.fetched(bigName)
	if b.index.Count("/") != 0 || mirror.Count("/files/") != 1 {
		t.Errorf("%d requests to the lock's server, %d for files to the mirror; want 0 and 1", b.index.Count("/"), mirror.Count("/files/"))
	}
	// A file that no index has, such as "demo @ https://…", still comes from the lock's URL, and that is said.
	b.use(Settings{URL: testindex.Start(t, t.TempDir()).Index, Override: true})
	b.fetched(demoName)
	if got := b.messages(event.Note); !strings.Contains(got, demoName+" is not in the index") {
		t.Errorf("notes: %s", got)
	}
}

// TestFetchByName: an index without hashes serves a lock that knows the file's name.
func TestFetchByName(t *testing.T) {
	b := newBench(t)
	b.index.NoHashes = true
	d := b.distribution(demoName)
	d.File.URL = ""
	b.fetched(demoName, d)
}

func TestFetchMismatch(t *testing.T) {
	b := newBench(t)
	good, bad := b.distribution(demoName), b.distribution(bigName)
	bad.File.URL = strings.Replace(b.index.FileURL(demoName), "http://", "http://u:s3cret@", 1) + "?token=s3cret"
	b.fetched(demoName, good)
	b.client.Relock = func(name string) string { return "relock " + name }
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{good, bad})
	failed(t, err, "big 2.0", ": relock big", string(bad.Hash), string(good.Hash), demoName+"?***")
	if _, ok := b.cache.Wheel(good.Hash); !ok {
		t.Error("the good wheel is gone")
	}
	if usage, err := b.cache.Size(); err != nil || usage.Bytes != int64(len(b.content(demoName))) {
		t.Errorf("the cache holds %v, %v; want nothing of the bad file", usage, err)
	}
	big := b.distribution(bigName)
	broken := &fault.Error{Kind: fault.Index, Subject: big.File.Name, Message: big.File.Name + " is not a valid wheel", Err: errors.New("the central directory is damaged"),
		Hints: []string{"lock another version, and report the problem to the authors of the wheel", "or exclude the distribution: --exclude big"}}
	b.client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error { return broken }
	_, err = b.client.Fetch(t.Context(), []resolve.Distribution{big})
	if !errors.Is(err, broken) || catalogue.KindOf(err) != fault.Index {
		t.Errorf("refused by Verify: %v", err)
	}
}

// What the hash of the lock makes up for is a warning; the source's own hash does not.
func TestFetchExcuses(t *testing.T) {
	b := newBench(t)
	broken, unlisted := errors.New("not a zip file"), errors.New("a file is not listed")
	b.client.Excuses = func(err error) bool { return errors.Is(err, unlisted) }
	d := b.distribution(bigName)
	for _, test := range []struct {
		verify   error
		unhashed bool
		taken    bool
	}{{broken, false, false}, {unlisted, true, false}, {unlisted, false, true}} {
		b.client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error { return test.verify }
		d.Unhashed = test.unhashed
		_, err := b.client.Fetch(t.Context(), []resolve.Distribution{d})
		if (err == nil) != test.taken || err != nil && !errors.Is(err, test.verify) {
			t.Errorf("%+v: got %v", test, err)
		}
		if _, ok := b.cache.Wheel(d.Hash); ok != test.taken {
			t.Errorf("%+v: in the cache: %v", test, ok)
		}
	}
	if !slices.ContainsFunc(b.events, func(e event.Event) bool { return e.Kind == event.Warn && strings.Contains(e.Message, bigName) }) {
		t.Error("no warning")
	}
}

func TestFetchResumes(t *testing.T) {
	const have = 200 << 10
	tests := []struct {
		name   string
		setup  func(b *bench)
		ranges string // the Range headers of the two requests
	}{
		{"with an ETag", func(*bench) {}, " bytes=204800-"},
		{"without an ETag", func(b *bench) { b.index.NoETag = true }, " bytes=204800-"},
		{"a server without Range", func(b *bench) { b.index.NoRange = true }, " bytes=204800-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			test.setup(b)
			b.index.Fail("/files/big", testindex.Fault{Truncate: have, Times: 1})
			b.fetched(bigName)
			var ranges []string
			rs := b.index.Requests("/files/")
			for _, r := range rs {
				ranges = append(ranges, r.Header.Get("Range"))
			}
			if got := strings.Join(ranges, " "); got != test.ranges {
				t.Errorf("ranges %q, want %q", got, test.ranges)
			}
			if ifRange := rs[1].Header.Get("If-Range"); (ifRange == "") != b.index.NoETag {
				t.Errorf("If-Range %q", ifRange)
			}
		})
	}
}

// TestFetchResumesInTheNextRun: all tries break off, a later run takes over.
func TestFetchResumesInTheNextRun(t *testing.T) {
	b := newBench(t)
	b.index.Fail("/files/big", testindex.Fault{Truncate: 100 << 10})
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{b.distribution(bigName)})
	failed(t, err, "ends too early", "5 attempts")
	b.index.Heal()
	b.use(Settings{})
	b.fetched(bigName)
	rs := b.index.Requests("/files/")
	if got := rs[len(rs)-1].Header.Get("Range"); got != "bytes=512000-" {
		t.Errorf("the last request asks for %q", got)
	}
}

// TestFetchAfterRubbish: the first answer was something else, cut short.
func TestFetchAfterRubbish(t *testing.T) {
	b := newBench(t)
	in, err := b.cache.Begin(t.Context(), b.distribution(bigName).Hash)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "<html>please log in")
	in.Close()
	b.fetched(bigName)
	// More than the whole file: the server cannot satisfy the range.
	in, err = b.cache.Begin(t.Context(), b.distribution(demoName).Hash)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, noise(10_000))
	in.Close()
	b.fetched(demoName)
}

func TestFetchFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault testindex.Fault
		tries int
		texts []string // nil: it works in the end
	}{
		{"503 twice", testindex.Fault{Status: 503, Times: 2}, 3, nil},
		{"429 with Retry-After", testindex.Fault{Status: 429, RetryAfter: "1", Times: 1}, 2, nil},
		{"429 for ever", testindex.Fault{Status: 429}, 5, []string{"429 Too Many Requests", "try again later"}},
		{"500 for ever", testindex.Fault{Status: 500}, 5, []string{"500 Internal Server Error", "5 attempts"}},
		{"401", testindex.Fault{Status: 401}, 1, []string{"401 Unauthorized", "PIP_INDEX_URL=https://USER:PASSWORD@127.0.0.1", "~/.netrc: machine 127.0.0.1 login"}},
		{"403", testindex.Fault{Status: 403}, 1, []string{"403 Forbidden", "~/.netrc"}},
		{"404", testindex.Fault{Status: 404}, 1, []string{"404 Not Found", "--index-url"}},
		{"410", testindex.Fault{Status: 410}, 1, []string{"410 Gone", "--index-url"}},
		{"another file", testindex.Fault{Body: "<html>please log in", Times: 1}, 1, []string{string(digest.SHA256([]byte("<html>please log in")))}},
		{"redirects to itself", testindex.Fault{RedirectTo: "/files/" + bigName}, 10, []string{"redirect"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.index.Fail("/files/", test.fault)
			if test.texts == nil {
				b.fetched(bigName)
			} else {
				_, err := b.client.Fetch(t.Context(), []resolve.Distribution{b.distribution(bigName)})
				failed(t, err, append(test.texts, "big 2.0")...)
			}
			if got := b.index.Count("/files/"); got != test.tries {
				t.Errorf("%d requests, want %d", got, test.tries)
			}
		})
	}
}

func TestFetchSlow(t *testing.T) {
	tests := []struct {
		name    string
		fault   testindex.Fault
		hurry   func(*limits)
		message string // why it tried again
	}{
		{"no answer", testindex.Fault{Delay: time.Minute, Times: 1}, func(l *limits) { l.response = 50 * time.Millisecond }, "timeout awaiting response headers"},
		{"falls silent", testindex.Fault{Truncate: 1000, Stall: true, Times: 1}, func(l *limits) { l.idle = 50 * time.Millisecond }, "the server sent no data for 50ms"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			l := b.client.limits
			l.tries = 50 // the machine may be slow as well
			test.hurry(&l)
			b.limit(l)
			b.index.Fail("/files/", test.fault)
			b.fetched(bigName)
			if got := b.messages(event.Debug); !strings.Contains(got, test.message) {
				t.Errorf("debug events\n%s\nwant among them %q", got, test.message)
			}
		})
	}
}

func TestFetchIndexDown(t *testing.T) {
	b := newBench(t)
	d := b.distribution(bigName)
	d.File.URL = "http://127.0.0.1:1/" + bigName
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{d})
	failed(t, err, "http://127.0.0.1:1/"+bigName, "refused", "5 attempts")
}

// TestFetchOneFailsOthersStay: what came before the failure is kept.
func TestFetchOneFailsOthersStay(t *testing.T) {
	b := newBench(t)
	b.index.Fail("/files/big", testindex.Fault{Delay: 50 * time.Millisecond, Status: 404})
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{b.distribution(bigName), b.distribution(demoName)})
	failed(t, err, "big 2.0")
	if _, ok := b.cache.Wheel(b.distribution(demoName).Hash); !ok {
		t.Error("the good wheel is not in the cache")
	}
}

func TestFetchStopsWithContext(t *testing.T) {
	for _, f := range []testindex.Fault{{Delay: time.Minute}, {Truncate: 1000, Stall: true}, {Status: 503}} {
		b := newBench(t)
		l := b.client.limits
		l.backoff, l.maxWait = time.Minute, time.Minute
		b.limit(l)
		b.index.Fail("/files/", f)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := b.client.Fetch(ctx, []resolve.Distribution{b.distribution(bigName)})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 20*time.Second {
			t.Errorf("%+v: %v after %s", f, err, time.Since(start))
		}
	}
}

func TestFetchWithoutVerify(t *testing.T) {
	b := newBench(t)
	b.client.Verify = nil
	if _, err := b.client.Fetch(t.Context(), nil); err == nil {
		t.Error("no error")
	}
}

// TestFetchTwoProcesses: each file is downloaded by one of the two.
func TestFetchTwoProcesses(t *testing.T) {
	if dir := os.Getenv("LAMELLA_TEST_CACHE"); dir != "" {
		c, err := cache.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		client := NewClient(Settings{}, c, nil)
		client.Verify = func(digest.Digest, string, io.ReaderAt, int64) error { return nil }
		var ds []resolve.Distribution
		for pair := range strings.FieldsSeq(os.Getenv("LAMELLA_TEST_FILES")) {
			h, u, _ := strings.Cut(pair, "=")
			d := resolve.Distribution{Name: u, Hash: digest.Digest(h)}
			d.File.URL = u
			ds = append(ds, d)
		}
		if _, err := client.Fetch(t.Context(), ds); err != nil {
			t.Fatal(err)
		}
		return
	}
	b := newBench(t)
	b.index.Fail("/files/", testindex.Fault{Delay: 100 * time.Millisecond})
	var pairs []string
	for _, name := range []string{demoName, bigName} {
		pairs = append(pairs, string(digest.SHA256(b.content(name)))+"="+b.index.FileURL(name))
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestFetchTwoProcesses$")
			cmd.Env = append(os.Environ(), "LAMELLA_TEST_CACHE="+b.cache.Dir(), "LAMELLA_TEST_FILES="+strings.Join(pairs, " "))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	if got := b.index.Count("/files/"); got != 2 {
		t.Errorf("%d downloads, want each of 2 files once", got)
	}
}

func TestFilePath(t *testing.T) {
	tests := []struct{ goos, url, want string }{
		{"linux", "file:///a/b%20c.whl", "/a/b c.whl"},
		{"linux", "file://localhost/a", "/a"},
		{"linux", "file://host/a", ""},
		{"linux", "file://", ""},
		{"darwin", "file:/a", "/a"},
		{"windows", "file:///C:/a/b%20c.whl", `C:\a\b c.whl`},
		{"windows", "file://server/share/a.whl", `\\server\share\a.whl`},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := filePath(test.goos, u); got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s, %s: %q, %v; want %q", test.goos, test.url, got, err, test.want)
		}
	}
	for s, want := range map[string]bool{"https://h/x": true, "file:///x": true, "file:/x": true, "C:/x": false, `C:\x`: false, "./a:/b": false, "/x": false, "wheels": false} {
		if isURL(s) != want {
			t.Errorf("isURL(%q) = %v", s, !want)
		}
	}
}
