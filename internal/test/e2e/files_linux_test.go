package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// fewFiles runs lamella with at most 64 open files.
func fewFiles(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	command := exec.Command("sh", append([]string{"-c", `ulimit -n 64 && exec "$@"`, "sh", binary}, args...)...)
	command.Dir, command.Env = dir, env
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("lamella %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// A build opens no more files at a time than a tight limit permits, however many
// wheels there are: with an empty cache, and with one that holds them all.
func TestFewOpenFiles(t *testing.T) {
	app := smallProject(t, 100)
	env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"))
	var first []byte
	for _, name := range []string{"cold", "warm"} {
		output := name + ".zip"
		fewFiles(t, app, env, "build", "--runtime", "python3.13", "--find-links", "wheels", "-o", output)
		content, err := os.ReadFile(filepath.Join(app, output))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if !bytes.Contains(content, fmt.Appendf(nil, "python/dist%d.py", i)) {
				t.Fatalf("%s: dist%d is not in the layer", name, i)
			}
		}
		if first == nil {
			first = content
		} else if !bytes.Equal(first, content) {
			t.Error("the two layers differ")
		}
	}
}

// Nor do the other commands that read every wheel of a layer, or every file of a folder:
// of 140 files, and with LAMELLA_TEST=all of 5,000.
func TestFewOpenFilesEverywhere(t *testing.T) {
	wheels, each := 70, 2
	if testenv.All() {
		wheels, each = 500, 10
	}
	app := t.TempDir()
	var lock strings.Builder
	for i := range wheels {
		name := fmt.Sprintf("dist%d", i)
		files := map[string]string{}
		for k := range each {
			files[fmt.Sprintf("%s/m%d.py", name, k)] = fmt.Sprintf("answer = %d\n", k)
		}
		file := testindex.MakeWheel(t, filepath.Join(app, "wheels"), name, "1.0", "py3-none-any", files)
		fmt.Fprintf(&lock, "%s==1.0 --hash=sha256:%s\n", name, fileDigest(t, file))
	}
	if err := os.WriteFile(filepath.Join(app, "requirements.txt"), []byte(lock.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "cache")
	env := cleanEnv(t, cache, "LAMELLA_RUNTIME=python3.13", "LAMELLA_NAME=few", "LAMELLA_FIND_LINKS=wheels", "LAMELLA_TO=out")
	count := func(folder string) int {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(app, folder))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}

	if out := fewFiles(t, app, env, "deploy"); !strings.Contains(out, ":layer:few:1") {
		t.Errorf("deploy: %s", out)
	}
	if out := fewFiles(t, app, env, "verify"); !strings.Contains(out, "reproducible") {
		t.Errorf("verify: %s", out)
	}
	fewFiles(t, app, env, "check", "--static")
	vendored := []string{"warm"}
	if testenv.All() {
		fewFiles(t, app, env, "check", "--static", "1")
		fewFiles(t, app, env, "cache", "verify")
		vendored = append(vendored, "cold")
	}
	for _, folder := range vendored {
		if folder == "cold" {
			if err := os.RemoveAll(cache); err != nil {
				t.Fatal(err)
			}
		}
		fewFiles(t, app, env, "vendor", folder)
		if n := count(folder + "/*.whl"); n != wheels {
			t.Errorf("%s has %d wheels", folder, n)
		}
	}
	fewFiles(t, app, env, "build", "--unpacked", "tree")
	if n := count("tree/python/dist*/m*.py"); n != wheels*each {
		t.Errorf("the unpacked layer has %d files", n)
	}
	fewFiles(t, app, env, "package", "tree", "-o", "packaged.zip")
	packaged, err := os.ReadFile(filepath.Join(app, "packaged.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(packaged, []byte("PK\x01\x02")); n < wheels*each {
		t.Errorf("the zip of the folder has %d files", n)
	}
}
