package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

const webProject = `[project]
name = "web"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["boto3", "numpy", "httpx", "colorama; sys_platform == 'win32'"]
`

const webConfig = `
[tool.lamella]
name = "web"
runtime = "python3.13"
to = "s3://bucket/lambda/{layer}"
share = ["123456789012"]
attach = ["api"]
`

// world is what the pages' commands meet: a project with a lock file of uv and its index.
type world struct {
	bin, files string
	index      *testindex.Server
}

// newWorld builds lamella, fills an index and locks the project.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{bin: t.TempDir(), files: t.TempDir()}
	build := exec.Command("go", "build", "-ldflags=-w", "-o", w.bin, "./cmd/lamella")
	build.Dir = testenv.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wheels := t.TempDir()
	for name, requires := range map[string]string{"boto3": "Requires-Dist: botocore\n", "botocore": "", "numpy": "", "httpx": "", "colorama": ""} {
		testindex.MakeWheel(t, wheels, name, "1.0", "py3-none-any", map[string]string{
			name + "/__init__.py":            "x = 1\n",
			name + "/tests/test.py":          "x = 1\n",
			name + "-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n" + requires,
		})
	}
	w.index = testindex.Start(t, wheels)
	w.write(t, "pyproject.toml", webProject)
	lock := exec.Command(testenv.Tool(t, "uv"), "lock", "-q", "--no-cache", "--default-index", w.index.Index)
	lock.Dir, lock.Env = w.files, append(os.Environ(), "UV_PYTHON_DOWNLOADS=never", "UV_PYTHON="+testenv.Tool(t, "python"))
	if out, err := lock.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, folder := range []string{"site-packages", "build/layer"} {
		w.write(t, folder+"/own/__init__.py", "x = 1\n")
	}
	for _, name := range []string{"pyproject.toml", "uv.lock"} {
		content, err := os.ReadFile(filepath.Join(w.files, name))
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, "services/web/"+name, string(content))
	}
	w.write(t, ".fresh", webProject)
	w.write(t, ".configured", webProject+webConfig)
	return w
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(w.files, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// project returns the folder of a copy of the project and the environment of its
// commands. A fresh one has no configuration; of any other there are four published
// versions in two regions and in a folder, and functions that use some of them.
func (w *world) project(t *testing.T, fresh bool) (dir string, env []string) {
	t.Helper()
	home := t.TempDir()
	dir = filepath.Join(home, "web")
	if err := os.CopyFS(dir, os.DirFS(w.files)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(home, ".config", "fish", "completions"), 0o755); err != nil {
		t.Fatal(err)
	}
	fleet := fakeaws.NewFleet(t, "bucket", "my-bucket")
	env = []string{
		"HOME=" + home, "PATH=" + w.bin + ":" + os.Getenv("PATH"), "LAMELLA_CACHE_DIR=" + filepath.Join(home, "cache"),
		"AWS_ENDPOINT_URL=" + fleet.URL, "AWS_REGION=eu-central-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=AKIA123456789012", "AWS_SECRET_ACCESS_KEY=test",
	}
	if fresh {
		return dir, env
	}
	if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte(webProject+webConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, excludes := range []string{"httpx", "numpy", "httpx,numpy", "colorama"} {
		for _, where := range []string{"--region=eu-central-1", "--region=us-east-1", "--to=out"} {
			deploy := exec.Command(filepath.Join(w.bin, "lamella"), "deploy", "--exclude", excludes, where)
			deploy.Dir, deploy.Env = dir, env
			if out, err := deploy.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	}
	aws := fleet.At("123456789012", "eu-central-1")
	for name, version := range map[string]string{"api": "3", "worker-mail": "4", "web-cron": ""} {
		c := fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Timeout: 3, Architectures: []string{"x86_64"}}}
		if version != "" {
			c.Latest.Layers = []fakeaws.FunctionLayer{{Arn: "arn:aws:lambda:eu-central-1:123456789012:layer:web:" + version, CodeSize: 900}}
		} else {
			c.Tags = map[string]string{"team": "data"}
		}
		aws.Configure(name, c, true, "live")
	}
	return dir, env
}
