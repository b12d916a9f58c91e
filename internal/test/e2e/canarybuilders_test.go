package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// locks for the tools that install: what each reads, of the aviary's index.
func (a *aviary) writeUVLock() {
	_, rest, _ := strings.Cut(a.read("project/requirements.txt"), "--hash=") // options may stand before it
	hash := strings.Fields(rest)[0]
	a.write("project/pyproject.toml", "[project]\nname = \"app\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\ndependencies = [\"one\"]\n"+
		"[[tool.uv.index]]\nname = \"corp\"\nurl = \""+a.index.Index+"\"\ndefault = true\n")
	a.write("project/uv.lock", fmt.Sprintf(`version = 1
revision = 3
requires-python = ">=3.9"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "one" }]

[package.metadata]
requires-dist = [{ name = "one", index = %q }]

[[package]]
name = "one"
version = "1.0"
source = { registry = %q }
wheels = [{ url = %q, hash = %q }]
`, a.index.Index, a.index.Index, a.index.FileURL("one-1.0-py3-none-any.whl"), hash))
	if err := os.Remove(filepath.Join(a.root, "project", "requirements.txt")); err != nil {
		a.Fatal(err)
	}
}

// TestCanaryInBuilders has pip and uv install from an index with a password, and
// looks at their command lines and their staging folders while they run, and at
// all that is left.
func TestCanaryInBuilders(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("pip installs for the machine that it runs on")
	}
	tools := filepath.Dir(testenv.Tool(t, "pip"))
	defer watchProcesses(t)()
	for _, p := range places {
		for _, tool := range []string{"pip", "uv"} {
			everyDay := p.name == map[string]string{"pip": "PIP_INDEX_URL", "uv": "UV_INDEX_CORP_PASSWORD"}[tool] || p.name == "netrc"
			if !everyDay && !testenv.All() {
				continue
			}
			if p.name == "LAMELLA_INDEX_CORP_TOKEN" || p.name == "find-links page" {
				continue // no tool can send a bearer token; find-links is no index
			}
			if tool == "uv" && p.name == "a variable in requirements.txt" {
				continue // uv reads another lock file
			}
			for _, refused := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, refused %v", tool, p.name, refused), func(t *testing.T) {
					a := newAviary(t)
					a.refused = refused
					a.env = append(a.env, "PATH="+os.Getenv("PATH"), "LAMELLA_RUNTIME=python3.11")
					a.env = append(a.env, p.put(a)...)
					if tool == "uv" {
						a.writeUVLock()
					}
					if refused {
						a.index.RequireUser("bot", "another")
					}
					defer a.watchStaging()()
					program := filepath.Join(tools, tool)
					a.run("build", "-v", "--builder", tool, "--builder-path", program)
					a.run("deploy", "-v", "--json", "--builder", tool, "--builder-path", program, "--to", filepath.Join(a.root, "layers"))
					a.search()
				})
			}
		}
	}
}

// watchStaging looks at the temporary files until the returned function is called.
func (a *aviary) watchStaging() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			err := filepath.WalkDir(filepath.Join(a.root, "tmp"), func(path string, d os.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() || a.planted[filepath.Join("project", filepath.Base(path))] {
					return nil // it went away meanwhile, or is a copy of the user's own
				}
				if content, err := os.ReadFile(path); err == nil && leak(content) != "" {
					a.Errorf("staging: %s: %s", path, leak(content))
				}
				return nil
			})
			if err != nil {
				a.Error(err)
			}
			select {
			case <-done:
				return
			case <-pause():
			}
		}
	}()
	return func() { close(done); <-ended }
}

// TestCanaryInSources builds a wheel from the source that a private index has.
func TestCanaryInSources(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the source is built for the machine that it is built on")
	}
	defer watchProcesses(t)()
	for _, p := range places {
		if p.name != "netrc" && p.name != "PIP_INDEX_URL" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			a := newAviary(t)
			a.env = append(a.env, "PATH="+filepath.Dir(testenv.Tool(t, "pip"))+string(filepath.ListSeparator)+os.Getenv("PATH"), "LAMELLA_RUNTIME=python3.11")
			a.env = append(a.env, p.put(a)...)
			sdist := a.addSdist("src-1.0.tar.gz", map[string]string{
				"src-1.0/PKG-INFO":       "Metadata-Version: 2.1\nName: src\nVersion: 1.0\n",
				"src-1.0/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n[project]\nname = \"src\"\nversion = \"1.0\"\n",
				"src-1.0/backend.py":     sourceBackend,
			})
			a.write("project/requirements.txt", "src==1.0 --hash=sha256:"+sdist+"\n")
			defer a.watchStaging()()
			a.run("build", "-v", "--allow-build", "src")
			a.run("deploy", "-v", "--json", "--allow-build", "src", "--to", filepath.Join(a.root, "layers"))
			a.search()
		})
	}
}

// addSdist puts a source archive into the index and returns its sha256.
func (a *aviary) addSdist(name string, files map[string]string) string {
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	tape := tar.NewWriter(zipped)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		err := tape.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(files[path])), Typeflag: tar.TypeReg})
		if err == nil {
			_, err = tape.Write([]byte(files[path]))
		}
		if err != nil {
			a.Fatal(err)
		}
	}
	if err := errors.Join(tape.Close(), zipped.Close()); err != nil {
		a.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.wheels, name), archive.Bytes(), 0o666); err != nil {
		a.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(archive.Bytes()))
}

// sourceBackend makes a wheel with nothing but the standard library.
const sourceBackend = `import base64, hashlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = "src-1.0-py3-none-any.whl", "src-1.0.dist-info/"
    files = {
        "src.py": "answer = 42\n",
        info + "METADATA": "Metadata-Version: 2.1\nName: src\nVersion: 1.0\n",
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}\n")
    files[info + "RECORD"] = "".join(rows) + info + "RECORD,,\n"
    with zipfile.ZipFile(folder + "/" + name, "w") as z:
        for path, text in files.items():
            z.writestr(path, text)
    return name
`
