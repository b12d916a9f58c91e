package project

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/spec"
)

// heldIndex is an index of one and two, which answers for two only when the wheel of one was
// asked for.
func heldIndex(t *testing.T) (address string, index *testindex.Server, lock string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		content, err := os.ReadFile(testindex.MakeWheel(t, dir, name, "1.0", "py3-none-any", map[string]string{name + ".py": "x = 1\n"}))
		if err != nil {
			t.Fatal(err)
		}
		lock += fmt.Sprintf("%s==1.0 --hash=sha256:%x\n", name, sha256.Sum256(content))
	}
	index = testindex.Start(t, dir)
	came := make(chan struct{})
	var once sync.Once
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/files/one-1.0-py3-none-any.whl":
			once.Do(func() { close(came) })
		case "/simple/two/":
			select {
			case <-came:
			case <-time.After(30 * time.Second):
				t.Error("the wheel of one was not asked for before the page of two was there")
				once.Do(func() { close(came) })
			}
		}
		index.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/simple", index, lock
}

// openIn opens a project with that lock file, an index and an empty cache.
func openIn(t *testing.T, index, lock string) *Project {
	t.Helper()
	dir, cache, home := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(lock), 0o600); err != nil {
		t.Fatal(err)
	}
	env := spec.Env{Getenv: func(name string) string {
		return map[string]string{"LAMELLA_CACHE_DIR": cache, "HOME": home, "USERPROFILE": home, "APPDATA": home, "PIP_CONFIG_FILE": os.DevNull}[name]
	}}
	l := spec.Layer{}
	l.Project, l.Runtime, l.IndexURL, l.Output = dir, "python3.13", index, filepath.Join(dir, "layer.zip")
	p, err := Open(t.Context(), l, env)
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	return p
}

// TestBuildFetchesAhead: a build downloads a wheel while the index is still asked for another.
// The zip is that of a build that resolves first, and each page and wheel is asked for once.
func TestBuildFetchesAhead(t *testing.T) {
	address, index, lock := heldIndex(t)
	z, err := openIn(t, address, lock).Build(t.Context())
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	if pages, files := index.Count("/simple/"), index.Count("/files/"); pages != 2 || files != 2 {
		t.Errorf("%d pages and %d files were asked for", pages, files)
	}
	first := openIn(t, index.Index, lock)
	if _, err := first.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := index.Count("/files/"); n != 2 {
		t.Errorf("Resolve asked for %d files", n-2)
	}
	same, err := first.Build(t.Context())
	if err != nil || same.SHA256 != z.SHA256 {
		t.Errorf("%v; %s, want %s", err, same.SHA256, z.SHA256)
	}
}

// TestBuildPageFails: the error is that of Resolve, and there is no zip.
func TestBuildPageFails(t *testing.T) {
	address, index, lock := heldIndex(t)
	index.Fail("/simple/two/", testindex.Fault{Status: http.StatusNotFound})
	_, want := openIn(t, index.Index, lock).Resolve(t.Context())
	if want == nil {
		t.Fatal("the page does not fail")
	}
	p := openIn(t, address, lock)
	_, err := p.Build(t.Context())
	if err == nil || strings.ReplaceAll(err.Error(), strings.TrimSuffix(address, "/simple"), index.URL) != want.Error() {
		t.Errorf("got %v, want %v", err, want)
	}
	if _, err := os.Stat(p.Layer.Output); err == nil {
		t.Error("there is a zip")
	}
}
