package builder_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// makeWheel writes a wheel of name 1.0 with files given as "path=content".
func makeWheel(t *testing.T, name string, files ...string) builder.Input {
	t.Helper()
	info := name + "-1.0.dist-info/"
	files = append(files, info+"METADATA=Metadata-Version: 2.1\nName: "+name+"\nVersion: 1.0\n", info+"WHEEL=Wheel-Version: 1.0\n")
	var record strings.Builder
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		sum := sha256.Sum256([]byte(content))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(content))
	}
	files = append(files, info+"RECORD="+record.String()+info+"RECORD,,\n")
	in := builder.Input{Filename: name + "-1.0-py3-none-any.whl", Distribution: name, Version: "1.0"}
	in.Path = filepath.Join(t.TempDir(), in.Filename)
	f, err := os.Create(in.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		part, err := w.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return in
}

// contents returns the tree's files, name → content, executables with "+x".
func contents(t *testing.T, tree *builder.Tree) map[string]string {
	t.Helper()
	m := make(map[string]string)
	for _, e := range tree.Entries {
		b, err := io.ReadAll(e.Open())
		if err != nil {
			t.Fatal(err)
		}
		name := e.Name
		if e.Executable {
			name += "+x"
		}
		m[name] = string(b)
	}
	return m
}

func names(tree *builder.Tree) []string {
	var list []string
	for _, e := range tree.Entries {
		list = append(list, strings.TrimPrefix(e.Name, "python/"))
	}
	return list
}

// digestOf writes the tree as a zip and returns its hash.
func digestOf(t *testing.T, tree *builder.Tree) digest.Digest {
	t.Helper()
	s, err := layerzip.Write(context.Background(), io.Discard, tree.Entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.SHA256
}

func native(t *testing.T, excludes []string, inputs ...builder.Input) *builder.Tree {
	t.Helper()
	tree, err := builder.Native(context.Background(), inputs, builder.Options{Exclude: excludes}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func TestNativeMerges(t *testing.T) {
	inputs := []builder.Input{
		makeWheel(t, "beta", "google/beta.py=b", "google/__init__.py=# namespace", "beta.py=1"),
		makeWheel(t, "alpha", "google/alpha.py=a", "google/__init__.py=# namespace", "alpha.data/scripts/x=unused"),
		makeWheel(t, "gamma", "gamma/tests/a.py=12345"),
	}
	tree := native(t, nil, inputs...)
	want := strings.Fields(`alpha-1.0.dist-info/METADATA alpha-1.0.dist-info/RECORD alpha-1.0.dist-info/WHEEL alpha.data/scripts/x
		beta-1.0.dist-info/METADATA beta-1.0.dist-info/RECORD beta-1.0.dist-info/WHEEL beta.py
		gamma-1.0.dist-info/METADATA gamma-1.0.dist-info/RECORD gamma-1.0.dist-info/WHEEL gamma/tests/a.py
		google/__init__.py google/alpha.py google/beta.py`)
	if got := names(tree); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if i := slices.Index(want, "google/__init__.py"); tree.Entries[i].Owner != "alpha" {
		t.Errorf("the shared file is %s's", tree.Entries[i].Owner)
	}
	first := digestOf(t, tree)
	for _, processors := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		for range 5 {
			rand.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
			if got := digestOf(t, native(t, nil, inputs...)); got != first {
				t.Errorf("GOMAXPROCS=%d, another order: another zip", processors)
			}
		}
	}
}

func TestNativeExcludes(t *testing.T) {
	in := makeWheel(t, "demo", "demo/__init__.py=1", "demo/tests/a.py=12345", "demo/tests/b.pyi=123", "demo/c.pyi=1")
	var warnings []string
	tree, err := builder.Native(context.Background(), []builder.Input{in}, builder.Options{Exclude: []string{"**/tests/**", "*.pyi", "*.md"}},
		func(e event.Event) { warnings = append(warnings, e.Message) })
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	want := []builder.Exclusion{{Pattern: "**/tests/**", Files: 2, Bytes: 8}, {Pattern: "*.pyi", Files: 1, Bytes: 1}, {Pattern: "*.md"}}
	if !slices.Equal(tree.Excluded, want) {
		t.Errorf("got %+v", tree.Excluded)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "*.md") {
		t.Errorf("got %q", warnings)
	}
	if record := contents(t, tree)["python/demo-1.0.dist-info/RECORD"]; strings.Contains(record, "tests") || !strings.Contains(record, "demo/__init__.py,sha256=") {
		t.Errorf("RECORD is %q", record)
	}
	// The metadata goes only if it is named.
	if got := names(native(t, []string{"**/*.*", "*/**"}, in)); len(got) != 3 {
		t.Errorf("got %q", got)
	}
	if got := names(native(t, []string{"*.dist-info"}, in)); len(got) != 4 || strings.Contains(got[0], "dist-info") {
		t.Errorf("got %q", got)
	}
}

func TestNativeFaults(t *testing.T) {
	a := makeWheel(t, "alpha", "shared/x.py=from a", "other.py=1")
	b := makeWheel(t, "beta", "shared/x.py=from b", "other.py=2")
	c := makeWheel(t, "gamma", "shared=a file")
	broken := a
	broken.Distribution, broken.Filename = "broken", "broken-1.0-py3-none-any.whl"
	absent := builder.Input{Path: filepath.Join(t.TempDir(), "x"), Filename: "absent-1-py3-none-any.whl", Distribution: "absent"}
	for name, test := range map[string]struct {
		inputs   []builder.Input
		excludes []string
		kind     fault.Kind
		want     []string // in the error, its details and hints
	}{
		"other content": {[]builder.Input{b, a}, nil, fault.Layer, []string{"alpha 1.0 and beta 1.0", "python/other.py", "python/shared/x.py", "--exclude beta", "--prefer alpha"}},
		"clash":         {[]builder.Input{a, c}, nil, fault.Layer, []string{"python/shared ", "gamma 1.0", "alpha 1.0"}},
		"twice":         {[]builder.Input{a, a}, nil, fault.Layer, []string{"alpha"}},
		"wrong wheel":   {[]builder.Input{broken}, nil, fault.Index, []string{"broken-1.0-py3-none-any.whl", "--exclude broken"}},
		"absent":        {[]builder.Input{a, absent}, nil, fault.Machine, []string{"absent-1-py3-none-any.whl"}},
		"bad exclude":   {[]builder.Input{a}, []string{"/x"}, fault.Usage, []string{`"/x"`}},
	} {
		_, err := builder.Native(context.Background(), test.inputs, builder.Options{Exclude: test.excludes}, nil)
		if catalogue.KindOf(err) != test.kind {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := err.Error() + strings.Join(fault.Details(err), "\n") + strings.Join(fault.Hints(err), "\n")
		for _, want := range test.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in %s", name, want, said)
			}
		}
	}
	// The way out that the hint names.
	if got := names(native(t, []string{"other.py", "shared"}, a, b)); slices.Contains(got, "other.py") {
		t.Errorf("got %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := builder.Native(ctx, []builder.Input{a}, builder.Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A wheel is of the name and the version that the lock file has.
func TestNativeChecksVersion(t *testing.T) {
	for _, test := range []struct {
		name, version string
		kind          fault.Kind
	}{{"alpha", "1.0", 0}, {"alpha", "1", 0}, {"alpha", "1.1", fault.Index}, {"alpha", "1.0.post1", fault.Index}, {"alphas", "1.0", fault.Index}} {
		in := makeWheel(t, "alpha", "alpha.py=1")
		in.Distribution, in.Version = test.name, test.version
		tree, err := builder.Native(t.Context(), []builder.Input{in}, builder.Options{}, nil)
		if err == nil {
			tree.Close()
		}
		if got := catalogue.KindOf(err); (err == nil) != (test.kind == 0) || err != nil && got != test.kind {
			t.Errorf("%s %s: %v", test.name, test.version, err)
		}
	}
}

// Two packers' bytes of one content are one file.
func TestNativeComparesContent(t *testing.T) {
	a, b := makeWheel(t, "alpha", "x.py="+strings.Repeat("x", 100)), makeWheel(t, "beta")
	repack(t, b.Path, "x.py", strings.Repeat("x", 100))
	if got := names(native(t, nil, a, b)); !slices.Contains(got, "x.py") || len(got) != 7 {
		t.Errorf("got %q", got)
	}
}

// repack adds a stored file to the zip at path.
func repack(t *testing.T, path, name, content string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(old), int64(len(old)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(part, content)
	w.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
