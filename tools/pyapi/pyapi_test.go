package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

var update = flag.Bool("update", false, "write the generated files")

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		path := filepath.Join(testenv.Root(), filepath.FromSlash(folder), name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is out of date; run: go run ./tools/pyapi", path)
		}
	}
}

func TestTypesAreStrict(t *testing.T) {
	mypy := exec.Command(testenv.Tool(t, "python"), "-m", "mypy", "--strict", "--python-version", "3.10",
		"--cache-dir", t.TempDir(), "lamella", "tests")
	mypy.Dir = filepath.Join(testenv.Root(), "python")
	if out, err := mypy.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The module's own tests run the program that is built here, and a stand-in for AWS.
func TestModule(t *testing.T) {
	python := testenv.Tool(t, "python")
	bin := t.TempDir()
	name := "lamella"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	build := exec.Command("go", "build", "-ldflags=-w", "-o", filepath.Join(bin, name), "./cmd/lamella")
	build.Dir = testenv.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	aws := fakeaws.New(t, "my-bucket")
	aws.Use(t)
	aws.Configure("api", fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Architectures: []string{"x86_64"}}}, false)
	pytest := exec.Command(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
	pytest.Dir = filepath.Join(testenv.Root(), "python")
	pytest.Env = append(os.Environ(), "PYTHONPATH="+pytest.Dir, "PYTHONDONTWRITEBYTECODE=1",
		"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if out, err := pytest.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
