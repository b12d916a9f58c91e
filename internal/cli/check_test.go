package cli

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// The modules of a layer are imported in an interpreter that is named.
func TestCheckImports(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("modules for x86_64 Linux can be imported there only")
	}
	python := testenv.Interpreter(t, "python3.11")
	path := filepath.Join(t.TempDir(), "layer.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for name, content := range map[string]string{"python/good.py": "x = 1\n", "python/bad.py": "raise ValueError('no luck')\n", "python/pack/sub.py": "raise SystemError\n", "python/pack/__init__.py": ""} {
		part, err := w.Create(name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	t.Setenv("LAMELLA_CACHE_DIR", t.TempDir())
	var stdout, stderr bytes.Buffer
	status := Main(t.Context(), []string{"check", path, "--runtime", "python3.11", "--python", python, "--import", "pack.sub", "--json"},
		Stdio{Out: &stdout, Err: &stderr, LookupEnv: os.LookupEnv})
	var document struct{ Layers []check.Report }
	if err := json.Unmarshal(stdout.Bytes(), &document); err != nil || len(document.Layers) != 1 {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	r := document.Layers[0]
	got := map[string]probe.Status{}
	for _, i := range r.Imports {
		got[i.Module] = i.Status
	}
	want := map[string]probe.Status{"good": probe.Imported, "bad": probe.Failed, "pack": probe.Imported, "pack.sub": probe.Failed}
	for module, status := range want {
		if got[module] != status {
			t.Errorf("%s: got %s, want %s", module, got[module], status)
		}
	}
	if status != 5 || r.Count(check.Error) != 2 || r.Interpreter == nil || !strings.HasPrefix(r.Interpreter.Version, "3.11.") {
		t.Errorf("status %d, %+v", status, r)
	}
}
