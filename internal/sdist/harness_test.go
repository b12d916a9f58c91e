package sdist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testsource"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// bench builds distributions with a cache and a staging folder of its own, and
// tells what was built.
type bench struct {
	*Builder
	tmp string // the folder of staging folders

	mu    sync.Mutex
	built []string // subjects of builds that began
}

// newBench returns a bench that builds with uv for the tests' own Python.
func newBench(t *testing.T) *bench {
	t.Helper()
	uv := testenv.Tool(t, "uv")
	t.Setenv("PATH", filepath.Dir(uv)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return newBenchFor(t, testTarget(t))
}

func newBenchFor(t *testing.T, tt target.Target) *bench {
	t.Helper()
	b := &bench{tmp: t.TempDir()}
	t.Setenv("TMPDIR", b.tmp)
	t.Setenv("UV_CACHE_DIR", t.TempDir())
	t.Setenv("UV_OFFLINE", "1")
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	host, err := FindHost(context.Background(), tt)
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	b.Builder = &Builder{Target: tt, Cache: c, Tool: host, Fetch: fetch, Events: func(e event.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if e.Kind == event.Begin && e.Op == "build" {
			b.built = append(b.built, e.Subject)
		}
	}}
	return b
}

// testTarget is the target that this machine can build machine code for, but
// for its glibc.
func testTarget(t *testing.T) target.Target {
	t.Helper()
	architecture := "x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "arm64"
	}
	tt, err := target.Parse(testenv.ToolRuntime(t), architecture)
	if err != nil {
		t.Skip(err)
	}
	catalogue.Vary(fmt.Sprintf(`\b3\.%d(\.[0-9]+)?\b`, tt.Minor), "3.N")
	catalogue.Vary(fmt.Sprintf(`\b(python3\.|cp3)%d\b`, tt.Minor), "${1}N")
	return tt
}

// fetch copies an sdist from a file: URL.
func fetch(_ context.Context, d resolve.Distribution, to *os.File) error {
	f, err := os.Open(strings.TrimPrefix(d.File.URL, "file://"))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(to, f)
	return err
}

// take returns what was built since it was last asked, sorted.
func (b *bench) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	built := b.built
	b.built = nil
	slices.Sort(built)
	return built
}

// sdistOf is p's sdist as a distribution to be built.
func sdistOf(t *testing.T, p testsource.Project) resolve.Distribution {
	t.Helper()
	path := p.Sdist(t, t.TempDir())
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return resolve.Distribution{Name: p.Name, Version: p.Version, FromSource: true, Hash: digest.SHA256(content),
		File: lock.File{Name: filepath.Base(path), URL: "file://" + path}}
}

// gitOf is a commit of a repository as a distribution to be built.
func gitOf(p testsource.Project, repository, commit string) resolve.Distribution {
	return resolve.Distribution{Name: p.Name, Version: p.Version, FromSource: true, Hash: digest.Digest("git:" + commit),
		Source: lock.Source{Kind: lock.FromGit, Location: repository, Repository: repository, Commit: commit}}
}

// folderOf is a folder as a distribution to be built.
func folderOf(t *testing.T, p testsource.Project, folder string) resolve.Distribution {
	t.Helper()
	hash, err := HashFolder(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return resolve.Distribution{Name: p.Name, Version: p.Version, FromSource: true, Hash: hash,
		Source: lock.Source{Kind: lock.FromDirectory, Location: folder}}
}

// mustBuild builds ds and checks that no staging folder is left.
func (b *bench) mustBuild(t *testing.T, ds ...resolve.Distribution) []Wheel {
	t.Helper()
	wheels, err := b.Build(context.Background(), ds)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, strings.Join(fault.Details(err), "\n"), strings.Join(fault.Hints(err), "\n"))
	}
	b.isClean(t)
	return wheels
}

// refused builds d, which has to fail with an error whose text, details and hints
// contain all texts, and returns the error.
func (b *bench) refused(t *testing.T, d resolve.Distribution, kind fault.Kind, texts ...string) error {
	t.Helper()
	_, err := b.Build(context.Background(), []resolve.Distribution{d})
	var e *fault.Error
	if !errors.As(err, &e) || catalogue.KindOfTool(err) != kind {
		t.Fatalf("got %v of kind %d, want one of kind %d", err, fault.KindOf(err), kind)
	}
	all := err.Error() + "\n" + strings.Join(fault.Details(err), "\n") + "\n" + strings.Join(fault.Hints(err), "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("no %q in\n%s", text, all)
		}
	}
	b.isClean(t)
	return err
}

// isClean checks that no staging folder is left.
func (b *bench) isClean(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(b.tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), "lamella") {
			t.Errorf("%s is left in the folder for temporary files", e.Name())
		}
	}
}
