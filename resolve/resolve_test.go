package resolve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// read reads content as a lock file of the given name in a new folder.
func read(t testing.TB, name, content string) *lock.Lock {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := lock.Read(path)
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	return l
}

func targetOf(t testing.TB, name string) target.Target {
	t.Helper()
	runtime, architecture, _ := strings.Cut(name, "/")
	tt, err := target.Parse(runtime, architecture)
	if err != nil {
		t.Fatal(err)
	}
	return tt
}

func sha(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// uvPackage is a [[package]] whose files are the given names; further are its
// further lines.
func uvPackage(name, version string, files []string, further ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[[package]]\nname = %q\nversion = %q\nsource = { registry = \"https://index.example/simple\" }\n", name, version)
	b.WriteString("wheels = [\n")
	sdist := ""
	for _, file := range files {
		line := fmt.Sprintf("{ url = \"https://files.example/%s\", hash = %q, size = 1 }", strings.ReplaceAll(file, "+", "%2B"), sha("a"))
		if strings.HasSuffix(file, ".whl") {
			b.WriteString("    " + line + ",\n")
		} else {
			sdist = "sdist = " + line + "\n"
		}
	}
	b.WriteString("]\n" + sdist + strings.Join(further, "\n") + "\n")
	return b.String()
}

// pure is a package with one wheel for all.
func pure(name, version string, further ...string) string {
	return uvPackage(name, version, []string{fmt.Sprintf("%s-%s-py3-none-any.whl", strings.ReplaceAll(name, "-", "_"), version)}, further...)
}

// uvLock is a lock of the project "app" with the given further lines, then packages.
func uvLock(head, app string, packages ...string) string {
	return "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n" + head +
		"[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { editable = \".\" }\n" + app + "\n" + strings.Join(packages, "")
}

// describe tells the distributions, "name version (by whom)".
func describe(r *Resolution) string {
	var all []string
	for _, d := range r.Distributions {
		by := d.RequiredBy
		if d.Direct {
			by = append([]string{"*"}, by...)
		}
		all = append(all, fmt.Sprintf("%s %s (%s)", d.Name, d.Version, strings.Join(by, " ")))
	}
	return strings.Join(all, ", ")
}

func TestPick(t *testing.T) {
	for _, c := range []struct {
		name, target, version string
		files                 []string
		want                  string
	}{
		{"the newest glibc that fits", "python3.13/x86_64", "1", []string{
			"a-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "a-1-cp313-cp313-manylinux_2_28_x86_64.whl", "a-1-cp313-cp313-manylinux_2_35_x86_64.whl", "a-1-py3-none-any.whl"},
			"a-1-cp313-cp313-manylinux_2_28_x86_64.whl"},
		{"glibc 2.26", "python3.11/arm64", "1", []string{
			"a-1-cp311-cp311-manylinux_2_17_aarch64.whl", "a-1-cp311-cp311-manylinux_2_28_aarch64.whl", "a-1-cp39-abi3-manylinux_2_24_aarch64.whl"},
			"a-1-cp311-cp311-manylinux_2_17_aarch64.whl"},
		{"build tag", "python3.13/x86_64", "1", []string{"a-1-9-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-py3-none-any.whl"}, "a-1-10-py3-none-any.whl"},
		{"the tag before the build tag", "python3.13/x86_64", "1", []string{"a-1-9-py3-none-any.whl", "a-1-py313-none-any.whl"}, "a-1-py313-none-any.whl"},
		{"the file name at last", "python3.13/x86_64", "1.0", []string{"a-1.0.0-py3-none-any.whl", "a-1.0-py3-none-any.whl"}, "a-1.0-py3-none-any.whl"},
		{"local version", "python3.13/x86_64", "1+cpu", []string{"a-1-py3-none-any.whl"}, "a-1-py3-none-any.whl"},
		{"local version in the name", "python3.13/x86_64", "1+cpu", []string{"a-1+cpu-py3-none-any.whl"}, "a-1+cpu-py3-none-any.whl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				l := read(t, "uv.lock", uvLock("", `dependencies = [{ name = "a" }]`, uvPackage("a", c.version, c.files)))
				r, err := Resolve(context.Background(), l, targetOf(t, c.target), Options{}, nil)
				if err != nil {
					t.Fatal(err, fault.Details(err))
				}
				d := r.Distributions[0]
				if d.File.Name != c.want || d.File.URL != "https://files.example/"+strings.ReplaceAll(c.want, "+", "%2B") || string(d.Hash) != sha("a") {
					t.Errorf("got %+v", d.File)
				}
				slices.Reverse(c.files)
			}
		})
	}
}

// wantFault checks the kind of err and that it says, anywhere, all the texts.
func wantFault(t *testing.T, err error, kind fault.Kind, texts ...string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a fault", err)
	}
	if catalogue.KindOf(err) != kind {
		t.Errorf("kind %d, want %d", catalogue.KindOf(err), kind)
	}
	all := err.Error() + "\n" + strings.Join(fault.Details(err), "\n") + "\n" + strings.Join(fault.Hints(err), "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("it does not say %q:\n%s", text, all)
		}
	}
	if strings.Contains(all, "secret") {
		t.Errorf("it tells the password:\n%s", all)
	}
}

// wantMisuse checks an error that only a Go program can cause, by its use of the package.
func wantMisuse(t *testing.T, err error, text string) {
	t.Helper()
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "Finder") {
		t.Errorf("got %v, want %q", err, text)
	}
}

// finder is an index of the given files for every hash "sha256:aa…".
type finder struct {
	files map[string][]string // by name of the distribution
	err   error

	mu            sync.Mutex
	now, most     int
	started, wait chan struct{} // if set: each call is announced, and waits
}

func (f *finder) Find(ctx context.Context, p lock.Package) ([]lock.File, error) {
	f.mu.Lock()
	f.now++
	f.most = max(f.most, f.now)
	f.mu.Unlock()
	if f.wait != nil {
		f.started <- struct{}{}
		<-f.wait
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
	var files []lock.File
	for _, name := range f.files[p.Name] {
		files = append(files, lock.File{Name: name, URL: "https://files.example/" + name, Hashes: []digest.Digest{digest.Digest(sha("a"))}})
	}
	return files, f.err
}

func TestRequirements(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	l := read(t, "requirements.txt", "b==1.0"+h+"a==2 ; python_version >= '3.12'"+h+"a==1 ; python_version < '3.12'"+h+"win>=1 ; os_name == 'nt'\n"+
		"c @ https://files.example/c-1-py3-none-any.whl"+h)
	f := &finder{files: map[string][]string{
		"a": {"a-1-py3-none-any.whl", "a-2-py3-none-any.whl"},
		"b": {"b-1.0.tar.gz", "b-1.0-py3-none-any.whl", "b-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"},
	}}
	r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Exclude: []string{"C", "nothing"}}}, f)
	if err != nil {
		t.Fatal(err, fault.Details(err))
	}
	if got, want := describe(r), "a 2 (*), b 1.0 (*)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.Distributions[1].File.Name; got != "b-1.0-cp313-cp313-manylinux_2_17_x86_64.whl" {
		t.Errorf("b: %s", got)
	}
	if len(r.Excluded) != 1 || r.Excluded[0].String() != "c 1" || r.Excluded[0].File.Name != "c-1-py3-none-any.whl" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], `"nothing"`) {
		t.Errorf("excluded %v, notes %v", r.Excluded, r.Notes)
	}
}

// Eight lookups run at a time, and their order does not matter.
func TestFindInParallel(t *testing.T) {
	const n = 20
	var content strings.Builder
	f := &finder{files: map[string][]string{}, started: make(chan struct{}), wait: make(chan struct{})}
	for i := range n {
		name := fmt.Sprintf("p%02d", n-i)
		fmt.Fprintf(&content, "%s==1 --hash=%s\n", name, sha("a"))
		f.files[name] = []string{name + "-1-py3-none-any.whl"}
	}
	go func() {
		for range parallelFinds {
			<-f.started
		}
		close(f.wait) // all that may run at a time have begun
		for range n - parallelFinds {
			<-f.started
		}
	}()
	r, err := Resolve(context.Background(), read(t, "requirements.txt", content.String()), targetOf(t, "python3.13/x86_64"), Options{}, f)
	if err != nil {
		t.Fatal(err)
	}
	if f.most != parallelFinds || len(r.Distributions) != n {
		t.Errorf("%d lookups at a time, %d distributions", f.most, len(r.Distributions))
	}
	for i, d := range r.Distributions {
		if want := fmt.Sprintf("p%02d", i+1); d.Name != want || !strings.HasPrefix(d.File.Name, want+"-") {
			t.Errorf("distribution %d is %s of %s", i, d.File.Name, d.Name)
		}
	}
}
