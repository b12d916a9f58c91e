package index

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/resolve"
)

// endless repeats a text.
type endless string

func (e endless) Read(p []byte) (int, error) { return copy(p, e), nil }

func TestPageWithoutEnd(t *testing.T) {
	base, _ := url.Parse("https://index.example/simple/demo/")
	link := `<a href="demo-1.0-py3-none-any.whl">x</a>`
	file := `{"filename":"demo-1.0-py3-none-any.whl","url":"x"},`
	for name, test := range map[string]struct{ start, more string }{
		"links of others": {"<html>", strings.Repeat("<a href=other-1.0.tar.gz>x</a>", 100)},
		"links":           {"<html>", strings.Repeat(link, 100)},
		"a text":          {"<html>", strings.Repeat("x", 1000)},
		"a tag":           {"<a ", strings.Repeat("x=y ", 1000)},
		"a comment":       {"<!--", strings.Repeat("x", 1000)},
		"files of others": {`{"files":[`, strings.Repeat(`{"filename":"other-1.0.tar.gz","url":"x"},`, 100)},
		"files":           {`{"files":[`, strings.Repeat(file, 100)},
		"a file":          {`{"files":[{"filename":"`, strings.Repeat("x", 1000)},
		"a key":           {`{"`, strings.Repeat("x", 1000)},
		"nesting":         {`{"x":`, strings.Repeat("[", 1000)},
		"nesting in one":  {`{"files":[{"x":`, strings.Repeat("[", 1000)},
		"white space":     {"", strings.Repeat(" ", 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := func(name string, _ []digest.Digest) bool { return hasName(name, "demo") }
			page := io.MultiReader(strings.NewReader(test.start), endless(test.more))
			if strings.HasSuffix(name, "of others") && !testenv.All() {
				page = bound.Reader(page, bound.Page/16, "a short page") // each item takes its time
			}
			_, err := parsePage(page, "", base, want)
			if err == nil {
				t.Error("it came to an end")
			}
		})
	}
}

func TestHasName(t *testing.T) {
	for file, want := range map[string]bool{
		"Foo.Bar-1.0-py3-none-any.whl": true, "foo__bar-1.0.tar.gz": true, "foo-bar-1.0.zip": true, "FOO_BAR-2": true,
		"foo-1.0.tar.gz": false, "foobar-1.0.tar.gz": false, "foo-barn-1.0.tar.gz": false, "foo-bar": false, "": false,
	} {
		if got := hasName(file, "foo-bar"); got != want {
			t.Errorf("%q: %t", file, got)
		}
	}
}

// TestFetchBounds: what is larger than stated, or has no end, is given up at once.
func TestFetchBounds(t *testing.T) {
	served := make(chan int64, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/length":
			w.Header().Set("Content-Length", fmt.Sprint(int64(3)<<30))
		case "/header":
			for i := range 2000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
			return
		case "/slow":
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
			return
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.NoCompression)
			n, _ := io.CopyN(z, endless(strings.Repeat("x", 1<<16)), 1<<30)
			served <- n
			return
		}
		n, _ := io.CopyN(w, endless(strings.Repeat("x", 1<<16)), 3<<30)
		served <- n
	}))
	defer server.Close()
	b := newBench(t)
	l := b.client.limits
	l.tries = 2
	b.limit(l)
	fetch := func(location string, size int64) error {
		d := b.distribution(bigName)
		d.File.URL, d.File.Size = location, size
		_, err := b.client.Fetch(t.Context(), []resolve.Distribution{d})
		return err
	}
	for _, path := range []string{"/endless", "/length", "/packed"} {
		if err := fetch(server.URL+path, 600_000); !errors.Is(err, errTooMuch) || !strings.Contains(err.Error(), "600 kB") {
			t.Errorf("%s: %v", path, err)
		}
		if n := <-served; n > 100<<20 {
			t.Errorf("%s: %d MB were taken", path, n>>20)
		}
	}
	l.window = 300 * time.Millisecond
	b.limit(l)
	if err := fetch(server.URL+"/slow", 0); !errors.Is(err, errSlow) {
		t.Errorf("/slow: %v", err)
	}
	if err := fetch(server.URL+"/header", 0); err == nil {
		t.Error("/header: a header of 2 MB is taken")
	}
	folder := t.TempDir()
	hole := filepath.Join(folder, "hole.whl")
	if f, err := os.Create(hole); err == nil {
		_ = f.Truncate(bound.Wheel + 1)
		f.Close()
	}
	for _, path := range []string{hole, folder, "/dev/zero"} {
		if err := fetch((&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String(), 0); err == nil {
			t.Errorf("%s is taken", path)
		}
	}
	if err := fetch("file:///dev/zero", 0); runtime.GOOS == "linux" && !errors.Is(err, bound.ErrNoFile) {
		t.Errorf("/dev/zero: %v", err)
	}
}
