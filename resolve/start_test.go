package resolve

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
)

// startFinder notes what is started. It answers for "late" only when something was started,
// unless patience ends first.
type startFinder struct {
	finder
	patience time.Duration

	once    sync.Once
	begun   chan struct{}
	guard   sync.Mutex
	started []string
}

func (f *startFinder) Find(ctx context.Context, p lock.Package) ([]lock.File, error) {
	if p.Name == "late" {
		select {
		case <-f.begun:
		case <-time.After(f.patience):
		}
	}
	return f.finder.Find(ctx, p)
}

func (f *startFinder) Start(d Distribution) {
	f.guard.Lock()
	defer f.guard.Unlock()
	f.started = append(f.started, d.File.Name)
	f.once.Do(func() { close(f.begun) })
}

// Hash implements Hasher.
func (f *startFinder) Hash(context.Context, lock.Package, lock.File) (digest.Digest, error) {
	return digest.Digest(sha("b")), nil
}

// A wheel is started while others are looked up, and only one that will be installed.
func TestStart(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	files := map[string][]string{
		"a": {"a-1-py3-none-any.whl", "a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1.tar.gz"}, "late": {"late-1-py3-none-any.whl"},
		"source": {"source-1.tar.gz"}, "excluded": {"excluded-1-py3-none-any.whl"},
	}
	const best, late = "a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "late-1-py3-none-any.whl"
	for name, c := range map[string]struct {
		lock     string
		options  Options
		patience time.Duration
		want     []string // in any order
		err      string
	}{
		"while others are looked up": {lock: "a==1" + h + "late==1" + h, patience: time.Minute, want: []string{best, late}},
		"not what is excluded":       {lock: "a==1" + h + "excluded==1" + h, options: Options{Selection: Selection{Exclude: []string{"excluded"}}}, want: []string{best}},
		"not what is built":          {lock: "a==1" + h + "source==1" + h, options: Options{AllowBuild: []string{"source"}}, want: []string{best}},
		"not what has no hash":       {lock: "a==1\n", options: Options{AllowUnhashed: true}},
		"not what the lock names":    {lock: "b @ https://files.example/b-1-py3-none-any.whl" + h},
		"nothing if the lock is wrong": {lock: "a==1" + h + "b @ https://files.example/b-1-cp39-cp39-win32.whl" + h,
			err: "b 1 has no wheel"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &startFinder{finder: finder{files: files}, patience: c.patience, begun: make(chan struct{})}
			r, err := Resolve(context.Background(), read(t, "requirements.txt", c.lock), targetOf(t, "python3.13/x86_64"), c.options, f)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			slices.Sort(f.started)
			if !slices.Equal(f.started, c.want) {
				t.Errorf("started %v, want %v", f.started, c.want)
			}
			for _, started := range f.started {
				if !slices.ContainsFunc(r.Distributions, func(d Distribution) bool { return d.File.Name == started }) {
					t.Errorf("%s is not installed", started)
				}
			}
		})
	}
}

// After a package without a wheel, nothing is started any more.
func TestStartEnds(t *testing.T) {
	l := read(t, "requirements.txt", "a==1 --hash="+sha("a")+"\nwin==1 --hash="+sha("a")+"\n")
	roots, err := chooseRoots(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := walkLock(l, targetOf(t, "python3.13/x86_64"), roots)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := g.narrow()
	if err != nil {
		t.Fatal(err)
	}
	f := &startFinder{finder: finder{files: map[string][]string{"a": {"a-1-py3-none-any.whl"}, "win": {"win-1-cp313-cp313-win32.whl"}}}, begun: make(chan struct{})}
	start := g.startWith(f, make([]*refusal, len(nodes)))
	for i, want := range []int{1, 1, 1} { // a, win, a
		n := nodes[i%2]
		files, err := f.Find(t.Context(), *n.Package)
		if err != nil {
			t.Fatal(err)
		}
		if start.found(n, files); len(f.started) != want {
			t.Errorf("after %s: %v", n.Name, f.started)
		}
	}
}
