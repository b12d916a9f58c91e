package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
	"github.com/lamella-build/lamella/wheel"
)

// The sources of a wheel that has arrived are compiled before the layer needs them, but
// not those that slim may leave out.
func TestPrecompile(t *testing.T) {
	to, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	testenv.Interpreter(t, to.Runtime)
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := testindex.MakeWheel(t, t.TempDir(), "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n", "tests/test_demo.py": "import demo\n"})
	p := &Project{Target: to, cache: c, Layer: spec.Layer{Build: spec.Build{Bytecode: []string{spec.AllSources}}}}
	p.Layer.Slim = []string{"tests"}
	d := resolve.Distribution{Name: "demo", Version: "1.0", Hash: digest.SHA256([]byte("demo"))}
	d.File.Name = filepath.Base(file)
	a, err := p.startAhead(t.Context(), []resolve.Distribution{d})
	if err != nil {
		t.Fatal(err)
	}
	a.known = func(digest.Digest) *wheel.Facts { return examined(t, file) }
	a.fetched(d, file)
	_ = a.opening.Wait()
	a.compiling.running.Wait()
	defer a.stop()

	tree, err := builder.Native(t.Context(), []builder.Input{{Path: file, Filename: d.File.Name, Distribution: "demo", Version: "1.0"}}, builder.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	i, err := bytecode.Find(t.Context(), to, bytecode.Options{Facts: c})
	if err != nil {
		t.Fatal(err)
	}
	i.Path = filepath.Join(t.TempDir(), "missing") // what is not in the cache cannot be compiled
	for name, compiled := range map[string]bool{"python/demo.py": true, "python/tests/test_demo.py": false} {
		compiler := bytecode.NewCompiler(t.Context(), i)
		o := bytecode.AddOptions{Cache: c, Wheels: map[string]string{"demo": filepath.Base(file)}, Only: func(n string) bool { return n == name }}
		added, err := compiler.Add(t.Context(), tree.Entries, o)
		if (err == nil) != compiled {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			added.Close()
		}
		compiler.Close()
	}
}

func examined(t *testing.T, path string) *wheel.Facts {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := wheel.Examine(f, info.Size(), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// The Python that compiles ahead is looked for where the caller says.
func TestPrecompileEnvironment(t *testing.T) {
	to, err := target.Parse(testenv.ToolRuntime(t), "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	python, none := filepath.Dir(testenv.Tool(t, "python")), t.TempDir()
	for _, c := range []struct {
		process, own string
		found        bool
	}{{none, python, true}, {python, none, false}} {
		t.Setenv("PATH", c.process)
		facts, err := cache.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		own := map[string]string{"PATH": c.own, "HOME": none, "USERPROFILE": none}
		p := &Project{Target: to, cache: facts, Layer: spec.Layer{Build: spec.Build{Bytecode: []string{spec.AllSources}}},
			env: spec.Env{Getenv: func(name string) string { return own[name] }}}
		ahead := p.precompiler()
		if found := ahead.compiler(t.Context()) != nil; found != c.found {
			t.Errorf("%s of the caller, %s of the process: found %v", c.own, c.process, found)
		}
		ahead.finish()
	}
}
