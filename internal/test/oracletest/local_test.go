package oracletest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// localBench is an index of wheels of one version with and without local version labels, in each of
// which a module says which wheel it is from.
type localBench struct {
	*bench
	hashes map[string]string // by the name of the wheel
}

func newLocalBench(t *testing.T, tool string) *localBench {
	x := newTool(t, tool)
	tt := hostTarget(t, x)
	folder := filepath.Join(x.base, "wheels")
	b := &localBench{hashes: map[string]string{}}
	for _, w := range []testindex.Wheel{{Version: "2.3.0", Tag: "py3-none-any"}, {Version: "2.3.0", Tag: fmt.Sprintf("py3%d-none-any", tt.Minor)},
		{Version: "2.3.0+cu118", Tag: "py3-none-any"}, {Version: "2.3.0+cu121", Tag: "py3-none-any"}} {
		w.Name = "demo"
		w.Files = map[string]string{"demo.txt": w.FileName()}
		w.Write(t, folder)
		content, err := os.ReadFile(filepath.Join(folder, w.FileName()))
		if err != nil {
			t.Fatal(err)
		}
		b.hashes[w.FileName()] = fmt.Sprintf("%x", sha256.Sum256(content))
	}
	b.bench = &bench{&workbench{tool: x, Server: testindex.Start(t, folder)}, t, filepath.Join(t.TempDir(), "project")}
	return b
}

// named returns the wheels whose versions and tags these are, such as "2.3.0 py3".
func (b *localBench) named(names string) (wheels []string) {
	for name := range strings.SplitSeq(names, ", ") {
		version, tag, _ := strings.Cut(name, " ")
		wheels = append(wheels, "demo-"+version+"-"+tag+"-none-any.whl")
	}
	return wheels
}

// chosen returns the wheel that lamella chooses, or "" if it refuses the lock file.
func (b *localBench) chosen(name string) string {
	b.t.Helper()
	l, err := lock.Read(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := cache.Open(b.t.TempDir())
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := resolve.Resolve(context.Background(), l, hostTarget(b.t, b.tool), resolve.Options{AllowUnhashed: true}, index.NewClient(index.Settings{URL: b.Index}, c, nil))
	if err != nil {
		if kind := fault.KindOf(err); kind != fault.Lock && kind != fault.Index {
			b.t.Error(err)
		}
		return ""
	}
	return r.Distributions[0].File.Name
}

// TestPipLocalVersions compares the wheels that pip downloads for a pin with some of their hashes.
func TestPipLocalVersions(t *testing.T) {
	t.Parallel()
	b := newLocalBench(t, "pip")
	own := fmt.Sprintf("2.3.0 py3%d", hostTarget(t, b.tool).Minor)
	for _, hashed := range []string{"2.3.0+cu118 py3", "2.3.0 py3", "2.3.0 py3, 2.3.0+cu118 py3", "2.3.0+cu118 py3, " + own, "2.3.0+cu118 py3, 2.3.0+cu121 py3, 2.3.0 py3, " + own, own + ", 2.3.0 py3", ""} {
		for _, pin := range []string{"==2.3.0", "===2.3.0", "==2.3.0+cu118", "==2.3.0+cu999"} {
			line := "demo" + pin
			if hashed != "" {
				for _, name := range b.named(hashed) {
					line += " --hash=sha256:" + b.hashes[name]
				}
			}
			b.write("requirements.txt", line+"\n")
			folder, want := filepath.Join(t.TempDir(), "out"), ""
			if _, err := b.try(b.dir, "download", "--no-deps", "--no-cache-dir", "--index-url", b.Index, "--dest", folder, "--requirement", "requirements.txt"); err == nil {
				files, err := os.ReadDir(folder)
				if err != nil || len(files) != 1 {
					t.Fatal(files, err)
				}
				want = files[0].Name()
			}
			if got := b.chosen("requirements.txt"); got != want {
				t.Errorf("%s with the hashes of %q: lamella takes %q, pip takes %q", pin, hashed, got, want)
			}
		}
	}
}

// TestUVLocalVersions compares the wheels that uv installs from a uv.lock.
func TestUVLocalVersions(t *testing.T) {
	t.Parallel()
	b := newLocalBench(t, "uv")
	own := fmt.Sprintf("2.3.0 py3%d", hostTarget(t, b.tool).Minor)
	for _, listed := range []string{"2.3.0+cu118 py3", "2.3.0 py3", "2.3.0+cu118 py3, 2.3.0 py3", "2.3.0+cu118 py3, " + own, "2.3.0+cu118 py3, 2.3.0+cu121 py3"} {
		for _, version := range []string{"2.3.0", "2.3.0+cu118"} {
			if version == "2.3.0+cu118" && listed != "2.3.0+cu118 py3" {
				continue // uv refuses to parse the file
			}
			text := ""
			for _, name := range b.named(listed) {
				text += fmt.Sprintf("    { url = \"FILES/%s\", hash = \"sha256:%s\" },\n", url.PathEscape(name), b.hashes[name])
			}
			b.write("pyproject.toml", "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"demo==2.3.0\"]\n")
			b.write("uv.lock", "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"demo\" }]\n"+
				"[package.metadata]\nrequires-dist = [{ name = \"demo\", specifier = \"==2.3.0\" }]\n"+
				"[[package]]\nname = \"demo\"\nversion = \""+version+"\"\nsource = { registry = \"INDEX\" }\nwheels = [\n"+text+"]\n")
			os.RemoveAll(filepath.Join(b.dir, ".venv"))
			b.run("sync", "--frozen", "--no-cache", "--python", b.python())
			found, err := filepath.Glob(filepath.Join(b.dir, ".venv", "lib", "*", "site-packages", "demo.txt"))
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			want, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := b.chosen("uv.lock"); got != string(want) {
				t.Errorf("%s with %q: lamella takes %q, uv takes %q", version, listed, got, want)
			}
		}
	}
}
