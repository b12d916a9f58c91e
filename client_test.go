package lamella_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
)

// caller is who uses a client with an environment of its own, which contradicts that of the
// process.
type caller struct {
	client *lamella.Client
	layer  lamella.Layer // requires demo 1.0, which is in wheels
	wheels string
}

// newCaller sets the variables of process, and returns a client whose environment is own.
func newCaller(t *testing.T, process, own map[string]string) *caller {
	t.Helper()
	for name, value := range process {
		t.Setenv(name, value)
	}
	c := &caller{wheels: t.TempDir(), layer: lamella.Layer{Project: t.TempDir(), Name: "demo", Runtime: "python3.13"}}
	home := t.TempDir() // without settings of pip and uv, and without interpreters
	c.client = &lamella.Client{CacheDir: t.TempDir(), Getenv: func(name string) string {
		switch value, ok := own[name]; {
		case ok:
			return value
		case name == "HOME" || name == "USERPROFILE" || name == "APPDATA":
			return home
		case name == "PIP_CONFIG_FILE":
			return os.DevNull
		}
		return ""
	}}
	c.lock(t, "")
	return c
}

// lock writes the lock file, with those lines first.
func (c *caller) lock(t *testing.T, lines string) {
	t.Helper()
	content, err := os.ReadFile(testindex.MakeWheel(t, c.wheels, "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"}))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%sdemo==1.0 --hash=sha256:%x\n", lines, sha256.Sum256(content))
	if err := os.WriteFile(filepath.Join(c.layer.Project, "requirements.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *caller) mustBuild(t *testing.T) *project.Zip {
	t.Helper()
	z, err := c.client.Build(t.Context(), c.layer)
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	return z
}

// The caller's variables alone say where wheels come from, and by which proxy.
func TestClientSources(t *testing.T) {
	for name, variables := range map[string][]string{
		"pip":   {"PIP_INDEX_URL"},
		"uv":    {"UV_INDEX_URL", "UV_DEFAULT_INDEX"},
		"lock":  {"INDEX_OF_LOCK"},
		"proxy": {"HTTP_PROXY", "http_proxy", "ALL_PROXY"},
	} {
		for _, variable := range variables {
			t.Run(name+" "+variable, func(t *testing.T) {
				own, process := map[string]string{}, map[string]string{}
				c := newCaller(t, nil, own)
				right, wrong := testindex.Start(t, c.wheels), testindex.Start(t, c.wheels)
				for _, v := range variables { // the process has them all
					process[v] = wrong.Index
				}
				own[variable] = right.Index
				switch name {
				case "lock":
					c.lock(t, "--index-url ${INDEX_OF_LOCK}\n")
				case "proxy": // which is asked for the index's files, too
					c.layer.IndexURL = "http://index.example/simple"
					right.FilesAt = "http://index.example/files/"
					own[variable] = right.URL
				}
				for v, value := range process {
					t.Setenv(v, value)
				}
				t.Setenv("NO_PROXY", "*")
				c.mustBuild(t)
				if right.Count("") < 2 || wrong.Count("") != 0 {
					t.Errorf("%d requests to the caller's index, %d to that of the process", right.Count(""), wrong.Count(""))
				}
			})
		}
	}
}

// So they do for the cache: of a project, and of a folder.
func TestClientCache(t *testing.T) {
	right, wrong := filepath.Join(t.TempDir(), "right"), filepath.Join(t.TempDir(), "wrong")
	c := newCaller(t, map[string]string{"LAMELLA_CACHE_DIR": wrong}, map[string]string{"LAMELLA_CACHE_DIR": right})
	c.client.CacheDir = ""
	c.layer.FindLinks = []string{c.wheels}
	c.mustBuild(t)
	if _, err := os.Stat(right); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(right); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.Package(t.Context(), project.PackageOptions{Dir: c.layer.Project, Output: filepath.Join(t.TempDir(), "x.zip"), Strip: true}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(right); err != nil {
		t.Error("of a folder:", err)
	}
	if _, err := os.Stat(wrong); !os.IsNotExist(err) {
		t.Error("the cache of the process was used")
	}
}

// So they do for the region: of the layer, and of the shared cache.
func TestClientRegion(t *testing.T) {
	for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Run(variable, func(t *testing.T) {
			const account, right, wrong = "123456789012", "us-west-2", "eu-west-1"
			fleet := fakeaws.NewFleet(t, "shared")
			fleet.At(account, right).Use(t)
			c := newCaller(t, map[string]string{"AWS_ENDPOINT_URL": fleet.URL, "AWS_ACCESS_KEY_ID": "AKIA" + account, "AWS_REGION": wrong, "AWS_DEFAULT_REGION": wrong},
				map[string]string{variable: right})
			c.layer.FindLinks, c.layer.To = []string{c.wheels}, "s3://layers-"+right+"/{layer}"
			if _, err := c.client.Deploy(t.Context(), c.layer); err != nil {
				t.Fatal(err, fault.Hints(err))
			}
			if n := fleet.At(account, right).Count("PublishLayerVersion"); n != 1 {
				t.Errorf("%d versions in the caller's region", n)
			}
			fleet.Reset()
			c.layer.Cache = "s3://shared/cache"
			c.client.CacheDir = t.TempDir()
			c.mustBuild(t)
			if n := len(fleet.At(account, right).Requests()); n == 0 {
				t.Error("no request to the shared cache in the caller's region")
			}
			if requests := fleet.At(account, wrong).Requests(); len(requests) > 0 {
				t.Errorf("in the region of the process: %q", requests)
			}
		})
	}
}

// So they do for PATH, where the Python is looked for that compiles the bytecode: of
// wheels that arrive, of the layer, of a folder.
func TestClientPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the interpreter of the process is a shell script")
	}
	python, runtimeName, wrong := testenv.Tool(t, "python"), testenv.ToolRuntime(t), t.TempDir()
	script := "#!/bin/sh\necho run >> " + filepath.Join(wrong, "runs") + "\nexit 1\n"
	if err := os.WriteFile(filepath.Join(wrong, runtimeName), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "own.py"), []byte("x = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []string{spec.AllSources}
	o := project.PackageOptions{Dir: folder, Output: filepath.Join(t.TempDir(), "x.zip"), Runtime: runtimeName, Bytecode: all}

	c := newCaller(t, map[string]string{"PATH": wrong}, map[string]string{"PATH": filepath.Dir(python)})
	c.layer.Runtime, c.layer.FindLinks, c.layer.Bytecode = runtimeName, []string{c.wheels}, all
	for name, z := range map[string]*project.Zip{"layer": c.mustBuild(t), "folder": func() *project.Zip {
		z, err := c.client.Package(t.Context(), o)
		if err != nil {
			t.Fatal(err, fault.Details(err))
		}
		return z
	}()} {
		if z.Bytecode.Files != 1 || !strings.HasPrefix("python"+z.Bytecode.Python, runtimeName+".") {
			t.Errorf("%s: %+v", name, z.Bytecode)
		}
	}
	if _, err := os.Stat(filepath.Join(wrong, "runs")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the interpreter on the PATH of the process was started")
	}

	c = newCaller(t, map[string]string{"PATH": filepath.Dir(python)}, map[string]string{"PATH": t.TempDir()})
	c.layer.Runtime, c.layer.FindLinks, c.layer.Bytecode = runtimeName, []string{c.wheels}, all
	if _, err := c.client.Build(t.Context(), c.layer); fault.KindOf(err) != fault.Machine {
		t.Errorf("without an interpreter on the caller's PATH: %v", err)
	}
	if _, err := c.client.Package(t.Context(), o); fault.KindOf(err) != fault.Machine {
		t.Errorf("a folder without an interpreter on the caller's PATH: %v", err)
	}
}
